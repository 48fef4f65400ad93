"""Links that stay up for a person's own use: started, listed and ended by ``perfkit link up|ls|down``."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from perfkit.errors import LinkError
from perfkit.keeper import Keeping, Kept
from perfkit.network.backends import open_link

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.model.relay import RelayConfig


class Standing(Kept, frozen=True, kw_only=True):
    """What is known of a link that stands. ``how`` says what plays it, and why where that was left to us."""

    to: str
    link: str
    how: str


links = Keeping("link", Standing, LinkError)


def keep(name: str, config: RelayConfig, backend: str, announce: Callable[[Standing], None]) -> None:
    """Own a link until SIGTERM, Ctrl-C or its death. ``announce`` is called once, when it listens.

    Raises:
        LinkError: the link did not start, or died.
        UsageError: another keeper holds the name.
    """
    with links.kept(name) as folder:
        link, why = open_link(backend, config, folder)
        try:
            standing = Standing(
                name=name,
                pid=os.getpid(),
                address=written(link.address),
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                to=written(config.to),
                link=config.link.name,
                how=f"{link.how} ({why})" if why else link.how,
            )
            links.write(folder, standing)
            announce(standing)
            link.wait()
        finally:
            link.close()


def written(address: tuple[str, int]) -> str:
    """``127.0.0.1:6443``, ``[::1]:6443``."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
