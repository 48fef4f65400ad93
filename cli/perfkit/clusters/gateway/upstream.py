"""The way to the real cluster: HTTP/1.1 over a pool of connections, each request framed anew.

Nothing of what a client sent reaches the cluster but what was understood of it: a request is written from its parts.
"""

from __future__ import annotations

import asyncio
import contextlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from perfkit.client.api import Api
from perfkit.client.problems import ConnectionLostError, LoginError, lost
from perfkit.clusters.gateway.bodies import Dechunker
from perfkit.clusters.gateway.policy import IMPERSONATION

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from ssl import SSLContext

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
        self._known = 0  # renewals of the login that were there when somebody last wanted to forget
        self._trouble = ""  # why it could not be renewed

    @property
    def server(self) -> str:
        """Its URL."""
        return self._api.server

    def forget(self) -> None:
        """What became of the login so far is of no more interest."""
        self._known, self._trouble = self._api.credentials.version, ""

    def notes(self) -> tuple[str, ...]:
        """What became of the login since then, where that is worth a word."""
        renewals = self._api.credentials.version - self._known
        renewed = f"the login to the cluster was renewed {renewals} ×, and requests waited for it"
        return (*([renewed] if renewals else []), *([self._trouble] if self._trouble else []))

    async def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send a request and read the head of its answer. ``target`` is path and query.

        Raises:
            ConnectionLostError: it cannot be reached, or hung up before it answered; LoginError: it lets us in no more.
        """
        if body or method not in {"GET", "HEAD"}:
            headers = {**headers, "content-length": str(len(body))}
        version, head = await self._head(method, target, headers)
        answer = await self._answer(method, head + body)
        if answer.status == HTTPStatus.UNAUTHORIZED and await self._refused(version):
            answer.close()
            _, head = await self._head(method, target, headers)
            answer = await self._answer(method, head + body)
        return answer

    async def upgrade(self, method: str, target: str, headers: Mapping[str, str]) -> tuple[Streams, bytes]:
        """A connection for the caller, asked to speak another protocol, and the head of the answer.

        Raises:
            ConnectionLostError, LoginError: as ``ask``; OSError, EOFError: it hung up before it answered.
        """
        version, head = await self._head(method, target, headers)
        streams, answer = await self._asked_alone(head)
        if parse_head(answer)[0] == HTTPStatus.UNAUTHORIZED and await self._refused(version):
            streams[1].transport.abort()
            streams, answer = await self._asked_alone((await self._head(method, target, headers))[1])
        return streams, answer

    async def _asked_alone(self, head: bytes) -> tuple[Streams, bytes]:
        streams = await self.connect()
        try:
            streams[1].write(head)
            return streams, await streams[0].readuntil(b"\r\n\r\n")
        except BaseException:
            streams[1].transport.abort()
            raise

    async def _answer(self, method: str, request: bytes) -> Answer:
        while True:
            line, used = await self._line()
            try:
                return await line.exchange(method, request)
            except (OSError, EOFError, ValueError) as error:
                line.close()
                if used and method in {"GET", "HEAD"}:  # it may have been closed while nobody looked
                    continue
                raise lost(self.server, error if str(error) else ConnectionError("it hung up")) from error

    async def _refused(self, version: int) -> bool:
        """The cluster answers 401: whether there is another login by now. A plug-in takes its time."""
        with self._trouble_kept():
            return await asyncio.to_thread(self._api.credentials.refused, version)

    @contextlib.contextmanager
    def _trouble_kept(self) -> Iterator[None]:
        try:
            yield
        except LoginError as error:
            self._trouble = error.message
            raise

    async def connect(self) -> Streams:
        """A connection of its own. Raises ConnectionLostError."""
        api = self._api
        name = api.server_name if api.tls else None
        try:
            async with asyncio.timeout(_PATIENCE):
                sock = await asyncio.to_thread(api.reach)
                return await asyncio.open_connection(sock=sock, ssl=api.tls, server_hostname=name, limit=_BLOCK)
        except (OSError, TimeoutError) as error:
            raise lost(self.server, error if str(error) else TimeoutError("it is silent")) from error

    async def close(self) -> None:
        """Close the connections that wait."""
        for line in self._idle:
            line.close()
            await line.closed()
        self._idle.clear()

    async def _head(self, method: str, target: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """The head of a request in HTTP/1.1 with the right to use the cluster, and the version of that right."""
        credentials = self._api.credentials
        if credentials.due:
            with self._trouble_kept():
                await asyncio.to_thread(credentials.refresh)
        version, own = credentials.headers()
        host, port = self._api.address
        own = {"host": f"{host}:{port}", **{name.lower(): text for name, text in own.items()}}
        if IMPERSONATION + "user" in own:  # whom we stand for, a client does not change
            headers = {name: text for name, text in headers.items() if not name.startswith(IMPERSONATION)}
        lines = [f"{method} {self._api.prefix}{target} HTTP/1.1", *(f"{n}: {v}" for n, v in {**headers, **own}.items())]
        return version, "\r\n".join([*lines, "\r\n"]).encode("latin-1")

    async def _line(self) -> tuple[Line, bool]:
        """A connection, and whether it has been used before."""
        while self._idle:
            line = self._idle.pop()
            if not line.ended and line.tls is self._api.tls:
                return line, True
            line.close()
        tls = self._api.tls
        return Line(await self.connect(), tls, self._keep), False

    def _keep(self, line: Line) -> None:
        if len(self._idle) < _IDLE:
            self._idle.append(line)
        else:
            line.close()


class Line:
    """A connection to the cluster; ``keep`` takes it back once an answer was read to its end.

    ``tls`` is what it was opened with: where a certificate was renewed, it shows one that is none any more.
    """

    def __init__(self, streams: Streams, tls: SSLContext | None, keep: Callable[[Line], None]) -> None:
        self._reader, self._writer = streams
        self.tls = tls
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
