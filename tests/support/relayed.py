"""A server of our own behind a relay on loopback."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from perfkit.model.link import LinkProfile
from perfkit.network.relay_link import RelayLink

TIMEOUT = 30.0
RESET_ON_CLOSE = b"\1\0\0\0\0\0\0\0"  # SO_LINGER without lingering
Address = tuple[str, int]


@contextlib.contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[Address]:
    """A server that gives each connection to ``answer`` in a thread, and waits for all of them."""
    threads: list[threading.Thread] = []
    listener = socket.create_server(("127.0.0.1", 0), backlog=600)

    def serve(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(TIMEOUT)
            answer(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=serve, args=(connection,)))
                threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield listener.getsockname()
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()
        listener.close()
        for thread in threads:
            thread.join()


@contextlib.contextmanager
def linked(to: Address, folder: Path, profile: LinkProfile | None = None) -> Iterator[RelayLink]:
    link = RelayLink(profile or LinkProfile(), to, folder)
    link.open()
    try:
        yield link
    finally:
        link.close()


def all_of(connection: socket.socket) -> bytes:
    parts = []
    while part := connection.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def echo(connection: socket.socket) -> None:
    """Everything back, after the client has ended its side."""
    connection.sendall(all_of(connection))
    connection.shutdown(socket.SHUT_WR)


def descriptors(link: RelayLink) -> int:
    """How many files and sockets the relay has open."""
    assert link._child is not None
    return len(list(Path(f"/proc/{link._child.pid}/fd").iterdir()))


def settled(link: RelayLink, before: int) -> bool:
    """Whether the relay comes to have no more descriptors than ``before``, and no connection."""
    deadline = time.monotonic() + TIMEOUT
    while link.stats().open or descriptors(link) > before:
        if time.monotonic() > deadline:
            return False
    return True
