"""The ASGI application: who may ask, what is asked, which handler answers, what goes into the record."""

from __future__ import annotations

import contextlib
import hmac
import time
import traceback
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.access import Access, Attempt
from perfkit.mock.exchange import ClientGoneError, Exchange
from perfkit.mock.faults.meeting import meet
from perfkit.mock.faults.request import Request
from perfkit.mock.life.life import Life
from perfkit.mock.reading import get, list_
from perfkit.mock.resources.control_plane import BINDINGS
from perfkit.mock.resources.reviews import REVIEWED
from perfkit.mock.reviews import Reviews
from perfkit.mock.subresources import log, pods, scale, token
from perfkit.mock.telemetry import CONTENT_TYPE, Meters
from perfkit.mock.users import Users
from perfkit.mock.watching import Watches
from perfkit.mock.wire import request_info
from perfkit.mock.wire.discovery import Discovery
from perfkit.mock.wire.health import ENDPOINTS, health
from perfkit.mock.wire.openapi import Publication
from perfkit.mock.wire.options import is_watch
from perfkit.mock.wire.places import locate
from perfkit.mock.wire.status import ApiError, internal_error, method_not_allowed, no_such_resource, unauthorized
from perfkit.mock.writes.control_plane import ControlPlane
from perfkit.mock.writing import Writing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from perfkit.mock.connections import Connections
    from perfkit.mock.exchange import Receive, Send
    from perfkit.mock.faults.board import Faults
    from perfkit.mock.record import Record
    from perfkit.mock.store import Store
    from perfkit.mock.wire.places import Place
    from perfkit.model.requests import Entry


class World(msgspec.Struct, frozen=True):
    """What the application serves, what it denies, the token it takes, what goes wrong, and the seed of all chance."""

    store: Store
    access: Access
    token: str
    faults: Faults
    seed: int = 1


_TEXT = "text/plain; charset=utf-8"
_AUDIT = "00000000-0000-4000-8000-{:012x}"  # a UUID of each request
# Which flow schema and priority level a request fell into: one of each will do.
_FLOW = {
    "x_kubernetes_pf_flowschema_uid": "6d5f1c1e-7a0b-4c55-9d0e-3f1f6a1c0d01",
    "x_kubernetes_pf_prioritylevel_uid": "6d5f1c1e-7a0b-4c55-9d0e-3f1f6a1c0d02",
}
_PUBLIC = ENDPOINTS | {"/version"}  # served without a token, as the API server does


class App:
    """Everything that answers requests. ``happened(verb, resource)`` is told of each request answered in full."""

    def __init__(
        self, world: World, record: Record, connections: Connections, happened: Callable[[str, str], None]
    ) -> None:
        self._store = world.store
        self._access = world.access
        self._connections = connections
        self._faults = world.faults
        self.meters = Meters()
        self.watches = Watches(world.store)
        self._discovery = Discovery(world.store)
        self._publication = Publication(world.store)
        self._plane = ControlPlane(world.store)
        self.life = Life(world.store, self._plane, world.seed)
        self.users = Users(world.store, self._plane)
        self._writing = Writing(world.store, self._plane)
        self._reviews = Reviews(world.store, world.access, world.token)
        self._record = record
        self._bearer = f"Bearer {world.token}"
        self._happened = happened
        self.address = ""  # host:port, once it is known

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            return
        exchange = Exchange(scope, receive, send, self._connections)
        self._record.begin(exchange.entry)
        exchange.always["audit_id"] = _AUDIT.format(exchange.entry.number)
        try:
            await self._answer(exchange)
        except ApiError as error:
            await exchange.refuse(error)
        except ClientGoneError:
            pass
        except Exception:  # noqa: BLE001 - whatever is wrong with one request, the others go on
            traceback.print_exc()
            if not exchange.entry.status:
                await exchange.refuse(internal_error())
        finally:
            exchange.close()
            self._record.end(exchange.entry)
            self.meters.answered(exchange)

    async def _answer(self, exchange: Exchange) -> None:
        if exchange.method not in {"GET", "HEAD"}:
            await exchange.read()
        exchange.entry.tick = self._store.clock.catch_up()
        if self._store.skew:
            exchange.always["date"] = formatdate(time.time() + self._store.skew, usegmt=True)
        path = exchange.path.removesuffix("/")  # the API server takes both, and some clients ask for /version/
        place = locate(path, self._store.catalog)
        if place is not None:
            entry = exchange.entry
            entry.verb, entry.namespace = _verb(exchange, place), place.namespace
            entry.resource, entry.subresource = place.resource.qualified, place.subresource
            if place.resource.deprecation:
                exchange.always["warning"] = f'299 - "{place.resource.deprecation}"'
        self._authenticate(exchange)
        exchange.always.update(_FLOW)
        state = health(path, exchange.entry.query)
        if state is not None:
            await exchange.reply(200, state.encode(), _TEXT, x_content_type_options="nosniff")
            return
        exchange.request = _request(exchange, place)
        with self.meters.seat(exchange.request.attempt):
            await self._suffer(exchange, exchange.request)
            if place is not None:
                await self._serve(exchange, place)
            elif path == "/metrics":
                await exchange.reply(200, self.meters.text(self.watches.count(), self._store.sizes()), CONTENT_TYPE)
            else:
                await self._discover(exchange, path)

    async def _suffer(self, exchange: Exchange, request: Request) -> None:
        """Let faults strike, which may take long enough for a reset to come between. Raises ApiError."""
        await meet(self._faults, exchange, request, self.meters.inflight.total())
        if exchange.entry.fault and not self._record.has_open(exchange.entry):
            raise ClientGoneError

    def _authenticate(self, exchange: Exchange) -> None:
        given = exchange.header("authorization").encode()
        if not given and exchange.path.removesuffix("/") in _PUBLIC:
            return
        renewed = self._faults.tokens
        known = hmac.compare_digest(given, self._bearer.encode())
        if renewed is None and known:
            return
        if not any(hmac.compare_digest(given, f"Bearer {token}".encode()) for token in renewed or ()):
            if known:
                exchange.entry.strike("token")
            raise unauthorized()

    async def _discover(self, exchange: Exchange, path: str) -> None:
        accept = exchange.header("accept")
        found = self._publication.document(path, accept) or self._discovery.document(path, accept, self.address)
        if found is None:
            _name_unserved(exchange)
        if found is None and self._discovery.reaches(path):
            raise no_such_resource()
        if found is None:
            await exchange.reply(404, b"404 page not found\n", _TEXT, x_content_type_options="nosniff")
        elif exchange.method != "GET":
            raise method_not_allowed()
        elif not found.etag:
            await exchange.reply(200, found.body)
        else:
            headers = {"etag": found.etag, "vary": "Accept", "cache_control": "public"}
            if found.etag in exchange.header("if-none-match"):
                await exchange.reply(304, b"", found.content_type, **headers)
            else:
                await exchange.reply(200, found.body, found.content_type, **headers)

    async def _serve(self, exchange: Exchange, place: Place) -> None:
        entry = exchange.entry
        self._access.check(Attempt.at(entry.verb, place), place.resource)
        if place.subresource:
            await self._serve_part(exchange, place)
        elif entry.verb not in place.resource.verbs or not _fits(entry.verb, place):
            raise method_not_allowed()
        elif place.resource.qualified in REVIEWED:
            await self._reviews.create(exchange, place)
        elif place.resource is BINDINGS:
            await pods.bind_named(exchange, self._store, self._plane, place)
        elif entry.verb in {"get", "list", "watch"}:
            await self._read(exchange, place)
        else:
            await self._write(exchange, place)

    async def _read(self, exchange: Exchange, place: Place) -> None:
        entry = exchange.entry
        match entry.verb:
            case "watch":
                await self.watches.serve(exchange, place, lambda: self._watching(entry))
            case "list":
                if await list_(exchange, self._store, place):
                    self._tell(entry)
            case _:
                await get(exchange, self._store, place)
                self._tell(entry)

    async def _write(self, exchange: Exchange, place: Place) -> None:
        handlers: dict[str, Callable[[Exchange, Place], Awaitable[None]]] = {
            "create": self._writing.create,
            "update": self._writing.update,
            "patch": self._writing.patch,
            "delete": self._writing.delete,
            "deletecollection": self._writing.delete_collection,
        }
        if exchange.contested:
            with self._store.written_by("cluster"):
                self.users.touch(place.resource, place.key)
        await handlers[exchange.entry.verb](exchange, place)
        self._tell(exchange.entry)

    async def _serve_part(self, exchange: Exchange, place: Place) -> None:
        part = place.resource.subresource(place.subresource)
        if part is None:
            raise no_such_resource()
        if exchange.entry.verb not in part.verbs:
            raise method_not_allowed()
        special = _PARTS.get(place.subresource)
        if special is not None:
            await special(exchange, self._store, self._plane, place)
        elif exchange.entry.verb == "get":
            await get(exchange, self._store, place)
        else:
            await self._write(exchange, place)

    def _watching(self, entry: Entry) -> None:
        self._record.opened(entry)
        self._tell(entry)

    def _tell(self, entry: Entry) -> None:
        """What a straggler of an earlier trial got has not happened in this one."""
        if self._record.has_open(entry):
            self._happened(entry.verb, entry.resource)


# Subresources that are more than a part of the object itself.
_PARTS = {
    "scale": scale.serve,
    "log": log.serve,
    "binding": pods.bind,
    "eviction": pods.evict,
    "exec": pods.refuse,
    "attach": pods.refuse,
    "portforward": pods.refuse,
    "proxy": pods.refuse,
    "token": token.request,
}
_WRITES = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_OF_MANY = frozenset({"create", "list", "watch", "deletecollection"})  # verbs at a place that names no object


def _verb(exchange: Exchange, place: Place) -> str:
    """The verb as the API server's request info names it."""
    if exchange.method == "DELETE" and not place.name:
        return "deletecollection"
    if exchange.method != "GET":
        return _WRITES.get(exchange.method, exchange.method.lower())
    if place.name:
        return "get"
    return "watch" if is_watch(exchange.query) else "list"


def _name_unserved(exchange: Exchange) -> None:
    """Note for the record what a request speaks of that is not served here, as an API server reads it."""
    with contextlib.suppress(ValueError):
        place = request_info.locate(exchange.method, exchange.path, exchange.entry.query)
        entry = exchange.entry
        entry.verb, entry.namespace = place.verb, place.namespace
        entry.resource, entry.subresource = place.qualified, place.subresource


def _request(exchange: Exchange, place: Place | None) -> Request:
    """A request as faults see it."""
    query, verb = exchange.query, exchange.entry.verb
    version = query.get("resourceVersion", "") not in {"", "0"} and "sendInitialEvents" not in query
    past = bool(query.get("continue")) if verb == "list" else verb == "watch" and version
    attempt = Attempt(exchange.method.lower(), "") if place is None else Attempt.at(verb, place)
    return Request(attempt, exchange.header("user-agent"), past)


def _fits(verb: str, place: Place) -> bool:
    """Whether a verb for one object is said of one, and one for many of many, within a namespace where it must be."""
    if place.name:
        return verb not in _OF_MANY
    alone = place.resource.namespaced and not place.namespace
    return verb in _OF_MANY and not (alone and verb in {"create", "deletecollection"})
