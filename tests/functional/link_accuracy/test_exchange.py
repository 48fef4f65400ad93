from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from benchmarks.link_accuracy import exchange
from benchmarks.link_accuracy.case import Case, Link

pytestmark = pytest.mark.functional
DIRECT = Link(0)


@pytest.fixture
def address() -> Iterator[exchange.Address]:
    server = exchange.Server(("127.0.0.1", 0))
    yield server.address
    server.close()


@pytest.mark.parametrize(
    "case",
    [
        Case(DIRECT, 1000),
        Case(DIRECT, 1_000_000, upload=True),
        Case(DIRECT, 1, before=(1, 64_000)),
        Case(DIRECT, 64_000, connections=4),
    ],
    ids=lambda case: case.name,
)
def test_a_case_is_moved_whole_and_timed(case: Case, address: exchange.Address) -> None:
    assert exchange.run(case, address) > 0


def test_a_connection_that_ends_early_is_an_error() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=_answers_in_part, args=(listener,))
        thread.start()
        with pytest.raises(EOFError, match="997 bytes early"):
            exchange.run(Case(DIRECT, 1000), listener.getsockname())
        thread.join()


def test_a_refused_connection_is_an_error() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        address = listener.getsockname()
    with pytest.raises(ConnectionRefusedError):
        exchange.run(Case(DIRECT, 1000, connections=3), address)


def _answers_in_part(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with closing(connection):
        connection.recv(exchange.REQUEST.size, socket.MSG_WAITALL)
        connection.sendall(b"abc")
