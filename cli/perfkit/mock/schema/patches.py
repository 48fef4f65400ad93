"""JSON patch (RFC 6902) and JSON merge patch (RFC 7386)."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_OPERATIONS = 10_000  # of one JSON patch, as the API server limits it
_MAX_COPIED = 3 * 1024 * 1024  # bytes that the copies of one patch may add, likewise


class PatchMalformed(Exception):  # noqa: N818 - the patch is malformed
    """A patch that cannot be read: 400 BadRequest."""


class PatchRefused(Exception):  # noqa: N818 - the patch is refused
    """A patch that does not fit the object: 422 Invalid. ``detail`` says what the API server keeps to itself."""

    def __init__(self, detail: str) -> None:
        super().__init__("the server rejected our request due to an error in our request")
        self.detail = detail


class TooManyOperations(Exception):  # noqa: N818 - there are too many
    """A JSON patch of too many operations: 413 RequestEntityTooLarge."""

    def __init__(self, count: int) -> None:
        message = f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {count}"
        super().__init__(message)


def merge_patch(obj: Any, patch: Any) -> Any:
    """The object after an RFC 7386 patch. A patch that is no object replaces all."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(obj) if isinstance(obj, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def json_patch(obj: Any, operations: Any) -> Any:
    """The object after an RFC 6902 patch.

    Raises:
        PatchMalformed: ``operations`` is no array of operations.
        PatchRefused: an operation does not apply, or a test failed.
        TooManyOperations: there are more than MAX_OPERATIONS.
    """
    if not isinstance(operations, list):
        raise PatchMalformed("error decoding patch: a JSON patch is an array of operations")
    if len(operations) > MAX_OPERATIONS:
        raise TooManyOperations(len(operations))
    document = _Document(obj)
    for operation in operations:
        if not isinstance(operation, dict):
            raise PatchMalformed("error decoding patch: an operation of a JSON patch is an object")
        document.perform(operation)
    return document.root


class _Document:
    """The object while it is patched. What operations put in is copied: a later one may change it in place."""

    def __init__(self, obj: Any) -> None:
        self.root = deepcopy(obj)
        self._copied = 0
        self._operations: dict[str, Callable[[Mapping[str, Any], list[str]], None]] = {
            "add": lambda operation, path: self._add(path, deepcopy(_member(operation, "value"))),
            "remove": lambda _, path: self._remove(path),
            "replace": self._replace,
            "move": lambda operation, path: self._move(_pointer(operation, "from"), path),
            "copy": lambda operation, path: self._copy(_pointer(operation, "from"), path),
            "test": self._test,
        }

    def perform(self, operation: Mapping[str, Any]) -> None:
        """Do one operation. Raises PatchMalformed, PatchRefused."""
        name = operation.get("op")
        if not isinstance(name, str) or name not in self._operations:
            raise PatchRefused(f"Unexpected kind: {name}")
        self._operations[name](operation, _pointer(operation, "path"))

    def _add(self, path: list[str], value: Any) -> None:
        if not path:
            self.root = value
            return
        parent = self._get(path[:-1])
        if isinstance(parent, dict):
            parent[path[-1]] = value
        elif isinstance(parent, list):
            parent.insert(len(parent) if path[-1] == "-" else _index(path[-1], len(parent)), value)
        else:
            raise _missing(path)

    def _remove(self, path: list[str]) -> Any:
        if not path:
            removed, self.root = self.root, None
            return removed
        value, parent = self._get(path), self._get(path[:-1])
        del parent[_index(path[-1], len(parent) - 1) if isinstance(parent, list) else path[-1]]
        return value

    def _replace(self, operation: Mapping[str, Any], path: list[str]) -> None:
        value = deepcopy(_member(operation, "value"))
        self._get(path)
        if not path:
            self.root = value
            return
        parent = self._get(path[:-1])
        parent[_index(path[-1], len(parent) - 1) if isinstance(parent, list) else path[-1]] = value

    def _move(self, source: list[str], path: list[str]) -> None:
        if path[: len(source)] == source and path != source:
            raise PatchRefused("a value cannot move into itself")
        self._add(path, self._remove(source))

    def _copy(self, source: list[str], path: list[str]) -> None:
        value = deepcopy(self._get(source))
        self._copied += len(repr(value))
        if self._copied > _MAX_COPIED:
            raise PatchRefused("Unable to copy, the accumulated size increase of copy is too large")
        self._add(path, value)

    def _test(self, operation: Mapping[str, Any], path: list[str]) -> None:
        wanted = operation.get("value")
        try:
            found = self._get(path)
        except PatchRefused:
            if wanted is None:  # a missing field is null, as the API server's library sees it
                return
            raise
        if not same(found, wanted):
            raise PatchRefused(f"testing value /{'/'.join(path)} failed: test failed")

    def _get(self, path: list[str]) -> Any:
        value = self.root
        for step in path:
            if isinstance(value, dict) and step in value:
                value = value[step]
            elif isinstance(value, list):
                value = value[_index(step, len(value) - 1)]
            else:
                raise _missing(path)
        return value


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal; to Python, true is 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _member(operation: Mapping[str, Any], name: str) -> Any:
    if name not in operation:
        raise PatchRefused(f"{operation.get('op')} operation has no {name}")
    return operation[name]


def _pointer(operation: Mapping[str, Any], name: str) -> list[str]:
    """The steps of a JSON pointer (RFC 6901)."""
    pointer = _member(operation, name)
    if not isinstance(pointer, str):
        raise PatchMalformed(f"error decoding patch: {name} is no string")
    if pointer and not pointer.startswith("/"):
        raise PatchRefused(f"{name} {pointer} is no JSON pointer")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _index(step: str, last: int) -> int:
    if not re.fullmatch("0|[1-9][0-9]*", step, re.ASCII) or len(step) > 9:
        raise PatchRefused(f"{step} is no position in an array")
    if int(step) > last:
        raise PatchRefused(f"Unable to access invalid index: {step}")
    return int(step)


def _missing(path: list[str]) -> PatchRefused:
    return PatchRefused(f'doc is missing path: "/{"/".join(path)}": missing value')
