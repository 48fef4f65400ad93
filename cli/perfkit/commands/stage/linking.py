"""What the link commands do with their options, and how a proof is shown."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from perfkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from perfkit.clusters.standing import Approach
    from perfkit.model.link import LinkProfile
    from perfkit.network.proof import Proof
    from perfkit.network.relay_link import RelayLink

SCHEMA = "perfkit.link-test/1"
LARGEST_PORT = 65_535


def address(text: str) -> tuple[str, int]:
    """``HOST:PORT``, ``[IPV6]:PORT`` or an https URL of no path, its name resolved. Raises UsageError."""
    import socket

    host, found, port = text.removeprefix("https://").rstrip("/").rpartition(":")
    if not found or not host or not (port.isascii() and port.isdigit()) or not 0 < int(port) <= LARGEST_PORT:
        raise UsageError(f"--to: found {text!r}; allowed: HOST:PORT", "e.g. --to 127.0.0.1:6443")
    try:
        resolved = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0][4]
    except (OSError, UnicodeError) as error:
        raise UsageError(f"--to: {host!r} is no host that is known here", "an address does as well") from error
    return str(resolved[0]), int(resolved[1])


def approach(host: str, port: int, link: str | None, said: Mapping[str, str], seed: int) -> Approach:
    """How clients come to a cluster: directly, or over the link that was named or described.

    Raises:
        ScenarioError: there is no such link.
        UsageError: ``host`` is no address, or a link would have to listen there.
    """
    from perfkit.clusters.exposure import checked, is_loopback
    from perfkit.clusters.standing import Approach
    from perfkit.storage.links import find_link, with_options

    profile = with_options(find_link(link or "direct"), said)
    if profile.direct:
        return Approach(port, host=checked(host))
    if not is_loopback(checked(host)):
        raise UsageError(f"--host {host}: a link listens on loopback only", "leave out --host, or the link")
    return Approach(port, str(profile), open=partial(_opened, profile, port, seed))


@contextmanager
def _opened(profile: LinkProfile, port: int, seed: int, to: tuple[str, int], folder: Path) -> Iterator[RelayLink]:
    from perfkit.network.relay_link import RelayLink

    link = RelayLink(profile, to, folder, port=port, seed=seed)
    link.open()
    try:
        yield link
    finally:
        link.close()


def show(proof: Proof, output: str) -> None:
    """Write a proof to stdout."""
    from perfkit.views.data import document
    from perfkit.views.link import show_proof

    if output == "json":
        import msgspec

        sys.stdout.write(document(SCHEMA, [msgspec.to_builtins(proof)]))
    else:
        show_proof(proof)
