"""Rows as columns: numbers in arrays, and what repeats as numbers into a list of words.

A row is made whenever it is read, so this pays where many are held and few are looked at.
"""

from __future__ import annotations

from array import array
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from perfkit.client.schema import Row, Schema


class _Objects:
    """A column of values as they are."""

    def __init__(self) -> None:
        self._values: list[Any] = []

    def set(self, at: int, value: Any) -> None:
        if at == len(self._values):
            self._values.append(value)
        else:
            self._values[at] = value

    def get(self, at: int) -> Any:
        return self._values[at]

    def cut(self) -> None:
        self._values.pop()


class _Numbers:
    """A column of whole numbers of 64 bits."""

    def __init__(self) -> None:
        self._values = array("q")

    def set(self, at: int, value: int) -> None:
        if at == len(self._values):
            self._values.append(value)
        else:
            self._values[at] = value

    def get(self, at: int) -> int:
        return self._values[at]

    def cut(self) -> None:
        self._values.pop()


class _Words:
    """A column of strings that repeat: 4 bytes each, beside one list of all there ever were."""

    def __init__(self) -> None:
        self._codes = array("I")
        self._words: list[str] = []
        self._code: dict[str, int] = {}

    def set(self, at: int, value: str) -> None:
        code = self._code.get(value)
        if code is None:
            code = self._code[value] = len(self._words)
            self._words.append(value)
        if at == len(self._codes):
            self._codes.append(code)
        else:
            self._codes[at] = code

    def get(self, at: int) -> str:
        return self._words[self._codes[at]]

    def cut(self) -> None:
        self._codes.pop()


class _Digits:
    """A column of strings that are mostly decimal numbers (resourceVersions): kept as such, and what is not, beside."""

    def __init__(self) -> None:
        self._values = array("q")
        self._other: dict[int, str] = {}

    def set(self, at: int, value: str) -> None:
        number = int(value) if value.isascii() and value.isdigit() and len(value) < 19 else -1
        plain = number >= 0 and str(number) == value
        if at == len(self._values):
            self._values.append(number)
        else:
            self._values[at] = number
        if plain:
            self._other.pop(at, None)
        else:
            self._other[at] = value

    def get(self, at: int) -> str:
        other = self._other.get(at) if self._other else None
        return str(self._values[at]) if other is None else other

    def cut(self) -> None:
        self._values.pop()
        self._other.pop(len(self._values), None)


_Column = _Objects | _Numbers | _Words | _Digits


class Columns:
    """A Table whose rows are of this schema. A place that is given up is filled by the last row."""

    def __init__(self, schema: Schema) -> None:
        self._make: Callable[..., Row] = schema.row_type
        self._columns: list[_Column] = [_column(each.name, each.type, shared=each.shared) for each in schema.fields]
        self._names = schema.row_type.__struct_fields__
        self._places: dict[str, dict[str, int]] = {}
        self._count = 0

    def put(self, row: Row) -> Row | None:
        """Hold it; the one that was in its place."""
        within = self._places.setdefault(row.namespace, {})
        at = within.get(row.name)
        before = None if at is None else self._row(at)
        if at is None:
            at = within[row.name] = self._count
            self._count += 1
        for column, name in zip(self._columns, self._names, strict=True):
            column.set(at, getattr(row, name))
        return before

    def pop(self, namespace: str, name: str) -> Row | None:
        """Hold it no longer."""
        at = self._places.get(namespace, {}).pop(name, None)
        if at is None:
            return None
        before = self._row(at)
        if not self._places[namespace]:
            del self._places[namespace]
        self._count -= 1
        if at != self._count:
            self._move(self._count, at)
        for column in self._columns:
            column.cut()
        return before

    def get(self, namespace: str, name: str) -> Row | None:
        """The row, or None."""
        at = self._places.get(namespace, {}).get(name)
        return None if at is None else self._row(at)

    def within(self, namespace: str) -> Iterable[Row]:
        """Those of one namespace."""
        return [self._row(at) for at in self._places.get(namespace, {}).values()]

    def ordered(self) -> list[Row]:
        """All, by namespace and name."""
        namespaces = sorted(self._places.items(), key=itemgetter(0))
        return [self._row(within[name]) for _, within in namespaces for name in sorted(within)]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Row]:
        return (self._row(at) for at in range(self._count))

    def _row(self, at: int) -> Row:
        return self._make(*[column.get(at) for column in self._columns])

    def _move(self, source: int, at: int) -> None:
        for column in self._columns:
            column.set(at, column.get(source))  # type: ignore[arg-type]
        moved = self._row(at)
        self._places[moved.namespace][moved.name] = at


NUMERIC: Final = "resource_version"


def _column(name: str, kind: Any, *, shared: bool) -> _Column:
    if kind is int:
        return _Numbers()
    if name == NUMERIC:
        return _Digits()
    return _Words() if shared else _Objects()
