"""An invented cluster for the lean client's screens: no server, no threads, answers at once."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.client.resources import Resource
from perfkit.client.ui.desk import Desk
from perfkit.client.ui.sheets import sheet
from perfkit.errors import ClusterError, PerfkitError
from perfkit.model.readings import Readings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from perfkit.client.ui.listing import Sheet
    from perfkit.client.ui.session import Scope, Session, Stream


class Pod(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the client's cache has them of pods."""

    name: str
    namespace: str = "default"
    created: int = 1_700_000_000
    status: str = "Running"
    ready: int = 1
    containers: int = 1
    restarts: int = 0
    node: str = "node-1"
    ip: str = "10.0.0.1"
    owner: str = ""
    qos: str = "Burstable"
    service_account: str = "default"
    asked: str = "0 0 0 0"


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """A row of anything else."""

    name: str
    namespace: str = ""
    created: int = 1_700_000_000
    status: str = "Ready"
    roles: str = ""
    version: str = "v1.31.0"
    cpu: str = "8"
    memory: str = "32Gi"
    os: str = "Linux"
    phase: str = "Active"
    desired: int = 2
    ready: int = 2
    updated: int = 2
    available: int = 2


def pods(count: int) -> list[Pod]:
    """``web-0000`` and so on, in three namespaces."""
    return [Pod(name=f"web-{n:04}", namespace=("default", "kube-system", "shop")[n % 3]) for n in range(count)]


class InventedSource:
    """Rows that a test sets."""

    problem = ""
    synced = True

    def __init__(self, name: str, rows: Sequence[Any], *, namespaced: bool = True) -> None:
        self.name = name.partition(".")[0]
        self.namespaced = namespaced
        self.sheet: Sheet = sheet(name, (), namespaced=namespaced)
        self.version = 0
        self._rows = list(rows)
        self.released = False
        self.seen: Collection[str] = ()

    def look(self, seen: Collection[str]) -> None:
        self.seen = seen

    def rows(self) -> list[Any]:
        return self._rows

    def set(self, rows: Iterable[Any]) -> None:
        self._rows = list(rows)
        self.version += 1


class InventedSession:
    """Answers from tables; ``refused`` maps a resource to what stands against it."""

    server = "https://127.0.0.1:6443"

    def __init__(self, context: str, sources: dict[str, InventedSource]) -> None:
        self.context = context
        self.sources = sources
        self.refused: dict[str, PerfkitError] = {}
        self.objects: dict[str, dict[str, Any]] = {}
        self.collections: dict[str, list[dict[str, Any]]] = {}
        self.opened: list[tuple[str, Scope]] = []
        self.streams: list[Stream] = []
        self.stopped: list[Stream] = []
        self.tell: Callable[[Iterable[str]], object] = lambda _: None
        self.tells: dict[str, Callable[[Iterable[str]], object]] = {}  # of the streams, by pod and container
        self.closed = threading.Event()
        self.report: Callable[[str], object] = lambda _: None

    def hear(self, report: Callable[[str], object]) -> None:
        self.report = report

    def ask(
        self,
        what: str,
        question: Callable[[], Any],
        answered: Callable[[Any], object],
        failed: Callable[[PerfkitError], object],
    ) -> None:
        try:
            answer = question()
        except PerfkitError as error:
            failed(error)
        else:
            answered(answer)

    def open(self, resource: str, scope: Scope) -> InventedSource:
        if resource in self.refused:
            raise self.refused[resource]
        if resource not in self.sources:
            raise ClusterError(f"no resource {resource!r}", "tab completes names")
        self.opened.append((resource, scope))
        return self.sources[resource]

    def release(self, source: Any) -> None:
        source.released = True

    def names(self) -> list[str]:
        return sorted(self.sources)

    def resources(self) -> list[Resource]:
        return [Resource(plural="pods", kind="Pod", short=("po",)), Resource(plural="x", kind="X", verbs=("get",))]

    def namespaces(self) -> list[str]:
        return ["shop", "kube-system", "default"]

    def whole(self, source: Any, row: Any) -> dict[str, Any]:
        if row.name not in self.objects:
            raise ClusterError(f"{row.name} is gone")
        return self.objects[row.name]

    def items(self, path: str, *, labels: str = "", fields: str = "") -> Iterator[dict[str, Any]]:
        yield from self.collections.get(path, ())

    def item(self, path: str) -> dict[str, Any]:
        raise ClusterError(f"{path} is gone")

    def log(self, stream: Stream, tell: Callable[[Iterable[str]], object]) -> Callable[[], object]:
        self.streams.append(stream)
        self.tell = self.tells[f"{stream.pod}:{stream.container}"] = tell
        return partial(self.stopped.append, stream)

    def readings(self) -> Readings:
        return Readings(at=1.0, memory=48e6, cpu=0.012)

    def painting(self) -> AbstractContextManager[None]:
        return nullcontext()

    def close(self) -> None:
        self.closed.set()


class InventedCluster:
    """Contexts by name; the first is the current one."""

    def __init__(self, *sessions: InventedSession, refusal: PerfkitError | None = None) -> None:
        self.sessions = {session.context: session for session in sessions}
        self.refusal = refusal

    def connect(self, context: str) -> Session:
        if self.refusal is not None:
            raise self.refusal
        return self.sessions[context or next(iter(self.sessions))]

    def contexts(self) -> tuple[list[str], str]:
        return list(self.sessions), next(iter(self.sessions))


def cluster(count: int = 1000) -> InventedCluster:
    """One context with pods, nodes, namespaces and deployments; and another."""
    sources = {
        "pods": InventedSource("pods", pods(count)),
        "nodes": InventedSource("nodes", [Thing(name="node-1"), Thing(name="node-2")], namespaced=False),
        "namespaces": InventedSource("namespaces", [Thing(name="default"), Thing(name="shop")], namespaced=False),
        "deployments": InventedSource("deployments.apps", [Thing(name="web", namespace="shop")]),
    }
    return InventedCluster(InventedSession("here", sources), InventedSession("there", {"pods": sources["pods"]}))


class InventedShell:
    """Does at once what the real one does soon."""

    def __init__(self) -> None:
        self.left = False
        self.clipboard = ""

    def copy(self, text: str) -> None:
        self.clipboard = text

    def later(self, call: Callable[[], object]) -> None:
        call()

    aside = later

    def leave(self) -> None:
        self.left = True


def desk(of: InventedCluster | None = None) -> tuple[Desk, InventedShell]:
    """A desk that has begun, and its shell."""
    shell = InventedShell()
    made = Desk(of or cluster(), shell)
    made.begin()
    return made, shell


def seen(made: Desk, columns: int = 140, rows: int = 40) -> list[str]:
    """The page as text, after a look."""
    if made.page:
        made.page.look()
    lines = made.page.lines(columns, rows) if made.page else []
    return ["".join(text for text, _ in line).rstrip() for line in lines]
