"""Who plays a link: the relay, which runs everywhere, or the kernel's netem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.errors import LinkError
from perfkit.network.netem import NetemLink
from perfkit.network.relay_link import RelayLink

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.model.relay import RelayConfig

AUTO = "auto"
BACKENDS: dict[str, type[RelayLink]] = {each.backend: each for each in (RelayLink, NetemLink)}


def open_link(backend: str, config: RelayConfig, folder: Path) -> tuple[RelayLink, str]:
    """Open the link; and why this back end plays it, where that was left to us. Raises LinkError."""
    if backend != AUTO:
        return _opened(BACKENDS[backend], config, folder), ""
    try:
        return _opened(NetemLink, config, folder), "netem works here"
    except LinkError as error:
        return _opened(RelayLink, config, folder), error.message


def _opened(kind: type[RelayLink], config: RelayConfig, folder: Path) -> RelayLink:
    link = kind(config.link, config.to, folder, port=config.port, seed=config.seed)
    link.open()
    return link
