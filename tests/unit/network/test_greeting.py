"""Connections and handshakes as the edges of a link tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.model.windows import Window
from perfkit.network.edges import Edge, EdgeLog, Outcome
from perfkit.network.greeting import greeting, handshakes

if TYPE_CHECKING:
    from pathlib import Path


def life(start: int = 0, end: int = 1000) -> Window:
    return Window(name="launch", do="launch", start_ns=start, end_ns=end)


def write(path: Path, *records: tuple[int, int, int, Edge]) -> Path:
    log = EdgeLog()
    log.switch(path)
    for record in records:
        log.add(*record)
    log.switch(None)
    return path


def test_the_start_is_that_of_the_first_connection_whose_handshake_was_done(tmp_path: Path) -> None:
    """Some clients race IPv6 and IPv4 and drop the loser, which says nothing; others are refused first."""
    edges = write(
        tmp_path / "edges",
        (90, 0, 1, Edge.OPENED),
        (95, 0, 2, Edge.OPENED),
        (97, Outcome.FAILED, 2, Edge.SHAKEN),
        (100, 0, 3, Edge.OPENED),
        (110, 300, 3, Edge.FROM_CLIENT),
        (160, 2000, 3, Edge.TO_CLIENT),
        (170, 600, 3, Edge.FROM_CLIENT),
        (170, Outcome.FULL, 3, Edge.SHAKEN),
    )
    assert greeting(edges, life()) == {"connection": 100, "tls": 170}
    assert greeting(edges, life(end=100)) == {"connection": 90}, "a connection is that of the start that opened it"
    assert greeting(edges, life(start=101)) == {}
    assert handshakes(edges) == [(97, Outcome.FAILED), (170, Outcome.FULL)]


def test_a_server_that_never_answered(tmp_path: Path) -> None:
    assert greeting(write(tmp_path / "edges", (90, 0, 1, Edge.OPENED)), life()) == {"connection": 90}
    assert greeting(write(tmp_path / "none"), life()) == {}
