"""Sets of fields, as ``managedFields`` hold them (format FieldsV1; algorithm: sigs.k8s.io/structured-merge-diff).

A path is a tuple of FieldsV1's own steps: ``f:NAME``, ``k:{"KEY":VALUE}``, ``v:VALUE``, ``i:POSITION``. A set holds
leaves, elements of lists, and those containers that somebody owns for themselves (``.`` in FieldsV1).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.schema.patches import same
from perfkit.mock.schema.types import fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from perfkit.mock.schema.types import Schema

Path = tuple[str, ...]
Fields = frozenset[Path]
NOTHING: Fields = frozenset()
_ABSENT = object()


class Keyless(Exception):  # noqa: N818 - the element is keyless
    """An element of a list of maps without the key that tells it apart."""


class Difference(msgspec.Struct, frozen=True):
    """Which fields two objects differ in."""

    added: Fields
    modified: Fields
    removed: Fields

    @property
    def changed(self) -> Fields:
        """What is new, or other than it was."""
        return self.added | self.modified


def container(schema: Schema | None, value: Any) -> str:
    """``map`` or ``list`` where the parts of a value have owners of their own; empty where only the whole has."""
    if isinstance(value, dict):
        return "" if schema is not None and schema.atomic else "map"
    if isinstance(value, list):
        return "list" if schema is not None and not schema.atomic else ""
    return ""


def parts(schema: Schema | None, value: Any) -> Iterator[tuple[str, Any, Schema | None]]:
    """The parts of a container: step, value and schema. Raises Keyless."""
    if isinstance(value, dict):
        for name, child, known in fields(schema, value):
            yield f"f:{name}", child, known
    else:
        assert schema is not None
        for item in value:
            yield step_of(schema, item), item, schema.items


def step_of(schema: Schema, item: Any) -> str:
    """What tells an element of a list apart. Raises Keyless."""
    if not schema.keys:
        return "v:" + json.dumps(item, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    found = {name: _key_value(schema, item, name) for name in schema.keys}
    return "k:" + json.dumps(found, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def _key_value(schema: Schema, item: Any, name: str) -> Any:
    value = item.get(name) if isinstance(item, dict) else None
    if value is not None:
        return value
    known = schema.items.child(name) if schema.items is not None else None
    if known is None or "default" not in known.node:
        raise Keyless(
            f'associative list with keys has an element that omits key field "{name}" (and doesn\'t have default value)'
        )
    return known.node["default"]


def fields_of(schema: Schema | None, value: Any) -> Fields:
    """All fields of an object. Raises Keyless."""
    found: set[Path] = set()
    _collect(schema, value, (), found)
    return frozenset(found)


def _collect(schema: Schema | None, value: Any, path: Path, found: set[Path]) -> None:
    kind = container(schema, value)
    if not kind:
        found.add(path)
        return
    for step, child, known in parts(schema, value):
        inside = (*path, step)
        _collect(known, child, inside, found)
        if kind == "list" or child in (None, {}) or not _declared(schema, step):
            found.add(inside)


def _declared(schema: Schema | None, step: str) -> bool:
    return schema is not None and step.removeprefix("f:") in schema.properties


def difference(schema: Schema, before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """What has changed from one object to another. Raises Keyless."""
    walk = _Walk()
    walk.compare(schema, before, after, ())
    return Difference(frozenset(walk.added), frozenset(walk.modified), frozenset(walk.removed))


class _Walk:
    def __init__(self) -> None:
        self.added: set[Path] = set()
        self.modified: set[Path] = set()
        self.removed: set[Path] = set()

    def compare(self, schema: Schema | None, before: Any, after: Any, path: Path) -> None:
        """Compare two values, either of which may be absent."""
        if not container(schema, before) and not container(schema, after):
            if before is not _ABSENT and after is not _ABSENT and not same(before, after):
                self.modified.add(path)
        else:
            self._compare_parts(schema, before, after, path)
        if before is _ABSENT:
            self.added.add(path)
        elif after is _ABSENT:
            self.removed.add(path)

    def _compare_parts(self, schema: Schema | None, before: Any, after: Any, path: Path) -> None:
        old, new = _by_step(schema, before), _by_step(schema, after)
        for step in old | new:
            was, known = old.get(step, (_ABSENT, None))
            now, known = new.get(step, (_ABSENT, known))
            if was is _ABSENT and before is not _ABSENT and schema is not None:
                was = _zero(schema, step, now)
            self.compare(known, was, now, (*path, step))


def _by_step(schema: Schema | None, value: Any) -> dict[str, tuple[Any, Schema | None]]:
    if not container(schema, value):
        return {}
    return {step: (child, known) for step, child, known in parts(schema, value)}


def _zero(schema: Schema, step: str, now: Any) -> Any:
    """What a Go struct holds for a field that JSON leaves out: containers that are always there, be they empty."""
    if isinstance(now, dict | list) and now and schema.always_has(step.removeprefix("f:")):
        return None
    return _ABSENT


def with_containers(schema: Schema | None, owned: Fields) -> Fields:
    """The set and, as far as they are declared fields, the containers of what it holds."""
    found = set(owned)
    for path in owned:
        known = schema
        for depth, step in enumerate(path):
            if known is None:
                break
            if _declared(known, step):
                found.add(path[: depth + 1])
            known = known.child(step[2:]) if step.startswith("f:") else known.items
    return frozenset(found)


def without(schema: Schema | None, value: Any, dropped: Fields) -> Any:
    """The value without the fields of a set; what becomes empty that way goes too. Raises Keyless."""
    touched = {path[:depth] for path in dropped for depth in range(len(path))}
    return _reduced(schema, value, (), _Dropping(dropped, touched))


class _Dropping(msgspec.Struct, frozen=True):
    """The paths to drop, and all paths that lead to one."""

    paths: Fields
    touched: set[Path]


def _reduced(schema: Schema | None, value: Any, path: Path, dropping: _Dropping) -> Any:
    kind = container(schema, value)
    if not kind or path not in dropping.touched:
        return value
    kept: dict[str, Any] = {}
    for at, (step, child, known) in enumerate(parts(schema, value)):
        inside = (*path, step)
        if inside in dropping.paths:
            continue
        rest = _reduced(known, child, inside, dropping)
        if rest or not child:
            kept[step[2:] if kind == "map" else str(at)] = rest
    return kept if kind == "map" else list(kept.values())


def decoded(fields_v1: Any) -> Fields:
    """The set that FieldsV1 data stands for."""
    found: set[Path] = set()
    _decode(fields_v1, (), found)
    return frozenset(found)


def _decode(node: Any, path: Path, found: set[Path]) -> None:
    if not isinstance(node, dict):
        return
    if path and (not node or "." in node):
        found.add(path)
    for step, child in node.items():
        if step != ".":
            _decode(child, (*path, step), found)


def encoded(owned: Iterable[Path]) -> dict[str, Any]:
    """A set as FieldsV1 data."""
    paths = sorted(owned)
    root: dict[str, Any] = {}
    for path in paths:
        node = root
        for step in path:
            node = node.setdefault(step, {})
        node["."] = {}
    return _tidy(root)


def _tidy(node: dict[str, Any]) -> dict[str, Any]:
    """Leave out the dots of what has nothing inside."""
    children = {step: _tidy(child) for step, child in node.items() if step != "."}
    return {".": {}, **children} if "." in node and children else children


def shown(path: Path) -> str:
    """A path as messages show it: ``.spec.containers[name="a"].image``."""
    return "".join(map(_shown_step, path))


def _shown_step(step: str) -> str:
    kind, rest = step[:2], step[2:]
    if kind == "f:":
        return f".{rest}"
    if kind == "v:":
        return f"[={rest}]"
    if kind == "i:":
        return f"[{rest}]"
    keys = json.loads(rest)
    return "[" + ",".join(f"{name}={json.dumps(value)}" for name, value in keys.items()) + "]"
