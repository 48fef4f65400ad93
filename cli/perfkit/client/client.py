"""One cluster in a program's hands: requests, caches, whatever they share, and one end to all of it."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self, TypeVar

from perfkit.client.api import Api
from perfkit.client.cache import Cache, Scope
from perfkit.client.collector import IdleCollector
from perfkit.client.discovery import Discovery
from perfkit.client.fields import fields_of
from perfkit.client.ingest import Ingest
from perfkit.client.meters import Counters, Meters
from perfkit.client.notices import Notices
from perfkit.client.objects import ObjectCache
from perfkit.client.problems import CancelledError
from perfkit.client.reflector import Reflector, Source
from perfkit.client.replica import Replica
from perfkit.client.requests import Requests
from perfkit.client.schema import Schema
from perfkit.client.statistics import HitState, Statistics
from perfkit.client.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType

    from perfkit.client.access import Access
    from perfkit.client.connection import Connection
    from perfkit.client.fields import Field
    from perfkit.client.options import Options
    from perfkit.client.store import Put
    from perfkit.client.workers import Task

_T = TypeVar("_T")


class Client:
    """A context manager; all of it is for any thread.

    ``monitor`` is told of requests, caches and watches: a ``perfkit.monitor.Monitor``; by default counters of its own.
    ``report`` gets a line for whatever goes wrong in the background.

    Raises:
        AccessError: what ``access`` holds as certificates or key is none.
    """

    def __init__(
        self,
        access: Access | Api,
        options: Options | None = None,
        monitor: Meters | None = None,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        api = access if isinstance(access, Api) else Api(access, options)
        meters: Meters = monitor or Counters()
        self.api, self.options, self.meters = api, api.options, meters
        self._report = report
        self.requests = Requests(api, meters)
        self.discovery = Discovery(api, self.requests, meters.cache("discovery"))
        options = self.options
        self._objects = ObjectCache(
            options.object_cache, options.object_age, options.negative_age, meters.cache("objects")
        )
        self._workers = Workers(options.workers, "perfkit-api")
        self._notices = Notices(options.debounce)
        self._collector = IdleCollector() if options.calm_collector else None
        self._caches: dict[Any, Cache] = {}
        self._lock = threading.Lock()

    # ---- caches

    def cache(
        self,
        resource: str,
        namespace: str = "",
        labels: str = "",
        selector: str = "",
        fields: Sequence[Field] | None = None,
    ) -> Cache:
        """A started cache; the same question gets the same cache. ``fields`` come after what every row has.

        Raises:
            UnknownResourceError: the cluster has none. ApiError, ConnectionLostError: it could not be asked.
        """
        scope = Scope(self.discovery.find(resource), namespace, labels, selector)
        key = scope, None if fields is None else tuple(field.name for field in fields)
        with self._lock:
            cache = self._caches.get(key)
            if cache is None:
                chosen = fields_of(scope.resource.name) if fields is None else fields
                cache = self._caches[key] = self._made(scope, Schema(chosen, share=self.options.intern))
        return cache

    def release(self, cache: Cache) -> None:
        """Stop it and forget it."""
        with self._lock:
            self._caches = {key: each for key, each in self._caches.items() if each is not cache}
        cache.stop()

    def _made(self, scope: Scope, schema: Schema) -> Cache:
        resource = scope.resource

        def changed(puts: list[Put] | None, count: int) -> None:
            self._objects.drop(resource.path(namespace, name) for namespace, name, _ in puts or ())
            self._notices.tell(replica, count, replica.store.version)

        replica = Replica(schema, self.options, self.meters.cache("views"), changed)
        source = Source(self.api, self.requests.limiter, self.meters, resource.name, scope.path, scope.selectors)
        idle = self._collector.idle if self._collector is not None else lambda: None
        reflector = Reflector(source, Ingest(schema, self.options, self._report), replica, self._report, idle)
        reflector.start()
        return Cache(scope, replica, reflector, self.requests, self._objects, self._notices)

    # ---- requests

    def get(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        """The body of one GET. Raises ApiError, ConnectionLostError, CancelledError."""
        return self.requests.get(path, query or {}, of=("get", path.rpartition("/")[2] or path)).body

    def stream(self, path: str, query: Mapping[str, str] | None = None) -> Stream:
        """A response that goes on, such as a log that is followed."""
        return Stream(self.requests, path, query or {})

    def submit(self, function: Callable[..., _T], *arguments: Any) -> Task[_T]:
        """Call it on the pool; what it asks this client for ends when the task is cancelled."""
        return self._workers.submit(function, *arguments)

    # ---- the end

    def close(self) -> None:
        """End all of it: caches, tasks, requests, notices. A second time does nothing."""
        with self._lock:
            caches, self._caches = self._caches, {}
        for cache in caches.values():
            cache.stop()
        self._notices.close()
        self.requests.close()
        self._workers.close()
        if self._collector is not None:
            self._collector.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- what it tells of itself

    def statistics(self) -> Statistics:
        """Everything, as of now."""
        caches = list(self._caches.values())
        memory = Counter({"objects": self._objects.bytes})
        for cache in caches:
            memory.update(cache.memory())
        meters = {name: self.meters.cache(name) for name in ("views", "objects", "discovery")}
        return Statistics(
            caches=tuple(cache.state() for cache in caches),
            hits={name: HitState(meter.hits, meter.misses) for name, meter in meters.items()},
            reads=sum(cache.reads for cache in caches),
            shared=self.requests.flights.shared,
            tasks=len(self._workers),
            threads=self._workers.threads,
            connections=self.requests.connections,
            subscribers=len(self._notices),
            memory=dict(memory),
            switches=self.options.changed(),
        )


class Stream:
    """A response that goes on: iterate it, once, for blocks of whole lines. ``cancel`` ends it, from any thread."""

    def __init__(self, requests: Requests, path: str, query: Mapping[str, str]) -> None:
        self._requests, self._path, self._query = requests, path, query
        self._connection: Connection | None = None
        self._cancelled = False

    def cancel(self) -> None:
        """End it."""
        self._cancelled = True
        if self._connection is not None:
            self._connection.cancel()

    def __iter__(self) -> Iterator[bytes]:
        """Raises ApiError, ConnectionLostError; but ends quietly when it is cancelled."""
        with suppress(CancelledError):
            self._requests.wait_turn("watch")
            with self._requests.connection() as connection:
                self._connection = connection
                if self._cancelled:
                    return
                yield from connection.watch(self._path, self._query)
