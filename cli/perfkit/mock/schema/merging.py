"""The typed merge of server-side apply: an applied configuration onto a live object (structured-merge-diff)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.schema.fieldsets import container, parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.schema.types import Schema


def merged(schema: Schema | None, live: Any, applied: Any) -> Any:
    """``live`` with all that ``applied`` says. Raises Keyless."""
    if container(schema, live) == "map" and container(schema, applied) == "map":
        result = dict(live)
        for name, value in applied.items():
            known = None if schema is None else schema.child(name)
            result[name] = merged(known, live[name], value) if name in live else value
        return result
    if schema is not None and container(schema, live) == "list" and container(schema, applied) == "list":
        return _merged_list(schema, _by_step(schema, live), _by_step(schema, applied))
    return applied


def _by_step(schema: Schema, items: list[Any]) -> dict[str, Any]:
    return {step: item for step, item, _ in parts(schema, items)}


def _merged_list(schema: Schema, live: Mapping[str, Any], applied: Mapping[str, Any]) -> list[Any]:
    """Applied elements in their order; the others stay before the shared element that they stood before."""
    result: list[Any] = []
    waiting = list(live)
    shared = [step for step in applied if step in live]
    for step, item in applied.items():
        while waiting and (waiting[0] not in applied or waiting[0] not in shared[:1]):
            first = waiting.pop(0)
            if first not in applied:
                result.append(live[first])
        result.append(merged(schema.items, live[step], item) if step in live else item)
        if shared[:1] == [step]:
            shared.pop(0)
    return result + [live[step] for step in waiting if step not in applied]
