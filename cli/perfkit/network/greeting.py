"""When a client connected, and when its TLS handshake was done, as the edges of a link tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.network.edges import Edge, read_edges

if TYPE_CHECKING:
    from pathlib import Path


def greeting(edges: Path) -> dict[str, int]:
    """The moments ``connection`` and ``tls`` (ns) of the first connection that answered; those that came.

    What is encrypted cannot be read; but the first thing that a client of TLS 1.3 says after the server's answer to its
    hello is that it has finished. (With TLS 1.2 the handshake takes a round trip longer than told.)
    """
    opened: dict[int, int] = {}
    answered: dict[int, int] = {}
    for ns, _, connection, edge in read_edges(edges):
        if edge is Edge.OPENED:
            opened.setdefault(connection, ns)
        elif edge is Edge.TO_CLIENT:
            answered.setdefault(connection, ns)
        elif edge is Edge.FROM_CLIENT and connection in answered:
            return {"connection": opened.get(connection, answered[connection]), "tls": ns}
    return {"connection": min(opened.values())} if opened else {}
