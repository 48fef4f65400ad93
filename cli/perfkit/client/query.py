"""Questions to rows: which, in what order, which part of them."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - msgspec's hints are looked at
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Hashable

    from perfkit.client.schema import Row


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that satisfy all of it; by default all rows do.

    ``text`` is part of the name, or of ``namespace/name`` where it has a slash; ``equal`` compares fields, ``labels``
    labels; ``where`` is any function of a row (a new function is a new question: keep it to be answered quickly).
    """

    namespace: str = ""
    text: str = ""
    equal: dict[str, Any] = {}
    labels: dict[str, str] = {}
    where: Callable[[Any], bool] | None = None

    @property
    def key(self) -> tuple[Hashable, ...]:
        """The same for the same question."""
        return self.text, self.namespace, tuple(self.equal.items()), tuple(self.labels.items()), self.where

    @property
    def tests(self) -> list[Callable[[Row], bool]]:
        """What a row must satisfy, the cheapest first."""
        tests: list[Callable[[Row], bool]] = []
        if self.namespace:
            tests.append(_equals("namespace", self.namespace))
        tests.extend(_equals(name, value) for name, value in self.equal.items())
        tests.extend(_labelled(label(key, value)) for key, value in self.labels.items())
        if self.text:
            tests.append(_contains(self.text))
        if self.where is not None:
            tests.append(self.where)
        return tests

    def select(self, rows: list[Row]) -> list[Row]:
        """Those that satisfy it, in their order."""
        text = self.text.lower()
        if text and "/" not in text:  # what is typed most; a call for each row would triple its cost
            rows = [row for row in rows if text in row.name]
        for test in self.tests:
            rows = list(filter(test, rows))
        return rows

    def refines(self, other: Filter) -> bool:
        """Whether rows that satisfy it satisfy the other one too, for sure: its text goes on, all else is the same."""
        return other.text.lower() in self.text.lower() and self.key[1:] == other.key[1:]

    def matches(self, row: Row) -> bool:
        """Whether one does."""
        return all(test(row) for test in self.tests)


class Page(msgspec.Struct, frozen=True):
    """A part of an answer: ``total`` rows satisfy the question as of ``version`` of the cache."""

    rows: list[Any]
    total: int
    version: int


def label(key: str, value: str) -> str:
    """A label as it stands in ``row.labels``; no label has a sign that JSON would write otherwise."""
    return f'"{key}":"{value}"'


def order(field: str) -> Callable[[Row], Any]:
    """What rows are sorted by: a field, and where it is equal by namespace and name; so no two are equal."""
    return attrgetter(*([field] if field not in {"", "namespace"} else []), "namespace", "name")


def _equals(field: str, value: Any) -> Callable[[Row], bool]:
    get = attrgetter(field)
    return lambda row: get(row) == value


def _labelled(needle: str) -> Callable[[Row], bool]:
    return lambda row: needle in row.labels


def _contains(text: str) -> Callable[[Row], bool]:
    text = text.lower()
    if "/" in text:
        return lambda row: text in f"{row.namespace}/{row.name}"
    return lambda row: text in row.name
