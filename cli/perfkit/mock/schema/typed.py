"""Whether a configuration can be applied: what keeps it from being a typed object (structured-merge-diff)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.schema.fieldsets import Keyless, Path, container, shown, step_of
from perfkit.mock.schema.types import fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.mock.schema.types import Schema


def untyped(schema: Schema, applied: Mapping[str, Any]) -> str:
    """What the API server says of a configuration that it cannot type; empty where it can."""
    found = list(_errors(schema, applied, ()))
    if not found:
        return ""
    listed = found[0] if len(found) == 1 else "\n  ".join(["errors:", *found])
    metadata = applied.get("metadata") or {}
    named = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}"
    version = applied.get("apiVersion", "")
    kind = f"{version if '/' in version else f'/{version}'}, Kind={applied.get('kind', '')}"
    return f"failed to create typed patch object ({named}; {kind}): {listed}"


def _errors(schema: Schema | None, value: Any, path: Path) -> Iterator[str]:
    if schema is None:
        return
    if isinstance(value, dict):
        for name, child, known in fields(schema, value):
            inside = (*path, f"f:{name}")
            if known is None and not schema.open and schema.type == "object":
                yield f"{shown(inside)}: field not declared in schema"
            else:
                yield from _errors(known, child, inside)
    elif isinstance(value, list):
        yield from _in_list(schema, value, path)


def _in_list(schema: Schema, value: list[Any], path: Path) -> Iterator[str]:
    seen: set[str] = set()
    for index, item in enumerate(value):
        step = f"i:{index}"
        if container(schema, value) == "list":
            try:
                step = step_of(schema, item)
            except Keyless as error:
                yield f"{shown(path)}: element {index}: {error}"
                continue
            if step in seen:
                yield f"{shown(path)}: duplicate entries for key {shown((step,))}"
            seen.add(step)
        yield from _errors(schema.items, item, (*path, step))
