"""Objects as flat rows: types and decoders that are made of fields.

Only what the fields name is decoded; the parser skips the rest (nine tenths of a pod) without building objects. Rows
cannot be part of a cycle, so the garbage collector need not look at them (``gc=False``).
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from sys import intern
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from perfkit.client.fields import Field
from perfkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_DOT: Final = re.compile(r"(?<!\\)\.")
_ABSENT: Final = {str: "", int: 0, bool: False, float: 0.0}


class Row(msgspec.Struct, frozen=True, gc=False):
    """What every row has. ``created`` is in seconds since the epoch; ``labels`` are JSON, as the API writes them."""

    namespace: str
    name: str
    resource_version: str
    created: int
    labels: str

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the object: namespace and name."""
        return self.namespace, self.name


def labels_of(row: Row) -> dict[str, str]:
    """The labels of a row."""
    return msgspec.json.decode(row.labels, type=dict[str, str]) if row.labels else {}


def _seconds(at: datetime | None) -> int:
    return int(at.timestamp()) if at else 0


def _text(raw: msgspec.Raw | None) -> str:
    text = "" if raw is None else str(bytes(raw), "utf-8")
    return "" if text == "null" else text


BASE: Final = (
    Field(name="namespace", paths={"metadata.namespace": str}, shared=True),
    Field(name="name", paths={"metadata.name": str}),
    Field(name="resource_version", paths={"metadata.resourceVersion": str}),
    Field(name="created", paths={"metadata.creationTimestamp": datetime}, make=_seconds, type=int),
    Field(name="labels", paths={"metadata.labels": msgspec.Raw}, make=_text, shared=True),
)


class Schema:
    """How objects of one resource become rows.

    Raises:
        UsageError: fields of one name, or of which one lies within another.
    """

    def __init__(self, fields: Sequence[Field], *, share: bool = True) -> None:
        self.fields = (*BASE, *fields)
        self.row_type: type[Row] = _row_type(fields)
        tree = _tree(self.fields)
        self.object_type: type[Any] = _node("Object", tree, _plain(self.fields))
        self._decoder = msgspec.json.Decoder(self.object_type)
        firsts = [next(iter(field.paths)) for field in self.fields]
        extras = [path for field in self.fields for path in list(field.paths)[1:]]
        self._paths = [_attributes(path, tree) for path in (*firsts, *extras)]
        self._get = attrgetter(*map(".".join, self._paths))
        self._makes = [(at, field.make) for at, field in enumerate(self.fields) if field.make and len(field.paths) == 1]
        self._joins = _joins(self.fields)
        self._shared = [at for at, field in enumerate(self.fields) if field.shared] if share else []
        self._absent = [_ABSENT.get(field.type) for field in self.fields]

    def decode(self, body: bytes | msgspec.Raw) -> Any:
        """An object, of which only what rows want is there. Raises msgspec.MsgspecError."""
        return self._decoder.decode(body)

    def row(self, decoded: Any) -> Row:
        """The row of a decoded object. Raises msgspec.ValidationError: it has no name."""
        try:
            values = list(self._get(decoded))
        except AttributeError:  # a part of it is missing as a whole
            values = [_walk(decoded, path) for path in self._paths]
        if not values[1]:
            raise msgspec.ValidationError("an object without a name")
        for at, make in self._makes:
            values[at] = make(values[at])
        for at, join, sources in self._joins:
            values[at] = join(*[values[source] for source in sources])
        count = len(self.fields)
        del values[count:]
        if None in values:
            values = [self._absent[at] if value is None else value for at, value in enumerate(values)]
        for at in self._shared:
            values[at] = intern(values[at])
        return self.row_type(*values)


def _row_type(fields: Sequence[Field]) -> type[Row]:
    names = [field.name for field in (*BASE, *fields)]
    if len(set(names)) < len(names):
        raise UsageError("two fields of a row have one name", f"names are {', '.join(names)}")
    return _made(tuple((each.name, each.type) for each in fields))


@lru_cache(maxsize=64)
def _made(fields: tuple[tuple[str, Any], ...]) -> type[Row]:
    """The same type for the same fields: rows of two caches can be compared."""
    return cast("type[Row]", msgspec.defstruct("Row", fields, bases=(Row,), frozen=True, gc=False))


def _joins(fields: Sequence[Field]) -> list[tuple[int, Callable[..., Any], list[int]]]:
    """For each field that is made of several values: where it is, how, and where its sources are."""
    joins = []
    extra = len(fields)
    for at, field in enumerate(fields):
        more = len(field.paths) - 1
        if field.make is not None and more:
            joins.append((at, field.make, [at, *range(extra, extra + more)]))
        extra += more
    return joins


def _tree(fields: Iterable[Field]) -> dict[str, Any]:
    """All paths as one tree: a key of the object → a type, or a tree of its own."""
    tree: dict[str, Any] = {}
    for field in fields:
        for path, kind in field.paths.items():
            *above, leaf = _keys(path)
            at = tree
            for key in above:
                at = at.setdefault(key, {})
                if not isinstance(at, dict):
                    raise UsageError(f"field {field.name}: {path} lies within another field")
            if at.setdefault(leaf, kind) != kind:
                raise UsageError(f"field {field.name}: {path} is decoded as something else by another field")
    return tree


def _plain(fields: Iterable[Field]) -> dict[tuple[str, ...], Any]:
    """What stands for a value that an object has not, where nothing is made of it: then the parser fills it in."""
    made = {path for field in fields if field.make for path in field.paths}
    kept = {path: _ABSENT.get(field.type) for field in fields if not field.make for path in field.paths}
    return {tuple(_keys(path)): absent for path, absent in kept.items() if path not in made}


def _node(
    name: str, tree: dict[str, Any], plain: dict[tuple[str, ...], Any], above: tuple[str, ...] = ()
) -> type[msgspec.Struct]:
    """A type to decode: attributes a0, a1, … in the order of the tree's keys."""
    fields = []
    for number, (key, kind) in enumerate(tree.items()):
        path = (*above, key)
        of = _node(f"{name}_{number}", kind, plain, path) if isinstance(kind, dict) else kind
        optional = of if of is msgspec.Raw else of | None
        fields.append((f"a{number}", optional, msgspec.field(default=plain.get(path), name=key)))
    return msgspec.defstruct(name, fields, gc=False)


def _keys(path: str) -> list[str]:
    return [key.replace("\\.", ".") for key in _DOT.split(path)]


def _attributes(path: str, tree: dict[str, Any]) -> list[str]:
    attributes = []
    at: Any = tree
    for key in _keys(path):
        attributes.append(f"a{list(at).index(key)}")
        at = at[key]
    return attributes


def _walk(decoded: Any, path: list[str]) -> Any:
    for attribute in path:
        if decoded is None:
            return None
        decoded = getattr(decoded, attribute)
    return decoded
