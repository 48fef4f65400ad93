"""The way to the real cluster: HTTP/1.1 over a pool of connections, each request framed anew.

Nothing of what a client sent reaches the cluster but what was understood of it: a request is written from its parts.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Final

from perfkit.client.api import Api
from perfkit.client.problems import ConnectionLostError
from perfkit.clusters.gateway.bodies import Dechunker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from perfkit.client.access import Access

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_BLOCK: Final = 256 * 1024
_IDLE: Final = 32  # connections kept for later
_PATIENCE: Final = 10.0  # seconds for a connection to come about
_NO_BODY: Final = frozenset({204, 304})


class Upstream:
    """One cluster, and the right to use it."""

    def __init__(self, access: Access) -> None:
        self._api = Api(access)
        self._idle: list[Line] = []

    @property
    def server(self) -> str:
        """Its URL."""
        return self._api.server

    async def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send a request and read the head of its answer. ``target`` is path and query.

        Raises:
            ConnectionLostError: it cannot be reached, or hung up before it answered.
        """
        head = self._head(method, target, headers, body)
        while True:
            line, used = await self._line()
            try:
                return await line.exchange(method, head + body)
            except (OSError, EOFError, ValueError) as error:
                line.close()
                if used and method in {"GET", "HEAD"}:  # it may have been closed while nobody looked
                    continue
                why = str(error) or "it hung up"
                raise ConnectionLostError(f"{self.server}: {why}", "is the cluster up?") from error

    async def connect(self) -> Streams:
        """A connection of its own. Raises ConnectionLostError."""
        api = self._api
        name = api.server_name if api.tls else None
        try:
            async with asyncio.timeout(_PATIENCE):
                sock = await asyncio.to_thread(api.reach)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return await asyncio.open_connection(sock=sock, ssl=api.tls, server_hostname=name, limit=_BLOCK)
        except (OSError, TimeoutError) as error:
            why = str(error) or "it is silent"
            raise ConnectionLostError(f"{self.server}: {why}", "is the cluster up?") from error

    def head(self, method: str, target: str, headers: Mapping[str, str]) -> bytes:
        """The head of a request in HTTP/1.1, with the right to use the cluster."""
        host, port = self._api.address
        own = {"host": f"{host}:{port}"}
        if "Authorization" in self._api.headers:
            own["authorization"] = self._api.headers["Authorization"]
        lines = [f"{method} {self._api.prefix}{target} HTTP/1.1", *(f"{n}: {v}" for n, v in {**headers, **own}.items())]
        return "\r\n".join([*lines, "\r\n"]).encode("latin-1")

    async def close(self) -> None:
        """Close the connections that wait."""
        for line in self._idle:
            line.close()
            await line.closed()
        self._idle.clear()

    def _head(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
        length = {"content-length": str(len(body))} if body or method not in {"GET", "HEAD"} else {}
        return self.head(method, target, {**headers, **length})

    async def _line(self) -> tuple[Line, bool]:
        """A connection, and whether it has been used before."""
        while self._idle:
            line = self._idle.pop()
            if not line.ended:
                return line, True
            line.close()
        return Line(await self.connect(), self._keep), False

    def _keep(self, line: Line) -> None:
        if len(self._idle) < _IDLE:
            self._idle.append(line)
        else:
            line.close()


class Line:
    """A connection to the cluster; ``keep`` takes it back once an answer was read to its end."""

    def __init__(self, streams: Streams, keep: Callable[[Line], None]) -> None:
        self._reader, self._writer = streams
        self._keep = keep

    @property
    def ended(self) -> bool:
        """Whether the cluster has closed it."""
        return self._reader.at_eof() or self._writer.is_closing()

    async def exchange(self, method: str, request: bytes) -> Answer:
        """Send a request, read the head of the answer. Raises OSError, EOFError, ValueError."""
        self._writer.write(request)
        await self._writer.drain()
        status, headers = await read_head(self._reader)
        while 100 <= status < 200:
            status, headers = await read_head(self._reader)
        return Answer(self, status, headers, empty=method == "HEAD" or status in _NO_BODY)

    async def read(self) -> bytes:
        """Some bytes; none at the end."""
        return await self._reader.read(_BLOCK)

    def release(self) -> None:
        """It can be used again."""
        self._keep(self)

    def close(self) -> None:
        """Be done with it, in the middle of whatever it carries."""
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._writer.transport.abort()

    async def closed(self) -> None:
        """Wait until it is."""
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


class Answer:
    """An answer of the cluster: its head, and its body as it comes. ``headers``: names in lower case."""

    def __init__(self, line: Line, status: int, headers: list[tuple[str, str]], *, empty: bool) -> None:
        self.status, self.headers = status, headers
        self._line = line
        self._known = dict(headers)
        self._chunked = not empty and "chunked" in self._known.get("transfer-encoding", "")
        length = self._known.get("content-length")
        self._left = 0 if empty else int(length) if length is not None else -1  # -1: its end is the connection's
        self._ended = False

    def header(self, name: str) -> str:
        """One of its headers; empty where it is missing."""
        return self._known.get(name, "")

    async def read(self) -> bytes:
        """The whole body. Raises ConnectionLostError."""
        return b"".join([block async for block in self.blocks()])

    async def blocks(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises ConnectionLostError when it breaks off."""
        try:
            async for block in self._chunks() if self._chunked else self._bytes():
                yield block
        except (OSError, ValueError, EOFError) as error:
            self.close()
            raise ConnectionLostError(f"the cluster broke off in the middle of an answer: {error}") from error

    def close(self) -> None:
        """Want no more of it; once it was read to its end, its connection is another's."""
        if not self._ended:
            self._ended = True
            self._line.close()

    async def _chunks(self) -> AsyncIterator[bytes]:
        coding = Dechunker()
        while not coding.done:
            block = await self._line.read()
            if not block:
                raise EOFError("it ended")
            if content := coding.feed(block):
                yield content
        self._end(clean=not coding.surplus)

    async def _bytes(self) -> AsyncIterator[bytes]:
        while self._left:
            block = await self._line.read()
            if not block and self._left > 0:
                raise EOFError("it ended")
            if not block:
                break
            if self._left > 0:
                self._left -= len(block)
            yield block
        self._end(clean=self._left == 0)

    def _end(self, *, clean: bool) -> None:
        self._ended = True
        if clean and self.header("connection").lower() != "close":
            self._line.release()
        else:
            self._line.close()


async def read_head(reader: asyncio.StreamReader) -> tuple[int, list[tuple[str, str]]]:
    """Status and headers of an answer, names in lower case. Raises OSError, EOFError, ValueError."""
    try:
        return parse_head(await reader.readuntil(b"\r\n\r\n"))
    except asyncio.LimitOverrunError as error:
        raise ValueError("its answer's head has no end") from error


def parse_head(head: bytes) -> tuple[int, list[tuple[str, str]]]:
    """The same, of a head that was read. Raises ValueError."""
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    version, _, rest = first.partition(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError("it does not speak HTTP")
    pairs = [line.partition(":") for line in lines]
    return int(rest[:3]), [(name.strip().lower(), value.strip()) for name, _, value in pairs]
