"""Reading what goes on for ever, over a pair of sockets."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.client.gathering import MOST, Gathering

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.functional

SOON = 30.0
FOREVER = 3600.0
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"
END = b"0\r\n\r\n"


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body)


@contextmanager
def answered(head: bytes, patience: float = SOON) -> Iterator[tuple[socket.socket, Gathering]]:
    """The server's end of a connection whose headers have come, and what reads the other."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(patience)
        theirs.sendall(head)
        response = HTTPResponse(ours)
        response.begin()
        with response:
            yield theirs, Gathering(ours, response)


def test_what_has_come_is_read_together_and_the_end_is_told() -> None:
    with answered(CHUNKED) as (server, gathering):
        gathering.span = 0.001
        server.sendall(chunk(b"one") + chunk(b"two"))
        server.sendall(chunk(b"three"))
        assert gathering.read() == b"onetwothree"
        server.sendall(chunk(b"four") + END)
        assert gathering.read() == b"four"
        assert gathering.read() == b""


@given(bodies=st.lists(st.integers(1, MOST), max_size=4), span=st.sampled_from([0.0, 0.001]))
def test_however_much_comes_nothing_is_lost(bodies: list[int], span: float) -> None:
    parts = [bytes([65 + number]) * size for number, size in enumerate(bodies)]
    with answered(CHUNKED) as (server, gathering):
        gathering.span = span
        sender = threading.Thread(target=server.sendall, args=(b"".join(map(chunk, parts)) + END,))
        sender.start()
        assert b"".join(iter(gathering.read, b"")) == b"".join(parts)
        sender.join()


def test_what_comes_after_a_silence_is_read_at_once_and_what_follows_gathers_until_somebody_hangs_up() -> None:
    read: list[bytes] = []
    with answered(CHUNKED) as (server, gathering):
        gathering.span = FOREVER
        server.sendall(chunk(b"first"))
        assert gathering.read() == b"first"
        reader = threading.Thread(target=lambda: read.append(gathering.read()))
        server.sendall(chunk(b"second"))
        reader.start()
        server.sendall(chunk(b"third"))
        assert reader.is_alive()
        server.shutdown(socket.SHUT_RDWR)
        reader.join(SOON)
        assert read == [b"secondthird"]
        with pytest.raises(ConnectionResetError, match="hung up"):
            gathering.read()


def test_a_silence_that_lasts_too_long_is_an_error() -> None:
    with answered(CHUNKED, patience=0.01) as (_, gathering), pytest.raises(TimeoutError, match="timed out"):
        gathering.read()


def test_a_body_of_known_length_ends_there() -> None:
    with answered(SIZED) as (server, gathering):
        server.sendall(b"abc")
        assert gathering.read() == b"abc"
        server.sendall(b"def")
        assert gathering.read() == b"def"
        assert gathering.read() == b""
