"""The mock's ASGI application driven within the test's own process: no server, no socket."""

from __future__ import annotations

import asyncio
import gzip
import math
from collections.abc import Callable, Coroutine, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from perfkit.mock.access import Access
from perfkit.mock.agenda import TICKS
from perfkit.mock.app import App, World
from perfkit.mock.connections import Connection
from perfkit.mock.faults.board import Faults
from perfkit.mock.generator.population import populate
from perfkit.mock.generator.shape import Group, Shape
from perfkit.mock.record import Record
from perfkit.mock.resources.registry import find
from perfkit.mock.store import Change, Store
from perfkit.mock.wire.status import ApiError

TOKEN = "a-token-for-tests"
SHAPE = Shape(pods=40, namespaces=3, giant=0.5, groups=(Group(8, 0.5), Group(3, 0.5)))
SERVER, CLIENT = ("127.0.0.1", 6443), ("127.0.0.1", 50000)


class Response(msgspec.Struct):
    """What an application answered."""

    status: int = 0
    headers: dict[str, str] = {}
    body: bytes = b""
    whole: bool = False  # nothing more will come

    def json(self) -> Any:
        packed = self.headers.get("content-encoding") == "gzip"
        return msgspec.json.decode(gzip.decompress(self.body) if packed else self.body)

    def frames(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(line) for line in self.body.splitlines()]


class NoSockets:
    """Stands for ``Connections`` where there are none."""

    def of(self, server: Any, client: Any) -> Connection:
        return Connection(server, client, None)


class Harness:
    """An application on a small population. ``happened`` lists what was told as answered in full."""

    def __init__(self, shape: Shape = SHAPE, *, seed: int = 1, window: int = 1000, deny: tuple[str, ...] = ()) -> None:
        self.store = Store(populate(shape, seed), window)
        self.record = Record()
        self.happened: list[tuple[str, str]] = []
        self.room = math.inf  # bytes after which a client reads no more
        tell: Callable[[str, str], None] = lambda verb, resource: self.happened.append((verb, resource))  # noqa: E731
        self.faults = Faults(seed, (), lambda: self.store.clock.tick / TICKS)
        world = World(self.store, Access(deny), TOKEN, self.faults)
        self.app = App(world, self.record, NoSockets(), tell)  # type: ignore[arg-type]
        self.app.address = "127.0.0.1:6443"

    def wait(self, seconds: float = 5.0) -> None:
        """Let simulated time pass."""
        self.store.clock.advance(seconds)

    def get(self, path: str, accept: str = "application/json", **headers: str) -> Response:
        return asyncio.run(self.ask("GET", path, {"accept": accept, **headers}))

    def list(self, path: str) -> dict[str, Any]:
        response = self.get(path)
        assert response.status == 200, response.body
        found: dict[str, Any] = response.json()
        return found

    def watch(self, path: str, *changes: Callable[[], object], accept: str = "application/json") -> Response:
        """A watch during which ``changes`` happen one after another."""
        return asyncio.run(self.ask("GET", path, {"accept": accept}, changes))

    def post(self, path: str, obj: Any, **headers: str) -> Response:
        return self.send("POST", path, obj, **headers)

    def put(self, path: str, obj: Any, **headers: str) -> Response:
        return self.send("PUT", path, obj, **headers)

    def delete(self, path: str, options: Any = None) -> Response:
        return self.send("DELETE", path, options)

    def patch(self, path: str, patch: Any, kind: str = "merge-patch+json") -> Response:
        return self.send("PATCH", path, patch, content_type=f"application/{kind}")

    def send(self, method: str, path: str, body: Any, **headers: str) -> Response:
        """A request with a body: JSON data, or bytes as they are."""
        content = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
        sent = {"accept": "application/json", "content_type": "application/json", **headers}
        return asyncio.run(self.ask(method, path, sent, content=content))

    async def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        changes: Iterable[Callable[[], object]] = (),
        content: bytes = b"",
    ) -> Response:
        """One request; a watch is left once it has nothing more to send."""
        response, gone = Response(), asyncio.Event()
        scope, receive = scope_of(method, path, headers), _receiver(gone, content)
        task = asyncio.create_task(self.app(scope, receive, _sender(response, self.room)))
        await self._settle(task, response)
        for change in changes:
            change()
            self.app.watches._ring()  # the batch's timer would do it 10 ms later
            await self._settle(task, response)
        gone.set()
        if len(response.body) > self.room:
            task.cancel()
        await asyncio.gather(task, return_exceptions=len(response.body) > self.room)
        return response

    async def _settle(self, task: asyncio.Task[None], response: Response) -> None:
        """Let the application run until it has ended or sends no more."""
        quiet, before = 0, -1
        while quiet < 20 and not task.done():
            await asyncio.sleep(0)
            quiet = quiet + 1 if len(response.body) == before else 0
            before = len(response.body)

    def change(self, resource: str, key: str, obj: Mapping[str, Any] | None) -> int:
        """Put an object, or delete it (None); the resourceVersion of the change."""
        found = find("", "v1", resource)
        assert found is not None
        return self.store.apply(Change(found, key, obj)).version


def pod(namespace: str, name: str, **labels: str) -> dict[str, Any]:
    """A small pod."""
    metadata = {"name": name, "namespace": namespace, "creationTimestamp": "2026-01-15T09:00:00Z", "labels": labels}
    spec = {"nodeName": "node-00000", "containers": [{"name": "main"}]}
    return {"metadata": metadata, "spec": spec, "status": {"phase": "Running"}}


def refusal(parse: Callable[[Any], object], given: Any) -> int | None:
    """The code with which ``parse`` refuses what it is given; None where it takes it."""
    try:
        parse(given)
    except ApiError as error:
        return error.code
    return None


def shape_file(folder: Path, text: str) -> Path:
    """A shape as a file."""
    path = folder / "shape.toml"
    path.write_text(text)
    return path


def scope_of(method: str, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    path, _, query = path.partition("?")
    sent = {"authorization": f"Bearer {TOKEN}", **headers}
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "http_version": "1.1",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items() if value],
        "server": (SERVER[0], str(SERVER[1])),
        "client": (CLIENT[0], str(CLIENT[1])),
    }


def _receiver(gone: asyncio.Event, content: bytes) -> Callable[[], Coroutine[Any, Any, dict[str, Any]]]:
    messages = iter([{"type": "http.request", "body": content, "more_body": False}])

    async def receive() -> dict[str, Any]:
        message = next(messages, None)
        if message is None:
            await gone.wait()
        return message or {"type": "http.disconnect"}

    return receive


def _sender(response: Response, room: float) -> Callable[[dict[str, Any]], Coroutine[Any, Any, None]]:
    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            response.status = message["status"]
            response.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            if len(response.body) > room:
                await asyncio.Event().wait()
            response.body += message["body"]
            response.whole = not message.get("more_body")

    return send
