"""What a cache holds of a cluster: rows, whole objects, the version they show, and whether they can be trusted."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from perfkit.client.health import Health
from perfkit.client.originals import Originals
from perfkit.client.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.client.ingest import Batch
    from perfkit.client.meters import CacheMeter
    from perfkit.client.options import Options
    from perfkit.client.schema import Schema
    from perfkit.client.store import Put
    from perfkit.client.table import Table
    from perfkit.errors import ClusterError


class Replica:
    """One thread writes, any may read. ``changed`` is told the puts of a batch (None: any); how many rows changed."""

    def __init__(
        self,
        schema: Schema,
        options: Options,
        meter: CacheMeter,
        changed: Callable[[list[Put] | None, int], None] = lambda _puts, _count: None,
    ) -> None:
        self.schema = schema
        self._options = options
        self._changed = changed
        self.store = Store(schema, options, meter)
        self.health = Health(options.stale_after, options.steady_after)
        self.originals = self.no_originals()
        self.version = ""  # of the cluster
        self.complete = False  # a whole state is held; stays so when the connection is lost
        self.events = 0
        self.restarts: Counter[str] = Counter()
        self.settled = threading.Event()  # complete, failed or stopped
        self.failure: ClusterError | None = None  # why there is no first state

    def no_originals(self) -> Originals | None:
        """Where whole objects are kept, empty; None where they are not."""
        return None if self._options.originals == "none" else Originals(self._options)

    def replace(self, table: Table, originals: Originals | None, version: str) -> None:
        """A new state, as a whole."""
        if originals is not None:
            originals.settle()
        self.originals = originals
        count = self.store.replace(table)
        self.version = version
        self.complete = True
        self.health.heard()
        self.settled.set()
        self._changed(None, count)

    def apply(self, batch: Batch) -> None:
        """What followed."""
        count = self.store.apply(batch.puts)
        self.version = batch.version or self.version
        self.events += len(batch.puts)
        self.health.heard()
        if count:
            self._changed(batch.puts, count)
