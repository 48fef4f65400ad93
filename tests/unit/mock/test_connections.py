"""How much a client has not read yet, from what the kernel says of both ends."""

from __future__ import annotations

import pytest

from perfkit.mock.connections import Connection
from perfkit.mock.sockdiag import Endpoint

SERVER, CLIENT = ("127.0.0.1", 1), ("127.0.0.1", 2)
HANDSHAKE = 2000


def connection(sent: int) -> Connection:
    found = Connection(SERVER, CLIENT, Endpoint(written=HANDSHAKE, received=0, unread=0))
    found.sent = sent
    return found


def ours(written: int) -> Endpoint:
    return Endpoint(written=HANDSHAKE + written, received=0, unread=0)


def theirs(received: int, unread: int = 0) -> Endpoint:
    return Endpoint(written=0, received=HANDSHAKE + received, unread=unread)


@pytest.mark.parametrize(
    ("written", "received", "unread", "pending"),
    [
        (1100, 1100, 0, 0),  # all of it read
        (1100, 1100, 300, 299),  # in the client's queue
        (1100, 600, 0, 499),  # on its way
        (400, 400, 0, 600),  # not yet out of this process
        (0, 0, 0, 1000),
        (1101, 1100, 0, 0),  # the end of the connection counts as a byte
        (1100, 1100, 1, 0),
    ],
)
def test_bytes_are_pending_wherever_they_lie(written: int, received: int, unread: int, pending: int) -> None:
    assert connection(1000).pending(ours(written), theirs(received, unread)) == pending


def test_encryption_makes_more_of_many_bytes() -> None:
    assert connection(10 * 16384).pending(ours(10 * 16384), theirs(10 * 16384)) == 220
    assert connection(10 * 16384).pending(ours(10 * 16406), theirs(10 * 16406)) == 0
