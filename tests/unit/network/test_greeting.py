"""Connection and handshake as the edges of a link tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.network.edges import Edge, EdgeLog
from perfkit.network.greeting import greeting

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, *records: tuple[int, int, int, Edge]) -> Path:
    log = EdgeLog()
    log.switch(path)
    for record in records:
        log.add(*record)
    log.switch(None)
    return path


def test_a_client_has_finished_when_it_speaks_after_the_servers_answer(tmp_path: Path) -> None:
    edges = write(
        tmp_path / "edges",
        (100, 0, 1, Edge.OPENED),
        (110, 300, 1, Edge.FROM_CLIENT),
        (115, 512, 1, Edge.FROM_CLIENT),  # a hello in two pieces
        (120, 512, 1, Edge.TO_SERVER),
        (150, 2000, 1, Edge.FROM_SERVER),
        (160, 2000, 1, Edge.TO_CLIENT),
        (170, 600, 1, Edge.FROM_CLIENT),
        (180, 900, 1, Edge.FROM_CLIENT),
    )
    assert greeting(edges) == {"connection": 100, "tls": 170}


def test_a_connection_that_says_nothing_is_passed_over(tmp_path: Path) -> None:
    """Some clients race IPv6 and IPv4 and drop the loser."""
    edges = write(
        tmp_path / "edges",
        (90, 0, 1, Edge.OPENED),
        (100, 0, 2, Edge.OPENED),
        (110, 300, 2, Edge.FROM_CLIENT),
        (160, 2000, 2, Edge.TO_CLIENT),
        (170, 600, 2, Edge.FROM_CLIENT),
    )
    assert greeting(edges) == {"connection": 100, "tls": 170}


def test_a_server_that_never_answered(tmp_path: Path) -> None:
    assert greeting(write(tmp_path / "edges", (90, 0, 1, Edge.OPENED))) == {"connection": 90}
    assert greeting(write(tmp_path / "none")) == {}
