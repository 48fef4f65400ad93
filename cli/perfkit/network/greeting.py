"""How connections began, as the edges of a link tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.network.edges import Edge, Outcome, read_edges

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.model.windows import Window


def greeting(edges: Path, life: Window) -> dict[str, int]:
    """The moments ``connection`` and ``tls`` (ns) of the first connection whose handshake was done; those that came.

    Of the connections that were opened while a start of the target lived.
    """
    opened: dict[int, int] = {}
    for ns, number, connection, edge in read_edges(edges):
        if edge is Edge.OPENED and life.holds(ns):
            opened.setdefault(connection, ns)
        elif edge is Edge.SHAKEN and number != Outcome.FAILED and connection in opened:
            return {"connection": opened[connection], "tls": ns}
    return {"connection": min(opened.values())} if opened else {}


def handshakes(edges: Path) -> list[tuple[int, Outcome]]:
    """When each TLS handshake came to its end (ns), and which."""
    return [(ns, Outcome(number)) for ns, number, _, edge in read_edges(edges) if edge is Edge.SHAKEN]
