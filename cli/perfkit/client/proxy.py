"""Reaching a server through a proxy: HTTP's CONNECT, over TLS too, or SOCKS 5; then as if it were the server."""

from __future__ import annotations

import base64
import socket
import ssl
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from perfkit.client.problems import ProxyError, reason
from perfkit.client.proxies import PORTS

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from perfkit.client.access import Access

_LONGEST: Final = 1 << 14  # bytes of a proxy's answer


def tunnel(access: Access, address: tuple[str, int], timeout: float) -> socket.socket:
    """A socket on whose other end is ``address``. Raises ProxyError: what the proxy says against it."""
    proxy = urlsplit(access.proxy)
    there = proxy.hostname or "", proxy.port or PORTS[proxy.scheme]
    try:
        sock = socket.create_connection(there, timeout)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return _led(sock, proxy, address, access)
        except BaseException:
            sock.close()
            raise
    except OSError as error:
        raise ProxyError(f"the proxy {there[0]}:{there[1]}: {reason(error)}") from error


def _led(sock: socket.socket, proxy: SplitResult, address: tuple[str, int], access: Access) -> socket.socket:
    if proxy.scheme.startswith("socks5"):
        from perfkit.client.socks import connect

        connect(sock, address, unquote(proxy.username or ""), unquote(proxy.password or ""))
        return sock
    if proxy.scheme == "http":
        _connect(sock, proxy, address)
        return sock
    from perfkit.client.nested import plain

    secured = _tls(access).wrap_socket(sock, server_hostname=proxy.hostname)
    try:
        _connect(secured, proxy, address)
        return plain(secured)
    except BaseException:
        secured.close()
        raise


def _tls(access: Access) -> ssl.SSLContext:
    """A proxy is known by the cluster's authority, as with kubectl, or by the system's. It is shown no certificate."""
    context = ssl.create_default_context()
    if not access.verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    elif access.authority:
        context.load_verify_locations(cadata=access.authority)
    return context


def _connect(sock: socket.socket, proxy: SplitResult, address: tuple[str, int]) -> None:
    sock.sendall(_request(address, proxy.username, proxy.password))
    _check(_answer(sock))


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
            raise ConnectionResetError("it hung up")
        answer += byte
    return answer


def _check(answer: bytes) -> None:
    status = answer.partition(b"\r\n")[0].decode(errors="replace").split(" ", 2)
    if len(status) < 2 or status[1] != "200":
        raise ConnectionRefusedError(f"it answers {' '.join(status[1:]) or 'nonsense'}")
