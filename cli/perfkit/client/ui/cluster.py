"""The screens' questions, put to the client: see ``session`` and ``desk``."""

from __future__ import annotations

import threading
from collections import Counter, deque
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.client import Client, list_contexts, load_access
from perfkit.client.pages import PAGE, Page
from perfkit.client.plugins import ask_quietly
from perfkit.client.problems import CancelledError
from perfkit.client.resources import KNOWN
from perfkit.client.ui import pods
from perfkit.client.ui.following import Following
from perfkit.client.ui.printed import printed_fields
from perfkit.client.ui.session import HEAD, TAIL, Scope, Session
from perfkit.client.ui.sheets import sheet
from perfkit.client.ui.telling import RULES, told
from perfkit.client.ui.usage import METERED, MOST, Usage, columns, path
from perfkit.errors import ClusterError, PerfkitError
from perfkit.monitor import Monitor
from perfkit.monitor import Options as MonitorOptions
from perfkit.monitor.readings import readings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from perfkit.client import Cache, Field
    from perfkit.client.resources import Resource
    from perfkit.client.ui.arguments import Beginning
    from perfkit.client.ui.session import Stream, T
    from perfkit.client.ui.table import Source
    from perfkit.model.readings import Readings


BEGINNING: Final = 1 << 20  # bytes of a log's beginning, where that is asked for


class Kubeconfig:
    """The contexts of the kubeconfig, watched over by one monitor."""

    def __init__(self, beginning: Beginning) -> None:
        self._beginning = beginning
        self.monitor = Monitor(MonitorOptions(rules=RULES))
        self._hurried: Future[Session] | None = None

    def hurry(self) -> None:
        """Connect, and ask for what is shown first, in another thread: while the screen is being set up."""
        self._hurried = session = Future[Session]()
        threading.Thread(target=self._hurry, args=(session,), name="perfkit-start", daemon=True).start()

    def connect(self, context: str) -> Session:
        """Begin with a context (empty: the current one); the first time with what was hurried. Raises PerfkitError."""
        hurried, self._hurried = self._hurried, None
        return self._connect(context) if hurried is None else hurried.result()

    def contexts(self) -> tuple[Sequence[str], str]:
        """Names of all, and the current one. Raises PerfkitError."""
        contexts = list_contexts()
        return contexts.names, contexts.current

    def _hurry(self, session: Future[Session]) -> None:
        try:
            made = self._connect(self._beginning.context)
            made.open(self._beginning.show.resource, Scope())
            session.set_result(made)
        except BaseException as error:  # noqa: BLE001 - whoever asks for the session gets it
            session.set_exception(error)

    def _connect(self, context: str) -> Session:
        begun = self._beginning
        access = load_access(context=context, ask=ask_quietly)  # the screen has the terminal
        client = partial(Client, access, begun.options, self.monitor)
        name = context or list_contexts().current or "in-cluster"
        return ClusterSession(name, access.server, client, self.monitor, metered=begun.metered)


class CachedRows:
    """The rows of a cache as the source of a table."""

    def __init__(self, resource: Resource, cache: Cache, usage: Usage | None = None) -> None:
        self.cache = cache
        self._usage = usage
        self.resource = resource
        self.name = resource.plural
        self.namespaced = resource.namespaced
        fields = [field.name for field in cache.fields]
        used = columns(resource.name, usage) if usage else ()
        self.sheet = sheet(resource.name, fields, namespaced=resource.namespaced, usage=used)

    def look(self, seen: Collection[str]) -> None:
        """The cache follows by itself; what is used is asked for."""
        if self._usage is not None and self.cache.synced:
            self._usage.look(len(self.cache), seen, self._count)

    @property
    def synced(self) -> bool:
        """Whether a whole state is held."""
        return self.cache.synced

    @property
    def version(self) -> int:
        """Counts changes."""
        return self.cache.version + (self._usage.version if self._usage else 0)

    @property
    def problem(self) -> str:
        """What stands against it."""
        return self.cache.state().problem

    def rows(self) -> Sequence[Any]:
        """All rows, in no order."""
        return self.cache.rows

    def _count(self, namespace: str) -> int:
        return sum(row.namespace == namespace for row in self.cache.rows)


class ClusterSession:
    """One context, through one client."""

    def __init__(
        self, context: str, server: str, client: Callable[..., Client], monitor: Monitor, *, metered: bool = True
    ) -> None:
        self.context = context
        self.server = server
        self._metered = metered  # whether metrics.k8s.io is asked
        self._monitor = monitor
        self._complaints: deque[str] = deque(maxlen=1)
        self._report: Callable[[str], object] = self._complaints.append  # until somebody hears
        self._client = client(report=self._complain)
        self._names: Sequence[str] = ()
        self._uses: Counter[Cache] = Counter()

    def hear(self, report: Callable[[str], object]) -> None:
        """What was said before is said now."""
        self._report = report
        while self._complaints:
            report(self._complaints.popleft())

    def ask(
        self,
        what: str,
        question: Callable[[], T],
        answered: Callable[[T], object],
        failed: Callable[[PerfkitError], object],
    ) -> None:
        """Ask on the client's pool."""

        def run() -> None:
            try:
                with self._monitor.operation(what):
                    answer = question()
            except CancelledError:
                return
            except PerfkitError as error:
                failed(error)
            else:
                answered(answer)

        self._client.submit(run)

    def open(self, resource: str, scope: Scope) -> CachedRows:
        """The rows of a resource; of one that only this cluster has, what it prints of it."""
        found = self._client.discovery.find(resource)
        if not found.watchable:
            raise ClusterError(f"{found.name} cannot be listed and watched")
        fields: Sequence[Field] | None = pods.FIELDS if found.name == "pods" else None
        if found not in KNOWN:
            fields = printed_fields(self._client.get, found)
        within = scope.namespace if found.namespaced else ""
        cache = self._client.cache(found.name, within, scope.labels, scope.fields, fields)
        self._uses[cache] += 1
        return CachedRows(found, cache, self._usage(found, msgspec.structs.replace(scope, namespace=within)))

    def _usage(self, resource: Resource, scope: Scope) -> Usage | None:
        """What asks for what these objects use; None where nobody says that."""
        if not self._metered or resource.name not in METERED:
            return None

        def read(namespace: str) -> bytes:
            return self._client.get(*path(resource.name, scope, namespace))

        whole = 0 if scope.fields else MOST  # by fields nobody can choose there
        return Usage(read, self.ask, self._complain, whole=whole)

    def release(self, source: Source) -> None:
        """Keep no watch that no page looks at. Its end is waited for, but not here."""
        assert isinstance(source, CachedRows), "what this session has opened"
        self._uses[source.cache] -= 1
        if not self._uses[source.cache]:
            self._client.submit(self._client.release, source.cache)

    def names(self) -> Sequence[str]:
        """Those that every cluster has, and all once they have been asked for."""
        if not self._names:
            self._names = sorted({name for each in KNOWN for name in (each.plural, *each.short)})
            self.ask("discover", self._client.discovery.resources, self._know, lambda _: None)
        return self._names

    def resources(self) -> Sequence[Resource]:
        """What the cluster serves."""
        return self._client.discovery.resources()

    def namespaces(self) -> Sequence[str]:
        """Names, by one request."""
        listed = msgspec.json.decode(self._client.get("/api/v1/namespaces", {"limit": "500"}), type=_Named)
        return [each.metadata.name for each in listed.items]

    def whole(self, source: Source, row: Any) -> dict[str, Any]:
        """The object of a row."""
        assert isinstance(source, CachedRows), "what this session has opened"
        whole = source.cache.object(row)
        if whole is None:
            raise ClusterError(f"{row.name} is gone")
        return whole

    def items(self, path: str, *, labels: str = "", fields: str = "") -> Iterator[dict[str, Any]]:
        """The objects of a collection, page by page."""
        query = {"limit": str(PAGE), "labelSelector": labels, "fieldSelector": fields}
        query = {key: value for key, value in query.items() if value}
        while True:
            page = msgspec.json.decode(self._client.get(path, query), type=Page)
            yield from page.items or ()
            if not page.metadata.continue_:
                return
            query["continue"] = page.metadata.continue_

    def item(self, path: str) -> dict[str, Any]:
        """One object."""
        return msgspec.json.decode(self._client.get(path), type=dict[str, Any])

    def log(self, stream: Stream, tell: Callable[[Iterable[str]], object]) -> Callable[[], object]:
        """Follow a log in a thread of its own."""
        return Following(partial(self._client.stream, *_log(stream)), tell).stop

    def readings(self) -> Readings:
        """How this program does: what the monitor knows, and what the client says of itself."""
        self._monitor.loops.see()  # the loop of the screen, where this is asked
        return told(readings(self._monitor.snapshot()), self._client)

    def painting(self) -> AbstractContextManager[object]:
        """Whose the CPU time is."""
        return self._monitor.component("paint")

    def close(self) -> None:
        """End all watches, requests and threads."""
        self._client.close()

    def _complain(self, line: str) -> None:
        self._report(line)

    def _know(self, resources: Iterable[Resource]) -> None:
        self._names = sorted({name for each in resources for name in (each.plural, each.name, *each.short)})


class _Metadata(msgspec.Struct):
    name: str


class _Item(msgspec.Struct):
    metadata: _Metadata


class _Named(msgspec.Struct):
    items: list[_Item]


def _log(stream: Stream) -> tuple[str, dict[str, str]]:
    """Path and query of a log."""
    query = {
        "container": stream.container,
        "previous": "true" if stream.previous else "",
        "timestamps": "true" if stream.timestamps else "",
        "follow": "true" if stream.since != HEAD and not stream.previous else "",
        "tailLines": str(stream.tail) if stream.since == TAIL else "",
        "sinceSeconds": str(stream.since) if stream.since > HEAD else "",
        "limitBytes": str(BEGINNING) if stream.since == HEAD else "",
    }
    path = f"/api/v1/namespaces/{stream.namespace}/pods/{stream.pod}/log"
    return path, {key: value for key, value in query.items() if value}
