"""The ASGI application of the gateway: judge, pass on, record what passes."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import time
import traceback
from typing import TYPE_CHECKING, Any, Final

from perfkit.client.problems import ConnectionLostError
from perfkit.clusters.gateway.bodies import LARGEST, Frames, continues, count_objects
from perfkit.clusters.gateway.policy import ADVICE, Asked, joined, judge, passed
from perfkit.clusters.gateway.stream import Stream
from perfkit.mock.exchange import ClientGoneError, Exchange
from perfkit.mock.wire.status import ApiError, internal_error, unauthorized

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from perfkit.clusters.gateway.policy import Judgement, Rules
    from perfkit.clusters.gateway.upstream import Answer, Upstream
    from perfkit.mock.connections import Connections
    from perfkit.mock.exchange import Receive, Send
    from perfkit.mock.record import Record
    from perfkit.model.requests import Entry

_COUNTED: Final = 5.0  # seconds
# Of a connection and not of an answer, or written anew.
_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


class Gateway:
    """Everything that answers. ``happened(verb, resource)`` is told of each request answered in full."""

    def __init__(
        self,
        upstream: Upstream,
        rules: Rules,
        record: Record,
        connections: Connections,
        happened: Callable[[str, str], None],
    ) -> None:
        self._upstream = upstream
        self._bearer = f"Bearer {rules.token}".encode()
        self._writes = rules.writes
        self._record = record
        self._connections = connections
        self._happened = happened
        self._watches: set[Answer] = set()
        self._counting: dict[int, asyncio.Event] = {}  # of lists that are passed on
        self.ports: Mapping[int, int] = {}  # of a door before it: whose connection each of its own is

    async def counted(self) -> None:
        """Wait until the objects of all lists are counted, or for a moment where a client does not read one."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_COUNTED):
                for event in list(self._counting.values()):
                    await event.wait()

    def end_watches(self) -> None:
        """Close what is open to the cluster: a trial is over."""
        for answer in list(self._watches):
            answer.close()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            return
        exchange = Exchange(scope, receive, send, self._connections)
        exchange.entry.port = self.ports.get(exchange.entry.port, exchange.entry.port)
        self._record.begin(exchange.entry)
        try:
            await self._serve(exchange, asked(scope))
        except ApiError as error:
            await exchange.refuse(error)
        except ClientGoneError:
            pass
        except ConnectionLostError as error:
            await self._broken(exchange, error)
        except Exception:  # noqa: BLE001 - whatever is wrong with one request, the others go on
            traceback.print_exc()
            await self._broken(exchange, internal_error())
        finally:
            exchange.close()
            self._record.end(exchange.entry)

    async def _serve(self, exchange: Exchange, asking: Asked) -> None:
        if exchange.method not in {"GET", "HEAD"}:
            await exchange.read()
        judged = judge(asking, writes=self._writes)
        note(exchange.entry, judged)
        if not hmac.compare_digest(exchange.header("authorization").encode(), self._bearer):
            raise unauthorized()
        if judged.refusal or asking.upgrade:
            raise refused(asking, judged)
        query = f"?{asking.query}" if asking.query else ""
        headers = passed(asking.headers, writes=self._writes)
        answer = await self._upstream.ask(asking.method, judged.place.path + query, headers, exchange.content)
        self._watches.add(answer)
        try:
            await self._pass(exchange, answer)
        finally:
            self._watches.discard(answer)

    async def _pass(self, exchange: Exchange, answer: Answer) -> None:
        entry = exchange.entry
        if wait := answer.header("retry-after"):
            entry.retry_after = float(wait) if wait.isdecimal() else None
        await exchange.relay(answer.status, _passing(answer.headers), answer.close)
        if entry.verb == "watch" and answer.status < 300:
            await self._stream(exchange, answer)
        else:
            await self._body(exchange, answer)

    async def _body(self, exchange: Exchange, answer: Answer) -> None:
        """Pass a body on."""
        if exchange.entry.verb == "list" and answer.status < 300:
            with self._being_counted(exchange.entry):
                await self._list(exchange, answer)
            return
        async for block in answer.blocks():
            await exchange.forward(block)
        await exchange.finish()
        if answer.status < 300 and exchange.entry.verb:
            self._tell(exchange.entry)

    async def _list(self, exchange: Exchange, answer: Answer) -> None:
        """Pass a list on; what it held is counted once the client has it."""
        entry, kept, size = exchange.entry, list[bytes](), 0
        async for block in answer.blocks():
            await exchange.forward(block)
            size += len(block)
            if size <= LARGEST:
                kept.append(block)
        await exchange.finish()
        entry.last_ns = time.monotonic_ns()
        encoding = answer.header("content-encoding")
        if not (kept and continues(kept[0], encoding)):
            self._tell(entry)
        if size <= LARGEST:
            entry.objects = await asyncio.to_thread(count_objects, kept, encoding)

    @contextlib.contextmanager
    def _being_counted(self, entry: Entry) -> Iterator[None]:
        self._counting[id(entry)] = asyncio.Event()
        try:
            yield
        finally:
            self._counting.pop(id(entry)).set()

    async def _stream(self, exchange: Exchange, answer: Answer) -> None:
        """Pass a watch on, block by block as it comes."""
        entry = exchange.entry
        self._record.opened(entry)
        await exchange.forward(b"")
        frames = Frames(answer.header("content-type"), answer.header("content-encoding"))
        stream = Stream(exchange.query, frames, entry, lambda: self._tell(entry))
        try:
            async for block in answer.blocks():
                await exchange.forward(block)
                stream.passed(block)
            await exchange.finish()
        finally:
            stream.close()

    async def _broken(self, exchange: Exchange, error: Exception) -> None:
        """Tell the client, in an answer or, where one has begun, by its end."""
        if exchange.entry.status:
            exchange.cut()
        else:
            await exchange.refuse(error if isinstance(error, ApiError) else _bad_gateway(error))

    def _tell(self, entry: Entry) -> None:
        """What a straggler of an earlier trial got has not happened in this one."""
        if self._record.has_open(entry):
            self._happened(entry.verb, entry.resource)


def asked(scope: dict[str, Any]) -> Asked:
    """A request's head as the policy sees it."""
    return Asked(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1").partition("?")[0],
        query=scope["query_string"].decode("latin-1"),
        headers=joined((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
    )


def note(entry: Entry, judged: Judgement) -> None:
    """What a request speaks of, for its line in the record."""
    place = judged.place
    entry.verb, entry.namespace = place.verb, place.namespace
    entry.resource, entry.subresource = place.qualified, place.subresource


def refused(asking: Asked, judged: Judgement) -> ApiError:
    """Why a request does not pass, for the client."""
    why = judged.refusal or "another protocol must be asked for by the first request of an HTTP/1.1 connection"
    return ApiError(403, "Forbidden", f"{asking.method} {asking.path} is refused: {why} ({ADVICE})", details={})


def _bad_gateway(error: Exception) -> ApiError:
    return ApiError(502, "BadGateway", f"perfkit's gateway: {error}", details={})


def _passing(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name not in _HOP]
