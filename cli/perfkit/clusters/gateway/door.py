"""The door of a gateway that lets upgrades through: TLS ends here, and behind it lies the server of ordinary requests.

That server has no upgrades, which are asked for by the first request of an HTTP/1.1 connection: it is read here, and
where it asks for one, judged and tunnelled. Whatever else comes is handed on byte by byte.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import ssl
import time
from typing import TYPE_CHECKING, Final

from perfkit.client.problems import ConnectionLostError
from perfkit.clusters.gateway.app import note, refused
from perfkit.clusters.gateway.policy import Asked, joined, judge, passed
from perfkit.clusters.gateway.upstream import parse_head
from perfkit.mock.wire.status import ApiError, unauthorized
from perfkit.model.requests import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.clusters.gateway.policy import Rules
    from perfkit.clusters.gateway.upstream import Streams, Upstream
    from perfkit.mock.record import Record
    from perfkit.model.control import GatewayConfig

_BLOCK: Final = 256 * 1024
_HEAD_PATIENCE: Final = 60.0  # seconds for the first request to come
_GOODBYE: Final = 10.0  # seconds for a client to read the rest
_UPGRADING: Final = ("connection", "upgrade", "x-stream-protocol-version")
_WEBSOCKET: Final = "sec-websocket-"


class Door:
    """Listens in place of the server at port ``inner``; ``ports`` tells whose connection each of its own there is."""

    def __init__(self, upstream: Upstream, rules: Rules, record: Record, inner: int) -> None:
        self._upstream = upstream
        self._rules = rules
        self._record = record
        self._inner = inner
        self.ports: dict[int, int] = {}

    async def open(self, config: GatewayConfig, port: int) -> None:
        """Listen. Raises OSError."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(config.certificate, config.key)
        context.set_alpn_protocols(["h2", "http/1.1"])
        self._server = await asyncio.start_server(self._enter, config.host, port, ssl=context, limit=_BLOCK)

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2":
                await self._hand_on((reader, writer), b"")
                return
            async with asyncio.timeout(_HEAD_PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
            asked = _asked(head)
            if asked is None or not asked.upgrade:
                await self._hand_on((reader, writer), head)
            else:
                await self._tunnel(asked, (reader, writer))
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            pass
        finally:
            await _closed(writer)

    async def _hand_on(self, client: Streams, read: bytes) -> None:
        """Whatever is said on a connection goes to the server of ordinary requests."""
        inner = await asyncio.open_connection("127.0.0.1", self._inner, limit=_BLOCK)
        port = inner[1].get_extra_info("sockname")[1]
        self.ports[port] = client[1].get_extra_info("peername")[1]
        try:
            inner[1].write(read)
            await _both_ways(client, inner, lambda _: None)
        finally:
            inner[1].transport.abort()
            del self.ports[port]

    async def _tunnel(self, asked: Asked, client: Streams) -> None:
        entry = _entry(asked, client[1].get_extra_info("peername")[1])
        self._record.begin(entry)
        try:
            await self._judged(asked, client, entry)
        except ApiError as error:
            await _refuse(client[1], entry, error)
        except ConnectionLostError as error:
            await _refuse(client[1], entry, ApiError(502, "BadGateway", f"perfkit's gateway: {error}", details={}))
        finally:
            self._record.end(entry)

    async def _judged(self, asked: Asked, client: Streams, entry: Entry) -> None:
        """Have the cluster upgrade, and pass on what both say. Raises ApiError, ConnectionLostError."""
        judged = judge(asked, writes=True)
        note(entry, judged)
        given = asked.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self._rules.token}".encode()):
            raise unauthorized()
        if judged.refusal:
            raise refused(asked, judged)
        upgrading = {name: text for name, text in asked.headers.items() if name in _UPGRADING or _WEBSOCKET in name}
        query = f"?{asked.query}" if asked.query else ""
        headers = {**passed(asked.headers, writes=True), **upgrading}
        cluster, head = await self._upstream.upgrade(asked.method, judged.place.path + query, headers)
        try:
            entry.status, entry.first_ns = parse_head(head)[0], time.monotonic_ns()
            client[1].write(head)
            await _both_ways(client, cluster, lambda size: _count(entry, size))
        finally:
            cluster[1].transport.abort()


def _asked(head: bytes) -> Asked | None:
    """The head of a request; None for what is none, which the server behind shall refuse."""
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    method, _, rest = first.partition(" ")
    target, _, version = rest.rpartition(" ")
    pairs = [line.partition(":") for line in lines]
    if version != "HTTP/1.1" or any(name != name.strip() for name, _, _ in pairs):
        return None
    path, _, query = target.partition("?")
    headers = joined((name.lower(), text.strip()) for name, _, text in pairs)
    return Asked(method=method, path=path, query=query, headers=headers)


def _entry(asked: Asked, port: int) -> Entry:
    agent = asked.headers.get("user-agent", "")
    return Entry(method=asked.method, path=asked.path, query=asked.query, port=port, http="1.1", agent=agent)


def _count(entry: Entry, size: int) -> None:
    entry.bytes += size


async def _refuse(client: asyncio.StreamWriter, entry: Entry, error: ApiError) -> None:
    entry.status, body = error.code, error.encode()
    head = f"HTTP/1.1 {error.code} Refused\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    client.write(f"{head}Connection: close\r\n\r\n".encode() + body)
    await client.drain()


async def _closed(client: asyncio.StreamWriter) -> None:
    """Close it once it has taken what was written, or does not."""
    client.close()
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_GOODBYE):
            await client.wait_closed()
    client.transport.abort()


async def _both_ways(client: Streams, server: Streams, sent: Callable[[int], None]) -> None:
    """Pass on what both say until one of them ends; ``sent`` is told of bytes for the client."""
    tasks = {
        asyncio.create_task(_one_way(client[0], server[1], lambda _: None)),
        asyncio.create_task(_one_way(server[0], client[1], sent)),
    }
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def _one_way(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: Callable[[int], None]) -> None:
    with contextlib.suppress(OSError):
        while block := await reader.read(_BLOCK):
            writer.write(block)
            sent(len(block))
            await writer.drain()
