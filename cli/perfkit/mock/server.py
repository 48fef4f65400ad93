"""HTTPS by granian's embedded server: HTTP/1.1 and HTTP/2 by ALPN, in this process, on this event loop.

Its ASGI interface and not RSGI, because only ASGI's ``send`` waits for a slow reader. TLS and framing run in a thread
of Rust beside the interpreter: over HTTP/2, which Go clients speak, it moves 1.3 GB/s where hypercorn moves 0.6 with
twice the CPU; uvicorn has no HTTP/2.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from granian.constants import Interfaces, SSLProtocols
from granian.http import HTTP1Settings, HTTP2Settings
from granian.server.embed import Server

from perfkit.errors import ClusterError
from perfkit.mock.hangup import hang_up, listens

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from perfkit.mock.exchange import Receive, Send

_BACKLOG = 1024
_SEND_BUFFER = 64 * 1024  # bytes that wait for a slow reader; more gain no speed
_IDLE_MILLISECONDS = 90_000  # as the API server closes idle connections
_ANSWER_TIMEOUT = 10.0  # seconds
_RETRY = 0.002  # seconds
_GOODBYE = 0.01  # seconds between looks whether all connections have ended


def free_port(host: str, port: int) -> int:
    """``port`` if it can be bound, or any free one for 0.

    granian binds with SO_REUSEPORT: a port that another such server holds would be shared without a word.

    Raises:
        ClusterError: the address cannot be bound.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise ClusterError(f"cannot listen on {host}:{port}: {reason}", "choose another port or address") from error
        found: int = probe.getsockname()[1]
        return found


class Application(Protocol):
    """What answers (ASGI)."""

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        ...


class Served(Protocol):
    """Where to serve, and what to show: PEM paths."""

    @property
    def host(self) -> str:
        """The address to listen on."""
        ...

    @property
    def certificate(self) -> str:
        """The server's."""
        ...

    @property
    def key(self) -> str:
        """Its key."""
        ...


class Listener:
    """The server at one port. Who no longer serves must not look alive: it ends the process.

    Without ``tls`` it speaks in the clear, to who ends TLS before it.
    """

    def __init__(self, app: Application, config: Served, port: int, *, tls: bool = True) -> None:
        self._tls = tls
        self._app = app
        self._config = config
        self._port = port
        self._hurry = asyncio.Event()
        self._server: Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen; returns once it answers HTTPS.

        Raises:
            ClusterError: it does not come to answer.
        """
        self._listen()
        await self._wait(_answer(self._config.host, self._port, tls=self._tls))

    async def restart(self, down: float) -> None:
        """Close all connections, refuse new ones for ``down`` seconds, and serve again at the same port."""
        self._hurry.clear()
        await self._stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(down):
                await self._hurry.wait()
        try:
            self._listen()  # the former server has held the port until here
            await self._wait(_connection(self._config.host, self._port))
        except ClusterError:
            traceback.print_exc()
            os._exit(1)

    def hurry(self) -> None:
        """Serve again at once, should it be down."""
        self._hurry.set()

    def _listen(self) -> None:
        self._server = _server(self._app, self._config, self._port, tls=self._tls)
        self._task = asyncio.create_task(self._server.serve())
        self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task is self._task:
            os._exit(1)

    async def _stop(self) -> None:
        assert self._server is not None
        assert self._task is not None
        task, self._task = self._task, None
        self._server.stop()  # type: ignore[no-untyped-call]
        while listens(self._port) and not task.done():  # nobody may come in while the others are shown out
            await asyncio.wait({task}, timeout=_RETRY)
        while not task.done():
            hang_up(self._port)
            await asyncio.wait({task}, timeout=_GOODBYE)

    async def _wait(self, question: Coroutine[Any, Any, None]) -> None:
        """Wait until our own server answers. Raises ClusterError."""
        try:
            await asyncio.wait_for(question, _ANSWER_TIMEOUT)
        except (OSError, TimeoutError) as error:
            why = str(error) or "it was silent"
            where = f"{self._config.host}:{self._port}"
            raise ClusterError(f"the server does not answer on {where}: {why}") from error


def _server(app: Application, config: Served, port: int, *, tls: bool) -> Server:
    certificate, key = Path(config.certificate), Path(config.key)
    try:
        return Server(
            app,
            address=config.host,
            port=port,
            interface=Interfaces.ASGINL,
            backlog=_BACKLOG,
            websockets=False,
            log_enabled=False,
            ssl_cert=certificate if tls else None,
            ssl_key=key if tls else None,
            ssl_protocol_min=SSLProtocols.tls12,
            http1_settings=HTTP1Settings(header_read_timeout=_IDLE_MILLISECONDS, max_buffer_size=_SEND_BUFFER),
            http2_settings=HTTP2Settings(max_send_buffer_size=_SEND_BUFFER),
        )
    except OSError as error:  # an SSLError is one as well
        raise ClusterError(f"cannot serve TLS with {certificate} and {key}: {error.strerror or error}") from error


async def _answer(host: str, port: int, *, tls: bool) -> None:
    """Ask our own server for its health until it answers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # we ask ourselves; nothing secret is sent
    request = f"GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    await _connection(host, port)
    reader, writer = await asyncio.open_connection(host, port, ssl=context if tls else None)
    writer.write(request)
    await reader.readline()
    writer.close()


async def _connection(host: str, port: int) -> None:
    """Connect to our own server until it accepts."""
    while True:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except ConnectionRefusedError:
            await asyncio.sleep(_RETRY)
        else:
            writer.close()
            return
