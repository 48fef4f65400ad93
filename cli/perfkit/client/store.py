"""The rows of a cache, for one who writes and many who read: readers see whole batches or nothing of them."""

from __future__ import annotations

import threading
from itertools import islice
from typing import TYPE_CHECKING

from perfkit.client.columnar import Columns
from perfkit.client.journal import Journal
from perfkit.client.table import Rows
from perfkit.client.views import Views
from perfkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfkit.client.meters import CacheMeter
    from perfkit.client.options import Options
    from perfkit.client.query import Filter, Page
    from perfkit.client.schema import Row, Schema
    from perfkit.client.table import Table

Put = tuple[str, str, "Row | None"]
"""Namespace, name and the row that is there from now on; None: it is gone."""


class Store:
    """For any thread."""

    def __init__(self, schema: Schema, options: Options, meter: CacheMeter) -> None:
        self._schema = schema
        self._columnar = options.columnar
        self._table = self.empty()
        self._journal = Journal()
        self._fields = frozenset(field.name for field in schema.fields)
        self._views = Views(self._table, self._journal, options, meter)
        self._lock = threading.RLock()

    def empty(self) -> Table:
        """A table of rows like those here, to be filled and handed to ``replace``."""
        return Columns(self._schema) if self._columnar else Rows()

    @property
    def version(self) -> int:
        """Counts changes."""
        return self._journal.version

    @property
    def view_bytes(self) -> int:
        """Of views and indexes."""
        with self._lock:
            return self._views.size

    def __len__(self) -> int:
        with self._lock:
            return len(self._table)

    def all(self) -> list[Row]:
        """All rows, in no order."""
        with self._lock:
            return list(self._table)

    def sample(self, most: int) -> list[Row]:
        """Some rows."""
        with self._lock:
            return list(islice(self._table, most))

    def get(self, namespace: str, name: str) -> Row | None:
        """One row, or None."""
        with self._lock:
            return self._table.get(namespace, name)

    def query(self, question: Filter, sort: str, offset: int, limit: int | None) -> Page:
        """A part of an answer. Raises UsageError for a field that rows have not."""
        self._check({sort.removeprefix("-"), *question.equal} - {""})
        with self._lock:
            return self._views.query(question, sort, offset, limit)

    def _check(self, named: set[str]) -> None:
        if unknown := sorted(named - self._fields):
            raise UsageError(
                f"{unknown[0]!r} is no field of these rows", f"fields are {', '.join(sorted(self._fields))}"
            )

    def apply(self, puts: Iterable[Put]) -> int:
        """Take in what changed; how many changes that were."""
        with self._lock:
            before = self._journal.version
            for namespace, name, row in puts:
                old = self._table.pop(namespace, name) if row is None else self._table.put(row)
                if old is not None or row is not None:
                    self._journal.add(old, row)
            return self._journal.version - before

    def replace(self, table: Table) -> int:
        """Hold these rows and no others; how many differ from those before.

        Rows that are equal are told to nobody: a state that is loaded anew is mostly the old one.
        """
        with self._lock:
            before = self._journal.version
            old, self._table, self._views.table = self._table, table, table
            if not len(old):
                self._journal.skip(len(table))
                return len(table)
            for row in table:
                was = old.pop(row.namespace, row.name)
                if was != row:
                    self._journal.add(was, row)
            for row in old:
                self._journal.add(row, None)
            return self._journal.version - before
