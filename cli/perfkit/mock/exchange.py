"""One request and its response over ASGI, counted in the record as it is sent."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Awaitable, Callable
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from perfkit.mock.hangup import hang_up
from perfkit.mock.turns import Turns
from perfkit.mock.wire.formats import JSON
from perfkit.mock.wire.status import too_large
from perfkit.model.requests import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perfkit.mock.connections import Connections
    from perfkit.mock.faults.request import Request
    from perfkit.mock.sockdiag import Address
    from perfkit.mock.wire.status import ApiError
    from perfkit.model.faults import ApiFault

# As the API server: bodies above 128 KiB are compressed, at level 1, when the client asks for it. Larger blocks gain no
# speed either, and a slow reader makes the server hold some nine; half of it costs a quarter more CPU.
_BLOCK = 128 * 1024
_GZIP_LEVEL = 1
_GZIP = {"content-encoding": "gzip", "vary": "Accept-Encoding"}
LARGEST_BODY = 3 * 1024 * 1024  # of a request that is read; the API server's limit
# Seconds for a body to come, and with a reader that takes nothing of a list; the API server gives a request as much.
_PATIENCE = 60.0
_DRAINED = 256 * 1024  # of a body that nobody wants; Go's server reads as much

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class ClientGoneError(Exception):
    """The client closed its connection before it had all of the response."""


class Exchange:
    """A request's head and the ways to answer it. ``entry`` is its line in the record."""

    def __init__(self, scope: dict[str, Any], receive: Receive, send: Send, connections: Connections) -> None:
        self._receive = receive
        self._send = send
        self._gone: asyncio.Task[None] | None = None
        client = _address(scope["client"])
        self._connection = connections.of(_address(scope["server"]), client)
        self._headers: dict[bytes, bytes] = dict(scope["headers"])
        self.always: dict[str, str] = {}  # headers of whatever is answered, named with underscores
        self.request: Request | None = None  # as faults see it
        self.strikes: list[ApiFault] = []  # what a watch shall suffer
        self.contested = False  # whether somebody else writes the object right before
        self.content = b""  # the body, once it was read
        self._packed: Callable[[bytes], bytes] | None = None  # what blocks of a watch are sent as
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        query = scope["query_string"].decode("latin-1")
        self.query = dict(reversed(parse_qsl(query, keep_blank_values=True)))  # of repeated names the first counts
        self.entry = Entry(
            method=self.method,
            path=self.path,
            query=query,
            port=client[1],
            http=scope["http_version"],
            agent=self.header("user-agent"),
        )

    def header(self, name: str) -> str:
        """A request header, empty where it is missing."""
        return self._headers.get(name.encode(), b"").decode("latin-1")

    @property
    def _takes_gzip(self) -> bool:
        return any(each.strip() == "gzip" for each in self.header("accept-encoding").split(","))

    async def read(self) -> None:
        """Read the body into ``content``, before any answer: a client that still sends would see a broken pipe.

        Raises:
            ApiError: 413, it is too large.
            ClientGoneError: the client left, or was cut off since it did not send all of it in time.
        """
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._read()
        except TimeoutError as error:
            self.cut()
            raise ClientGoneError from error

    async def _read(self) -> None:
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            part: bytes = message.get("body", b"")
            size, more = size + len(part), bool(message.get("more_body"))
            if size <= LARGEST_BODY:
                parts.append(part)
            elif size > LARGEST_BODY + _DRAINED:
                break
        if size > LARGEST_BODY:
            raise too_large(LARGEST_BODY)
        self.content = b"".join(parts)

    async def reply(self, status: int, body: bytes, content_type: str = JSON, **headers: str) -> None:
        """A whole response. Header names are written with underscores."""
        await self._begin(status, content_type, {**headers, "content-length": str(len(body))})
        await self._body(body, more=False)

    async def stream(self, chunks: Iterable[bytes]) -> None:
        """A response of status 200 made of small pieces, compressed where the API server would.

        Raises:
            ClientGoneError: the client left, or was cut off since it read nothing for too long.
        """
        blocks = _blocks(chunks)
        begun, whole = await _beginning(blocks)
        if whole:
            await self.reply(200, begun)
            return
        blocks = chain([begun], blocks)
        headers = {}
        if self._takes_gzip:
            headers = _GZIP
            blocks = _compressed(blocks)
        await self._begin(200, JSON, headers)
        self._listen()
        try:
            for block in blocks:
                async with asyncio.timeout(_PATIENCE):
                    await self._block(block)
        except TimeoutError as error:
            self.cut()
            raise ClientGoneError from error
        await self.finish()

    def compress(self) -> None:
        """Let the watch that is about to be opened be compressed, where the client takes that."""
        if self._takes_gzip:
            self._packed = _member

    async def open(self, on_gone: Callable[[], None]) -> None:
        """Begin a watch: status 200, and the head goes out at once. ``on_gone`` is called when the client leaves."""
        await self._begin(200, JSON, _GZIP if self._packed else {})
        await self._body(b"")
        self._listen().add_done_callback(lambda _: on_gone())

    async def open_text(self, content_type: str) -> None:
        """Begin a stream of text whose end is not known: status 200, and the head goes out at once."""
        await self._begin(200, content_type, {})
        await self._body(b"")
        self._listen()

    async def write(self, frames: Iterable[bytes], taken: Callable[[int], None] = lambda _: None) -> None:
        """Send frames of a watch or a stream, waiting where the client reads slowly.

        ``taken`` is told the size of each block that the socket has taken, before the next one is made.

        Raises:
            ClientGoneError: the client left.
        """
        for block in _blocks(frames):
            sent = self._packed(block) if block and self._packed else block
            await self._block(sent)
            taken(len(sent))

    async def finish(self) -> None:
        """End a streamed response."""
        await self._body(b"", more=False)

    async def refuse(self, error: ApiError) -> None:
        """Answer with an error."""
        await self.reply(error.code, error.encode(), error.content_type, **error.headers)

    def cut(self) -> None:
        """Close the connection in the middle of it, and of all else that it carries."""
        hang_up(self._connection.server[1], self._connection.client)

    def close(self) -> None:
        """Stop listening for the client's departure."""
        if self._gone is not None:
            self._gone.cancel()

    def _listen(self) -> asyncio.Task[None]:
        self._gone = asyncio.create_task(self._departure())
        return self._gone

    async def _departure(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def relay(self, status: int, headers: Iterable[tuple[str, str]], on_gone: Callable[[], None]) -> None:
        """Begin somebody else's answer: its head goes out as it is. ``on_gone`` is called when the client leaves."""
        self.entry.status = status
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await self._send({"type": "http.response.start", "status": status, "headers": pairs})
        self._listen().add_done_callback(lambda _: on_gone())

    async def forward(self, block: bytes) -> None:
        """Send a part of it at once, waiting where the client reads slowly. Raises ClientGoneError."""
        await self._body(block)

    async def _begin(self, status: int, content_type: str, headers: dict[str, str]) -> None:
        self.entry.status = status
        if "retry_after" in headers:
            self.entry.retry_after = float(headers["retry_after"])
        sent = {"content-type": content_type, "cache-control": "no-cache, private", **self.always, **headers}
        pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": pairs})

    async def _block(self, block: bytes) -> None:
        """Send what a slice of work came to, which may be nothing."""
        await (self._body(block) if block else self._turn())

    async def _turn(self) -> None:
        """Let others do something: to a client that left, sending returns at once."""
        if self._gone is not None:
            await asyncio.sleep(0)
            if self._gone.done():
                raise ClientGoneError

    async def _body(self, data: bytes, *, more: bool = True) -> None:
        await self._turn()
        self._connection.sent += len(data)
        await self._send({"type": "http.response.body", "body": data, "more_body": more})
        entry = self.entry
        entry.bytes += len(data)
        if entry.first_ns is None and data:
            entry.first_ns = time.monotonic_ns()


def _address(pair: tuple[str, str | int]) -> Address:
    return pair[0], int(pair[1])  # granian gives ports as text


def _blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Small pieces joined to blocks of a little more than _BLOCK, or of what a slice of work came to, maybe nothing."""
    pending: list[bytes] = []
    size, turns = 0, Turns()
    for chunk in chunks:
        pending.append(chunk)
        size += len(chunk)
        if size > _BLOCK or turns.over:
            block = b"".join(pending)
            pending.clear()  # before a slow reader is waited for
            size = 0
            yield block
            turns.begin()
    if pending:
        yield b"".join(pending)


async def _beginning(blocks: Iterator[bytes]) -> tuple[bytes, bool]:
    """A little more than _BLOCK of a body; or, and True, all of it."""
    begun = bytearray()
    for block in blocks:
        begun += block
        if len(begun) > _BLOCK:
            return bytes(begun), False
        await asyncio.sleep(0)
    return bytes(begun), True


def _compressed(blocks: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(_GZIP_LEVEL, wbits=31)
    yield from map(compressor.compress, blocks)  # as they come: others shall have their turn between
    yield compressor.flush()


def _member(block: bytes) -> bytes:
    """A gzip member of its own, ended only after all of it was flushed, as the API server does.

    Go's reader keeps what comes with a member's end until the next member begins.
    """
    compressor = zlib.compressobj(_GZIP_LEVEL, wbits=31)
    return compressor.compress(block) + compressor.flush(zlib.Z_SYNC_FLUSH) + compressor.flush()
