"""The measuring program: a server and a client that time one case over whatever lies between. Standard library only.

The request is nine bytes, ``(upload, size)``; the answer to a download is its body, to an upload one byte.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.link_accuracy.case import Case

REQUEST = struct.Struct("!?Q")
CHUNK = 1 << 18
Address = tuple[str, int]


class Server:
    """Answers on ``address`` until closed; a thread a connection."""

    def __init__(self, address: Address) -> None:
        self._listener = socket.create_server(address, backlog=512)
        self.address: Address = self._listener.getsockname()[:2]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accept no more; connections end with their clients."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=_serve, args=(connection,), daemon=True).start()


def run(case: Case, address: Address) -> float:
    """Seconds that ``case`` takes against the server, or what stands before it, at ``address``.

    Raises OSError when the connection fails, and EOFError when it ends early.
    """
    spans: list[tuple[float, float]] = []
    failures: list[Exception] = []
    ready = threading.Barrier(case.connections)

    def client() -> None:
        try:
            spans.append(_client(case, address, ready))
        except (OSError, EOFError) as failure:
            failures.append(failure)
            ready.abort()
        except threading.BrokenBarrierError:  # another client failed and tells
            return

    threads = [threading.Thread(target=client) for _ in range(case.connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return max(end for _, end in spans) - min(start for start, _ in spans)


def _client(case: Case, address: Address, ready: threading.Barrier) -> tuple[float, float]:
    with closing(socket.socket()) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if case.before:
            connection.connect(address)
            for size in case.before:
                _move(connection, size, upload=case.upload)
            time.sleep(case.idle)
        ready.wait()
        start = time.monotonic()
        if not case.before:
            connection.connect(address)
        _move(connection, case.size, upload=case.upload)
        return start, time.monotonic()


def _move(connection: socket.socket, size: int, *, upload: bool) -> None:
    request = REQUEST.pack(upload, size)
    if upload:
        connection.sendall(request + bytes(size))
        _drain(connection, 1)
    else:
        connection.sendall(request)
        _drain(connection, size)


def _serve(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with closing(connection), suppress(ConnectionResetError):
        while len(request := connection.recv(REQUEST.size, socket.MSG_WAITALL)) == REQUEST.size:
            upload, size = REQUEST.unpack(request)
            if upload:
                _drain(connection, size)
            connection.sendall(bytes(1 if upload else size))


def _drain(connection: socket.socket, size: int) -> None:
    buffer = bytearray(CHUNK)
    left = size
    while left:
        got = connection.recv_into(buffer, min(left, CHUNK))
        if not got:
            raise EOFError(f"the connection ended {left} bytes early")
        left -= got


def main() -> None:
    """Serve on every address at the port given until standard input ends."""
    server = Server(("", int(sys.argv[1])))
    print("listening", flush=True)
    sys.stdin.read()
    server.close()


if __name__ == "__main__":
    main()
