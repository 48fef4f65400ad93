"""A watch cache: the objects of one resource as rows, kept up to date by one watch; whole objects on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.client.objects import ABSENT
from perfkit.client.originals import stripped
from perfkit.client.problems import UNREADABLE, ApiError
from perfkit.client.query import Filter, Page
from perfkit.client.statistics import CacheState

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.client.fields import Field
    from perfkit.client.notices import Change, Notices
    from perfkit.client.objects import ObjectCache
    from perfkit.client.reflector import Reflector
    from perfkit.client.replica import Replica
    from perfkit.client.requests import Requests
    from perfkit.client.resources import Resource
    from perfkit.client.schema import Row

_EVERYTHING: Final = Filter()


class Scope(msgspec.Struct, frozen=True):
    """Which objects a cache is of: a resource, and which of it. ``selector`` is a field selector."""

    resource: Resource
    namespace: str = ""
    labels: str = ""
    selector: str = ""

    @property
    def path(self) -> str:
        """Of the collection."""
        return self.resource.path(self.namespace)

    @property
    def selectors(self) -> dict[str, str]:
        """As a query has them."""
        given = {"labelSelector": self.labels, "fieldSelector": self.selector}
        return {name: text for name, text in given.items() if text}


class Cache:
    """Made by ``Client.cache``. Any thread may read, and no read but ``object`` and ``read`` ever sends a request."""

    def __init__(
        self,
        scope: Scope,
        replica: Replica,
        reflector: Reflector,
        requests: Requests,
        objects: ObjectCache,
        notices: Notices,
    ) -> None:
        self.scope = scope
        self._replica, self._reflector = replica, reflector
        self._requests, self._objects, self._notices = requests, objects, notices
        self.reads = 0  # questions answered

    # ---- life

    def wait_synced(self, timeout: float | None = None) -> bool:
        """Wait until the first state is held; False when it is not. Raises the ClusterError that stands against it."""
        self._replica.settled.wait(timeout)
        if self._replica.failure is not None:
            raise self._replica.failure
        return self._replica.complete

    def join(self) -> None:
        """Wait for the watch to end: it does when the cache is stopped, or never had a first state."""
        self._reflector.join()

    def stop(self) -> None:
        """End the watch, whatever it waits for. The rows stay, and grow old."""
        self._reflector.stop()
        self._reflector.join()

    # ---- what it holds

    def __len__(self) -> int:
        return len(self._replica.store)

    @property
    def fields(self) -> tuple[Field, ...]:
        """Those of its rows, in order."""
        return self._replica.schema.fields

    @property
    def synced(self) -> bool:
        """Whether a whole state is held; it stays so when the connection is lost."""
        return self._replica.complete

    @property
    def version(self) -> int:
        """Counts changes: of the same version are the same rows."""
        return self._replica.store.version

    @property
    def resource_version(self) -> str:
        """The version of the cluster that the rows show; empty before the first state."""
        return self._replica.version

    @property
    def rows(self) -> list[Row]:
        """All rows, in no order."""
        return self._replica.store.all()

    def get(self, namespace: str, name: str) -> Row | None:
        """One row, or None."""
        self.reads += 1
        return self._replica.store.get(namespace, name)

    def query(self, question: Filter = _EVERYTHING, sort: str = "", offset: int = 0, limit: int | None = None) -> Page:
        """A part of the rows that satisfy a filter, sorted by a field.

        ``-field`` is descending; no field: by namespace and name.

        Raises:
            UsageError: rows have no such field.
        """
        self.reads += 1
        return self._replica.store.query(question, sort, offset, limit)

    def subscribe(self, callback: Callable[[Change], object]) -> Callable[[], None]:
        """Call this, in the client's thread for views, when rows changed; what is returned ends that."""
        return self._notices.subscribe(self._replica, callback)

    # ---- what it may have to ask for

    def object(self, row: Row) -> dict[str, Any] | None:
        """The whole object, at this row's version or later; None when it is gone.

        Raises:
            ApiError, ConnectionLostError: it had to be asked for, in vain.
        """
        self.reads += 1
        body = self._body(row.namespace, row.name)
        return msgspec.json.decode(body) if body else None

    def read(self, namespace: str, name: str) -> Row | None:
        """One row, from what is held while that can be trusted, else by a request; None when there is none.

        Raises:
            ApiError, ConnectionLostError: it had to be asked for, in vain.
        """
        self.reads += 1
        if self._trusted:
            return self._replica.store.get(namespace, name)
        body = self._asked(self.scope.resource.path(namespace, name))
        schema = self._replica.schema
        return schema.row(schema.decode(body)) if body else None

    @property
    def _trusted(self) -> bool:
        return self._replica.complete and self._replica.health.trusted

    def _body(self, namespace: str, name: str) -> bytes:
        path = self.scope.resource.path(namespace, name)
        if not self._trusted:
            return self._asked(path)
        now = self._replica.store.get(namespace, name)
        if now is None:
            return ABSENT
        originals = self._replica.originals
        kept = None if originals is None else originals.get(namespace, name)
        if kept is None:
            kept = self._objects.get(path, now.resource_version)
        return self._asked(path) if kept is None else kept

    def _asked(self, path: str) -> bytes:
        """By a request, unless it was not there just now."""
        if self._objects.absent(path):
            return ABSENT
        try:
            body = self._requests.get(path, {}, of=("get", self.scope.resource.name)).body
        except ApiError as error:
            if not error.absent:
                raise
            self._objects.put(path, ABSENT, "")
            return ABSENT
        body = stripped(body) if self._requests.options.strip else body
        self._objects.put(path, body, _version(body))
        return body

    # ---- what it tells of itself

    def state(self) -> CacheState:
        """How it is just now."""
        replica, scope = self._replica, self.scope
        return CacheState(
            resource=scope.resource.name,
            namespace=scope.namespace,
            labels=scope.labels,
            selector=scope.selector,
            rows=len(replica.store),
            synced=replica.complete,
            connected=replica.health.connected,
            trusted=self._trusted,
            staleness=replica.health.staleness,
            version=replica.store.version,
            resource_version=replica.version,
            events=replica.events,
            restarts=dict(replica.restarts),
            reads=self.reads,
            problem=replica.failure.message if replica.failure else replica.health.problem,
        )

    def memory(self) -> dict[str, int]:
        """Bytes by component, estimated by a sample: ``rows``, ``views``, ``originals``."""
        from perfkit.client.footprint import rows_bytes

        originals = self._replica.originals
        return {
            "rows": rows_bytes(self._replica.store, self.fields),
            "views": self._replica.store.view_bytes,
            "originals": 0 if originals is None else originals.bytes,
        }


class _Versioned(msgspec.Struct, rename="camel"):
    resource_version: str = ""


class _Whole(msgspec.Struct):
    metadata: _Versioned


def _version(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Whole).metadata.resource_version
    except UNREADABLE:
        return ""
