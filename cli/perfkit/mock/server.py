"""HTTPS by granian's embedded server: HTTP/1.1 and HTTP/2 by ALPN, in this process, on this event loop.

Its ASGI interface and not RSGI, because only ASGI's ``send`` waits for a slow reader. TLS and framing run in a thread
of Rust beside the interpreter: over HTTP/2, which Go clients speak, it moves 1.3 GB/s where hypercorn moves 0.6 with
twice the CPU; uvicorn has no HTTP/2.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from granian.constants import Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.server.embed import Server

from perfkit.errors import ClusterError

if TYPE_CHECKING:
    from perfkit.mock.app import App
    from perfkit.model.control import MockConfig

_BACKLOG = 1024
_IDLE_MILLISECONDS = 90_000  # as the API server closes idle connections
_ANSWER_TIMEOUT = 10.0  # seconds


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


async def serve(app: App, config: MockConfig, port: int) -> asyncio.Task[None]:
    """Listen, and return the server's task once it answers HTTPS.

    Raises:
        ClusterError: it does not come to answer.
    """
    task = asyncio.create_task(_server(app, config, port).serve())
    answers = asyncio.create_task(_answer(config.host, port))
    await asyncio.wait({task, answers}, timeout=_ANSWER_TIMEOUT, return_when=asyncio.FIRST_COMPLETED)
    if answers.done() and not answers.cancelled() and answers.exception() is None:
        return task
    error = task.exception() if task.done() else None
    raise ClusterError(f"the mock server does not answer on {config.host}:{port}: {error or 'no reason given'}")


def _server(app: App, config: MockConfig, port: int) -> Server:
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
            ssl_cert=certificate,
            ssl_key=key,
            ssl_protocol_min=SSLProtocols.tls12,
            http1_settings=HTTP1Settings(header_read_timeout=_IDLE_MILLISECONDS),
        )
    except OSError as error:  # an SSLError is one as well
        raise ClusterError(f"cannot serve TLS with {certificate} and {key}: {error.strerror or error}") from error


async def _answer(host: str, port: int) -> None:
    """Ask our own server for its health until it answers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # we ask ourselves; nothing secret is sent
    request = f"GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    while True:
        try:
            reader, writer = await asyncio.open_connection(host, port, ssl=context)
        except ConnectionRefusedError:
            await asyncio.sleep(0.002)
            continue
        writer.write(request)
        await reader.readline()
        writer.close()
        return
