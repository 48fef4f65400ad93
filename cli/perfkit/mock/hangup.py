"""Closing clients' connections in the middle of whatever they carry, as a server that crashes does.

The server below has no such thing, but its sockets are this process's: shut down here, they end for it and for the
client, without a goodbye of TLS or HTTP.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.mock.sockdiag import Address


def listens(port: int) -> bool:
    """Whether this process takes connections on ``port``."""
    for descriptor in _sockets():
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as sock:
            waits = sock.family != socket.AF_UNIX and sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            if waits and sock.getsockname()[1] == port:
                return True
    return False


def hang_up(port: int, client: Address | None = None) -> None:
    """Close the connections that were accepted on ``port``: of one client's socket, or all."""
    for descriptor in _sockets():
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as sock:
            if sock.family != socket.AF_UNIX and _is_of(sock, port, client):
                sock.shutdown(socket.SHUT_RDWR)


def _is_of(sock: socket.socket, port: int, client: Address | None) -> bool:
    """Whether it was accepted on ``port`` from ``client``. Raises OSError where nobody is at the other end."""
    peer = sock.getpeername()[:2]
    return sock.getsockname()[1] == port and client in {None, peer}


def _sockets() -> Iterator[int]:
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - names are all there is
        with contextlib.suppress(OSError):  # the descriptor of this very listing is gone
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                yield int(name)
