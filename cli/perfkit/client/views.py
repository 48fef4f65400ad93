"""Answers to queries, kept up to date change by change.

A view is the sorted answer to one question. It is made by looking at all rows once; after that only what changed is
put in or taken out, where it is found by bisection. A filtered view is made from the unfiltered one of the same order,
which is sorted already: typing a filter sorts nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from perfkit.client.query import Filter, Page, label, order

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from perfkit.client.journal import Journal
    from perfkit.client.meters import CacheMeter
    from perfkit.client.options import Options
    from perfkit.client.schema import Row
    from perfkit.client.table import Table

_EVERYTHING: Final = Filter()
_BEHIND: Final = 512  # changes; to catch up with more takes longer than to look at everything
_FEW: Final = 8  # less than one row in so many: they are sorted by themselves


class View:
    """The rows that satisfy a filter, in one order, as of a version of the journal."""

    def __init__(self, question: Filter, field: str, rows: list[Row], version: int) -> None:
        self.question = question
        self._tests = question.tests
        self._order = order(field)
        self.rows = rows
        self.version = version

    def change(self, before: Row | None, after: Row | None) -> None:
        """One row came, changed or went."""
        if before is not None and self._wants(before):
            place = self._place(before)
            if place < len(self.rows) and self.rows[place].key == before.key:  # a ``where`` may have changed its mind
                del self.rows[place]
        if after is not None and self._wants(after):
            self.rows.insert(self._place(after), after)

    def _wants(self, row: Row) -> bool:
        return all(test(row) for test in self._tests)

    def _place(self, row: Row) -> int:
        return bisect_left(self.rows, self._order(row), key=self._order)


class Index:
    """Rows by the value of one field."""

    def __init__(self, field: str, rows: Iterable[Row], version: int) -> None:
        self._value = attrgetter(field)
        # Keys are strings and no tuples, of which the garbage collector would have to take note.
        self.buckets: dict[Any, dict[str, Row]] = {}
        self.version = version
        for row in rows:
            self.buckets.setdefault(self._value(row), {})[_key(row)] = row

    def change(self, before: Row | None, after: Row | None) -> None:
        """One row came, changed or went."""
        if before is not None:
            value = self._value(before)
            bucket = self.buckets[value]
            del bucket[_key(before)]
            if not bucket:
                del self.buckets[value]
        if after is not None:
            self.buckets.setdefault(self._value(after), {})[_key(after)] = after


class Views:
    """Answers queries over a table, and remembers the latest answers. Not for several threads at once."""

    def __init__(self, table: Table, journal: Journal, options: Options, meter: CacheMeter) -> None:
        self.table = table
        self._journal = journal
        self._most = options.views
        self._indexed = options.indexes
        self._meter = meter
        self._views: OrderedDict[tuple[Hashable, str], View] = OrderedDict()  # the latest asked for last
        self._orders: dict[str, View] = {}  # of all rows: few, and all others are made of them
        self._indexes: dict[str, Index] = {}

    def query(self, question: Filter, sort: str, offset: int, limit: int | None) -> Page:
        """A part of the answer."""
        rows = self._answer(question, sort.removeprefix("-"))
        end = len(rows) if limit is None else min(len(rows), offset + limit)
        if sort.startswith("-"):
            return Page(rows[len(rows) - end : max(0, len(rows) - offset)][::-1], len(rows), self._journal.version)
        return Page(rows[offset:end], len(rows), self._journal.version)

    def forget(self) -> None:
        """Nothing that was remembered holds any more."""
        self._views.clear()
        self._orders.clear()
        self._indexes.clear()

    @property
    def size(self) -> int:
        """Bytes of views and indexes, beside the rows."""
        views = sum(56 + 8 * len(view.rows) for view in (*self._views.values(), *self._orders.values()))
        # an entry of a bucket: its key, and its share of the table
        return views + sum(160 * len(bucket) for index in self._indexes.values() for bucket in index.buckets.values())

    def _answer(self, question: Filter, field: str) -> list[Row]:
        if not self._most:
            return sorted(question.select(self._candidates(question)), key=order(field))
        if question.key == _EVERYTHING.key:
            return self._ordered(field)
        key = question.key, field
        view = self._views.get(key)
        if view is None or not self._caught_up(view):
            self._meter.miss()
            view = self._views[key] = self._made(question, field)
        else:
            self._meter.hit()
        self._views.move_to_end(key)
        while len(self._views) > self._most:
            self._views.popitem(last=False)
        return view.rows

    def _ordered(self, field: str) -> list[Row]:
        """All rows in one order: that by namespace and name from the table, others by one more sorting of that."""
        view = self._orders.get(field)
        if view is None or not self._caught_up(view):
            self._meter.miss()
            rows = sorted(self._ordered(""), key=attrgetter(field)) if field else self.table.ordered()
            view = self._orders[field] = View(_EVERYTHING, field, rows, self._journal.follow())
        else:
            self._meter.hit()
        return view.rows

    def _made(self, question: Filter, field: str) -> View:
        version = self._journal.follow()
        broader = self._broader(question, field)
        if broader is not None:
            return View(question, field, question.select(broader.rows), version)
        candidates = self._candidates(question)
        if len(candidates) * _FEW < len(self.table):
            return View(question, field, sorted(question.select(candidates), key=order(field)), version)
        return View(question, field, question.select(self._ordered(field)), version)

    def _broader(self, question: Filter, field: str) -> View | None:
        """The answer to the question before its last letter was typed, or another one that holds this one's."""
        fitting = [view for (_, at), view in self._views.items() if at == field and question.refines(view.question)]
        return min((each for each in fitting if self._caught_up(each)), key=lambda each: len(each.rows), default=None)

    def _candidates(self, question: Filter) -> list[Row]:
        """Few rows among which all that satisfy the filter are, where an index tells; else all."""
        few: list[Row] | None = list(self.table.within(question.namespace)) if question.namespace else None
        if self._indexed:
            for field, value in question.equal.items():
                bucket = list(self._index(field).buckets.get(value, {}).values())
                few = bucket if few is None or len(bucket) < len(few) else few
            if question.labels:
                labelled = self._labelled(question)
                few = labelled if few is None or len(labelled) < len(few) else few
        return list(self.table) if few is None else few

    def _labelled(self, question: Filter) -> list[Row]:
        """Labels repeat from object to object: among their few distinct texts those are looked for that have all."""
        needles = [label(key, value) for key, value in question.labels.items()]
        buckets = self._index("labels").buckets
        fitting = (bucket for text, bucket in buckets.items() if all(needle in text for needle in needles))
        return [row for bucket in fitting for row in bucket.values()]

    def _index(self, field: str) -> Index:
        index = self._indexes.get(field)
        if index is None or not self._caught_up(index):
            index = self._indexes[field] = Index(field, self.table, self._journal.follow())
        return index

    def _caught_up(self, follower: View | Index) -> bool:
        """Whether it shows the table as it is now, once it was told what changed."""
        changes = self._journal.since(follower.version, _BEHIND)
        if changes is None:
            return False
        for before, after in changes:
            follower.change(before, after)
        follower.version = self._journal.version
        return True


def _key(row: Row) -> str:
    return f"{row.namespace}/{row.name}"
