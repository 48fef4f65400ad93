"""What the client says of itself, for the performance view; and what its screens may need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.client.options import OFF, ON
from perfkit.model.readings import PartReading, Switch
from perfkit.model.units import format_value
from perfkit.monitor import DEFAULT_RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.client import Client, Options
    from perfkit.model.readings import Readings

LASTING: Final = "3 s"
"""A start, and a page of other rows, may take what the alerts are about for a moment."""

RULES: Final = tuple(msgspec.structs.replace(rule, lasting=LASTING) for rule in DEFAULT_RULES)

_ALERTS: Final = {rule.name: f"{rule.name}: {rule.metric} should be {rule.limit}" for rule in RULES}


def told(readings: Readings, client: Client) -> Readings:
    """The monitor's readings with memory by component, the switches, and what alerts are about."""
    memory = client.statistics().memory
    parts = {part.name: part for part in readings.parts}
    parts |= {name: PartReading(name=name, bytes=held) for name, held in memory.items() if held}
    return msgspec.structs.replace(
        readings,
        parts=tuple(parts.values()),
        switches=tuple(switches(client.options)),
        alerts=tuple(_ALERTS.get(name, name) for name in readings.alerts),
    )


def switches(options: Options) -> Iterator[Switch]:
    """Each optimisation, whether it is on, and how much of it."""
    for name, off in OFF.items():
        value = getattr(options, name)
        yield Switch(name=name, on=value != off, state=_said(name, value) if value != off else "")
    for name, on in ON.items():
        yield Switch(name=name, on=getattr(options, name) == on)


def _said(name: str, value: Any) -> str:
    """How much of it; empty where it is only on."""
    match value:
        case bool() | str():
            return ""
        case float():
            return format_value(value, "time")
        case _:
            return format_value(value, "bytes" if name == "object_cache" else "count")
