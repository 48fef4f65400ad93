"""SOCKS 5 (RFC 1928), with a name and a password where a proxy wants them (RFC 1929). It finds the server's address."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import socket

_VERSION: Final = 5
_OPEN, _BY_PASSWORD = 0, 2  # ways to log in
_CONNECT: Final = b"\5\1\0"
_NAME: Final = 3  # an address that is a name, after its length
_SIZES: Final = {1: 4, 4: 16}  # bytes of the others
_REFUSALS: Final = {
    1: "it has failed",
    2: "rules do not allow that",
    3: "the network is unreachable",
    4: "the host is unreachable",
    5: "the connection was refused",
    6: "it took too long",
    7: "connecting is not supported",
    8: "this kind of address is not supported",
}


def connect(sock: socket.socket, address: tuple[str, int], user: str, password: str) -> None:
    """Have the proxy at the other end lead to ``address``. Raises OSError: what it says against it."""
    _greet(sock, user, password)
    host, port = address
    sock.sendall(_CONNECT + _place(host) + port.to_bytes(2, "big"))
    _, code, _, kind = _exactly(sock, 4)
    if code:
        raise ConnectionRefusedError(f"it says: {_REFUSALS.get(code, f'error {code}')}")
    size = _exactly(sock, 1)[0] if kind == _NAME else _SIZES.get(kind, 0)
    _exactly(sock, size + 2)  # where it connects from


def _greet(sock: socket.socket, user: str, password: str) -> None:
    ways = bytes([_OPEN, _BY_PASSWORD] if user else [_OPEN])
    sock.sendall(bytes([_VERSION, len(ways)]) + ways)
    version, way = _exactly(sock, 2)
    if version != _VERSION:
        raise ConnectionRefusedError("it does not speak SOCKS 5")
    if way not in ways:
        raise ConnectionRefusedError(f"it wants {'another login' if user else 'a login'}")
    if way == _BY_PASSWORD:
        sock.sendall(b"\1" + _counted(user) + _counted(password))
        if _exactly(sock, 2)[1]:
            raise ConnectionRefusedError("it does not take this login")


def _place(host: str) -> bytes:
    try:
        packed = ip_address(host).packed
    except ValueError:
        return bytes([_NAME]) + _counted(host)
    return bytes([1 if len(packed) == _SIZES[1] else 4]) + packed


def _counted(text: str) -> bytes:
    data = text.encode()
    if len(data) > 255:
        raise ConnectionRefusedError("longer than SOCKS allows: a name or a password")
    return bytes([len(data)]) + data


def _exactly(sock: socket.socket, size: int) -> bytes:
    """So many bytes, and not one more: what follows is the server's."""
    data = b""
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            raise ConnectionResetError("it hung up")
        data += part
    return data
