"""Reaching a server through an HTTP proxy (``proxy-url``): CONNECT, then as if it were the server."""

from __future__ import annotations

import base64
import socket
from typing import Final
from urllib.parse import unquote, urlsplit

_LONGEST: Final = 1 << 14  # bytes of a proxy's answer


def tunnel(proxy: str, address: tuple[str, int], timeout: float) -> socket.socket:
    """A socket on whose other end is ``address``. Raises OSError: what the proxy says against it."""
    parts = urlsplit(proxy)
    sock = socket.create_connection((parts.hostname or "", parts.port or 80), timeout)
    try:
        sock.sendall(_request(address, parts.username, parts.password))
        _check(_answer(sock), parts.hostname or "")
    except BaseException:
        sock.close()
        raise
    return sock


def _request(address: tuple[str, int], user: str | None, password: str | None) -> bytes:
    host, port = address
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if user:
        login = base64.b64encode(f"{unquote(user)}:{unquote(password or '')}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {login}")
    return "\r\n".join([*lines, "", ""]).encode()


def _answer(sock: socket.socket) -> bytes:
    """Its headers, and not a byte more: what follows is the server's."""
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)
        if not byte or len(answer) > _LONGEST:
            raise ConnectionResetError("the proxy hung up")
        answer += byte
    return answer


def _check(answer: bytes, host: str) -> None:
    status = answer.partition(b"\r\n")[0].decode(errors="replace").split(" ", 2)
    if len(status) < 2 or status[1] != "200":
        raise ConnectionRefusedError(f"the proxy {host} answers {' '.join(status[1:]) or 'nonsense'}")
