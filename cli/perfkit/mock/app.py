"""The ASGI application: who may ask, what is asked, which handler answers, what goes into the record."""

from __future__ import annotations

import hmac
import traceback
from typing import TYPE_CHECKING, Any

from perfkit.mock.exchange import ClientGoneError, Exchange
from perfkit.mock.reading import get, list_
from perfkit.mock.watching import Watches
from perfkit.mock.wire.discovery import document
from perfkit.mock.wire.options import is_watch
from perfkit.mock.wire.places import locate
from perfkit.mock.wire.status import ApiError, internal_error, method_not_allowed, no_such_resource, unauthorized

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.mock.connections import Connections
    from perfkit.mock.exchange import Receive, Send
    from perfkit.mock.record import Entry, Record
    from perfkit.mock.store import Store
    from perfkit.mock.wire.places import Place

_HEALTH = frozenset({"/readyz", "/livez", "/healthz"})
_PUBLIC = _HEALTH | {"/version"}  # served without a token, as the API server does


class App:
    """Everything that answers requests. ``happened(verb, resource)`` is told of each request answered in full."""

    def __init__(
        self, store: Store, record: Record, connections: Connections, token: str, happened: Callable[[str, str], None]
    ) -> None:
        self._store = store
        self._connections = connections
        self.watches = Watches(store)
        self._record = record
        self._bearer = f"Bearer {token}"
        self._happened = happened
        self.address = ""  # host:port, once it is known

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            return
        exchange = Exchange(scope, receive, send, self._connections)
        self._record.begin(exchange.entry)
        try:
            await self._answer(exchange)
        except ApiError as error:
            await exchange.reply(error.code, error.encode())
        except ClientGoneError:
            pass
        except Exception:  # noqa: BLE001 - whatever is wrong with one request, the others go on
            traceback.print_exc()
            if not exchange.entry.status:
                fault = internal_error()
                await exchange.reply(fault.code, fault.encode())
        finally:
            exchange.close()
            self._record.end(exchange.entry)

    async def _answer(self, exchange: Exchange) -> None:
        if exchange.method not in {"GET", "HEAD"}:
            await exchange.drain()
        self._authenticate(exchange)
        path = exchange.path.removesuffix("/")  # the API server takes both, and some clients ask for /version/
        place = locate(path)
        if place is not None:
            await self._serve(exchange, place)
        elif path in _HEALTH:
            await exchange.reply(200, b"ok", "text/plain; charset=utf-8")
        else:
            await self._discover(exchange, path)

    def _authenticate(self, exchange: Exchange) -> None:
        given = exchange.header("authorization")
        if not given and exchange.path.removesuffix("/") in _PUBLIC:
            return
        if not hmac.compare_digest(given.encode(), self._bearer.encode()):
            raise unauthorized()

    async def _discover(self, exchange: Exchange, path: str) -> None:
        found = document(path, exchange.header("accept"), self.address)
        if found is None:
            await exchange.reply(404, b"404 page not found\n", "text/plain; charset=utf-8")
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
        entry.resource, entry.namespace = place.resource.qualified, place.namespace
        if place.subresource:
            raise no_such_resource()
        entry.verb = _verb(exchange, place)
        match entry.verb:
            case "watch":
                await self.watches.serve(exchange, place, lambda: self._tell(entry))
            case "list":
                if await list_(exchange, self._store, place):
                    self._tell(entry)
            case "get":
                await get(exchange, self._store, place)
                self._tell(entry)
            case _:
                raise method_not_allowed()

    def _tell(self, entry: Entry) -> None:
        """What a straggler of an earlier trial got has not happened in this one."""
        if self._record.has_open(entry):
            self._happened(entry.verb, entry.resource)


_WRITES = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


def _verb(exchange: Exchange, place: Place) -> str:
    """The verb as the API server's request info names it."""
    if exchange.method != "GET":
        return _WRITES.get(exchange.method, exchange.method.lower())
    if place.name:
        return "get"
    return "watch" if is_watch(exchange.query) else "list"
