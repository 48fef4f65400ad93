"""An invented API server in memory (pods, their history, watches that end as a test says), and a replica of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from perfkit.client import Access, Api, ApiError, ConnectionLostError, Options
from perfkit.client.api import Connection
from perfkit.client.fields import fields_of
from perfkit.client.ingest import Ingest
from perfkit.client.limiter import Limiter
from perfkit.client.meters import Counters, Hits
from perfkit.client.problems import Status
from perfkit.client.reflector import Reflector, Source
from perfkit.client.replica import Replica
from perfkit.client.schema import Row, Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Ending = Literal["clean", "cut", "expired", "failed"]
Change = tuple[Literal["put", "delete"], str]  # what, and the pod's name


def pod(name: str, version: int = 1, namespace: str = "ns", **status: Any) -> dict[str, Any]:
    """A pod as small as the API allows; ``status`` overrides parts of its status."""
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": namespace, "resourceVersion": str(version)},
        "spec": {"nodeName": "node-1", "containers": [{"name": "a"}, {"name": "b"}]},
        "status": {"phase": "Running", **status},
    }


def frame(kind: str, body: Mapping[str, Any]) -> bytes:
    """One line of a watch."""
    return msgspec.json.encode({"type": kind, "object": body}) + b"\n"


def bookmark(version: int, *, initial: bool = False) -> bytes:
    """A bookmark; ``initial`` marks the end of the first state."""
    annotations = {"k8s.io/initial-events-end": "true"} if initial else {}
    metadata = {"resourceVersion": str(version), "annotations": annotations}
    return frame("BOOKMARK", {"kind": "Pod", "apiVersion": "v1", "metadata": metadata})


def expired() -> dict[str, Any]:
    """The Status of a version that is no longer held."""
    return {"kind": "Status", "status": "Failure", "message": "too old resource version", "code": 410}


@dataclass
class Round:
    """What happens while one watch is open, and how that watch ends."""

    changes: list[Change] = field(default_factory=list)
    ending: Ending = "clean"
    unseen: list[Change] = field(default_factory=list)  # after the end, while nobody watches


class FakeApi(Api):
    """Plays the rounds one after the other, one to a watch; a watch after the last calls ``done`` and ends."""

    def __init__(
        self, rounds: list[Round], *, streams: bool = True, present: int = 3, options: Options | None = None
    ) -> None:
        quick = msgspec.structs.replace(
            options or Options(), backoff_first=0, backoff_longest=0, page=2, watch_list=True
        )
        super().__init__(Access(server="http://invented"), quick)
        self.rounds = rounds
        self.streams = streams
        self.version = 0
        self.oldest = 0  # a watch from before this version is refused
        self.pods: dict[str, int] = {}
        self.history: list[tuple[int, bytes]] = []
        self.requests: list[str] = []
        self.told: set[tuple[str, str]] = set()  # name and version of whatever there ever was
        self.done: Callable[[], None] = lambda: None
        self.change([("put", f"pod-{number}") for number in range(present)])

    def connect(self) -> Connection:
        return FakeConnection(self)

    def change(self, changes: list[Change]) -> list[bytes]:
        """Make the changes; the frames that tell of them."""
        start = len(self.history)
        for what, name in changes:
            if what == "delete" and name not in self.pods:
                continue
            self.version += 1
            kind = "DELETED" if what == "delete" else "MODIFIED" if name in self.pods else "ADDED"
            self.history.append((self.version, frame(kind, pod(name, self.version))))
            if what == "delete":
                del self.pods[name]
            else:
                self.pods[name] = self.version
                self.told.add((name, str(self.version)))
        return [line for _, line in self.history[start:]]

    def truth(self) -> dict[tuple[str, str], str]:
        """What a fresh LIST would say: key → resourceVersion."""
        return {("ns", name): str(version) for name, version in self.pods.items()}


class FakeConnection(Connection):
    def __init__(self, api: FakeApi) -> None:
        super().__init__(api)
        self._server = api

    def read(
        self,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        answered: Callable[[int], object] = lambda _status: None,
    ) -> bytes:
        self._server.requests.append("list")
        start, limit = int(query.get("continue", "0")), int(query["limit"])
        names = sorted(self._server.pods)
        rest = {"continue": str(start + limit)} if start + limit < len(names) else {}
        return msgspec.json.encode(
            {
                "metadata": {"resourceVersion": str(self._server.version), **rest},
                "items": [pod(name, self._server.pods[name]) for name in names[start : start + limit]],
            }
        )

    def watch(self, path: str, query: Mapping[str, str]) -> Iterator[bytes]:
        server = self._server
        if "sendInitialEvents" in query:
            server.requests.append("watch-list")
            if not server.streams:
                raise ApiError(Status("sendInitialEvents is forbidden", 422))
            first = [frame("ADDED", pod(name, version)) for name, version in server.pods.items()]
            return self._play([*first, bookmark(server.version, initial=True)])
        since = int(query["resourceVersion"])
        server.requests.append(f"watch {since}")
        if since < server.oldest:
            raise ApiError(Status("too old resource version", 410))
        return self._play([line for version, line in server.history if version > since])

    def _play(self, first: list[bytes]) -> Iterator[bytes]:
        server = self._server
        yield from first
        if not server.rounds:
            server.done()
            return
        playing = server.rounds.pop(0)
        yield b"".join(server.change(playing.changes)) or bookmark(server.version)
        server.change(playing.unseen)
        if playing.ending in {"expired", "failed"}:
            server.oldest = server.version
        if playing.ending == "failed":
            yield frame("ERROR", expired())
        if playing.ending == "cut":
            raise ConnectionLostError("cut")


class Reflected:
    """A replica of an invented server; ``run`` goes through all its rounds in this thread."""

    def __init__(self, api: Api, report: Callable[[str], None] | None = None) -> None:
        self.reports: list[str] = []
        schema = Schema(fields_of("pods"), share=api.options.intern)
        report = report or self.reports.append
        self.replica = Replica(schema, api.options, Hits())
        source = Source(api, Limiter(0, 1, {}), Counters(), "pods", "/api/v1/pods", {})
        self.reflector = Reflector(source, Ingest(schema, api.options, report), self.replica, report)
        if isinstance(api, FakeApi):
            api.done = self.reflector.stop

    def run(self) -> Reflected:
        self.reflector.run()
        return self

    def __len__(self) -> int:
        return len(self.replica.store)

    @property
    def rows(self) -> list[Row]:
        return self.replica.store.all()

    @property
    def held(self) -> dict[tuple[str, str], str]:
        return {row.key: row.resource_version for row in self.replica.store.all()}
