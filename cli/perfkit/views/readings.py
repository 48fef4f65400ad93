"""Readings where there is no terminal to draw on: a line each, a summary at the end, or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.model.units import format_duration, format_value
from perfkit.panels.sections import lines, sections, vitals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfkit.model.readings import Readings
    from perfkit.model.units import Dimension

SCHEMA: Final = "perfkit.top/1"
_ROWS: Final = 20  # of a table


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What ``-o json`` prints. ``values`` are a result's, in base units; ``broken``: limits by metric, as told."""

    schema: str = SCHEMA
    title: str
    seconds: float
    ended: str
    readings: Readings | None
    values: dict[str, float]
    broken: dict[str, str] = {}
    label: str = ""


def line(readings: Readings, began: float) -> str:
    """One reading, ``began`` being the moment of the first."""
    calls = [call for call in readings.calls if call.verb not in {"watch", "reconcile"}]
    rates = [call.rate for call in calls if call.rate is not None]
    slowest = [call.p95 for call in calls if call.p95 is not None]
    told = [
        f"{readings.at - began:8.1f} s",
        f"memory {_of(readings.memory, 'bytes'):>9}",
        f"CPU {_of(readings.cpu, 'ratio'):>7}",
        *([f"requests {format_value(sum(rates), 'rate')}"] if rates else []),
        *([f"p95 {format_value(max(slowest), 'time')}"] if slowest else []),
        *(f"! {alert}" for alert in readings.alerts),
        *(f"({note})" for note in readings.notes),
    ]
    return "  ".join(told)


def summary(readings: Readings, width: int) -> str:
    """Everything at the end."""
    told = _wrapped([_memory(readings), _cpu(readings), *vitals(readings)], width)
    told += [f"! {alert}" for alert in readings.alerts]
    for section in sections(readings).values():
        if section.rows:
            told += ["", *(each.rstrip() for each in lines(section, width, _ROWS))]
    return "\n".join(told) + "\n"


def document(found: Summary) -> str:
    """The summary as JSON."""
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"


def headline(title: str, seconds: float, ended: str) -> str:
    """What was watched, for how long, and why no longer."""
    return " · ".join(filter(None, (title, format_duration(seconds), ended)))


def _wrapped(words: Sequence[str], width: int) -> list[str]:
    """Lines of words with dots between them, broken between words."""
    told = [words[0]]
    for word in words[1:]:
        if len(told[-1]) + len(word) + 3 <= width:
            told[-1] += f" · {word}"
        else:
            told.append(word)
    return told


def _memory(readings: Readings) -> str:
    return f"memory {_of(readings.memory, 'bytes')}, peak {_of(readings.memory_peak, 'bytes')}"


def _cpu(readings: Readings) -> str:
    return ", ".join(_shares(readings)) or "CPU unknown"


def _shares(readings: Readings) -> Iterator[str]:
    for name, share in (("CPU mean", readings.cpu_mean), ("peak", readings.cpu_peak)):
        if share is not None:
            yield f"{name} {format_value(share, 'ratio')}"


def _of(value: float | None, dimension: Dimension) -> str:
    return "–" if value is None else format_value(value, dimension)
