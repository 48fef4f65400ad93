"""The debug server: what a program does just now, for whoever holds its token, on loopback or a Unix socket."""

from __future__ import annotations

import hmac
import os
import socket
import threading
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from perfkit.errors import PerfkitError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

UNIX: Final = "unix:"
TIMEOUT: Final = 30.0  # seconds that a connection may be silent

Page = tuple[str, bytes]  # content type, body
Query = dict[str, str]


class DebugServer:
    """Serves ``pages`` (path → what makes the page of a query) from construction on until ``stop``.

    Raises:
        UsageError: no token, an address that others could reach, or one that cannot be had.
    """

    def __init__(self, where: str, token: str, pages: Mapping[str, Callable[[Query], Page]]) -> None:
        if not token:
            raise UsageError("the debug server wants a token", "give Options(token=...) a long random one")
        try:
            handler = partial(_Handler, pages, token)
            self._server = _UnixServer(_path(where), handler) if where.startswith(UNIX) else _tcp(where, handler)
        except OSError as error:
            raise UsageError(f"the debug server cannot listen at {where}: {error.strerror or error}") from None
        self._where = where
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="perfkit-debug", daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        """``127.0.0.1:PORT`` or ``unix:PATH``."""
        if self._where.startswith(UNIX):
            return self._where
        host, port = self._server.server_address[:2]
        return f"[{host!s}]:{port}" if ":" in str(host) else f"{host!s}:{port}"

    def stop(self) -> None:
        """Close it; requests that are under way are left to end by themselves."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self._where.startswith(UNIX):
            with suppress(FileNotFoundError):
                os.unlink(_path(self._where))  # noqa: PTH108 - a socket has no contents to speak of


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


class _UnixServer(_Server):
    address_family = socket.AF_UNIX

    def server_bind(self) -> None:
        path = str(self.server_address)
        _remove_stale(path)
        self.socket.bind(path)
        os.chmod(path, 0o600)  # noqa: PTH101 - nobody can connect before it listens
        self.server_name, self.server_port = "localhost", 0


def _path(where: str) -> Any:
    return where.removeprefix(UNIX)


def _remove_stale(path: str) -> None:
    """What a killed program left: a socket to which nobody listens."""
    if not Path(path).is_socket():  # whatever it is, it is not ours to remove
        return
    with suppress(FileNotFoundError), socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)  # noqa: PTH108 - as above


def _tcp(where: str, handler: Callable[..., Any]) -> _Server:
    host, _, port = where.rpartition(":")
    host = "127.0.0.1" if host in {"", "localhost"} else host.strip("[]")
    try:
        if not ip_address(host).is_loopback:
            raise UsageError(f"{where} is open to others", "the debug server listens at 127.0.0.1:PORT or unix:PATH")
        number = int(port)
    except ValueError:
        raise UsageError(f"{where!r} is no address", "write 127.0.0.1:PORT or unix:PATH") from None
    kind = type("_V6", (_Server,), {"address_family": socket.AF_INET6}) if ":" in host else _Server
    return kind((host, number), handler)  # type: ignore[no-any-return]


class _Handler(BaseHTTPRequestHandler):
    timeout = TIMEOUT
    protocol_version = "HTTP/1.1"

    def __init__(self, pages: Mapping[str, Callable[[Query], Page]], token: str, *rest: Any) -> None:
        self._pages = pages
        self._token = token
        super().__init__(*rest)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        page = self._pages.get(parts.path)
        if not hmac.compare_digest(self.headers.get("Authorization", "").encode(), f"Bearer {self._token}".encode()):
            self._answer(HTTPStatus.UNAUTHORIZED, _text("the token is missing or wrong\n"))
        elif page is None:
            self._answer(HTTPStatus.NOT_FOUND, _text("\n".join(["there are", *self._pages, ""])))
        else:
            self._show(partial(page, dict(parse_qsl(parts.query))))

    def _show(self, page: Callable[[], Page]) -> None:
        try:
            self._answer(HTTPStatus.OK, page())
        except PerfkitError as error:
            self._answer(HTTPStatus.BAD_REQUEST, _text(f"{error.message}; {error.advice}\n"))

    def _answer(self, status: HTTPStatus, page: Page) -> None:
        kind, body = page
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        with suppress(ConnectionError):  # whoever asked has gone
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: the program's stderr is its own."""

    def address_string(self) -> str:
        """Not looked up: a Unix socket has none."""
        return "local"


def _text(text: str) -> Page:
    return "text/plain; charset=utf-8", text.encode()
