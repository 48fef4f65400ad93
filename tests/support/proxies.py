"""Proxies on loopback that lead all they are asked for to one server, and note what that was."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from support import mock
from support.relayed import Address, serving

BLOCK = 1 << 16


@dataclass
class Proxy:
    """What it was asked for, as ``host:port``, and the logins that it was told (``user:password``; empty: none)."""

    scheme: Literal["http", "https", "socks5"]
    to: Address
    address: Address = ("", 0)
    asked: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    def url(self, login: str = "") -> str:
        host, port = self.address
        return f"{self.scheme}://{f'{login}@' if login else ''}{host}:{port}"

    def serve(self, connection: socket.socket) -> None:
        """One connection, to its end."""
        if self.scheme == "https":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(mock.authority().certificate, mock.authority().key)
            connection = context.wrap_socket(connection, server_side=True)
        with connection, socket.create_connection(self.to) as onward:
            if self.scheme == "socks5":
                self._socks(connection)
            else:
                self._connect(connection)
            pass_on(connection, onward)

    def _connect(self, connection: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += exactly(connection, 1)
        first, *lines = head.decode().split("\r\n")
        method, target, _ = first.split(" ")
        assert method == "CONNECT"
        said = [line.partition(": ")[2] for line in lines if line.lower().startswith("proxy-authorization: ")]
        self.asked.append(target)
        self.logins.append("".join(said))
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")

    def _socks(self, connection: socket.socket) -> None:
        assert exactly(connection, 1) == b"\5"
        ways = exactly(connection, exactly(connection, 1)[0])
        if 2 in ways:
            connection.sendall(b"\5\2")
            assert exactly(connection, 1) == b"\1"
            name, password = counted(connection), counted(connection)
            self.logins.append(f"{name}:{password}")
            connection.sendall(b"\1\0")
        else:
            connection.sendall(b"\5\0")
            self.logins.append("")
        assert exactly(connection, 3) == b"\5\1\0"
        kind = exactly(connection, 1)[0]
        family, size = {1: (socket.AF_INET, 4), 3: (None, 0), 4: (socket.AF_INET6, 16)}[kind]
        host = socket.inet_ntop(family, exactly(connection, size)) if family else counted(connection)
        self.asked.append(f"{host}:{int.from_bytes(exactly(connection, 2), 'big')}")
        connection.sendall(b"\5\0\0\1\0\0\0\0\0\0")


def counted(connection: socket.socket) -> str:
    return exactly(connection, exactly(connection, 1)[0]).decode()


def exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionResetError("it hung up")
        data += part
    return data


def pass_on(client: socket.socket, server: socket.socket) -> None:
    """Both ways, until one ends."""
    while True:
        waiting = isinstance(client, ssl.SSLSocket) and client.pending()
        ready = [client] if waiting else select.select([client, server], [], [], 30)[0]
        for one, other in ((client, server), (server, client)):
            if one in ready:
                data = one.recv(BLOCK)
                if not data:
                    return
                other.sendall(data)


@contextlib.contextmanager
def proxy(scheme: Literal["http", "https", "socks5"], to: Address) -> Iterator[Proxy]:
    """It listens until the end; whoever uses it has to be gone by then."""
    made = Proxy(scheme, to)
    with serving(made.serve) as made.address:
        yield made
