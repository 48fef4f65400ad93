"""Readings where there is no terminal to draw on: a line each, a summary at the end, or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.model.units import format_beside, format_duration, format_value
from perfkit.panels.sections import lines, sections, vitals
from perfkit.views.text import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfkit.model.readings import Readings

SCHEMA: Final = "perfkit.top/1"
_ROWS: Final = 20  # of a table


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What ``-o json`` prints. ``values`` are a result's, in base units; ``broken``: limits by metric, as told.

    ``doubts``: a line each, of what perfkit and the machine did meanwhile.
    """

    schema: str = SCHEMA
    title: str
    seconds: float
    ended: str
    readings: Readings | None
    values: dict[str, float]
    broken: dict[str, str] = {}
    doubts: tuple[str, ...] = ()
    label: str = ""


def line(readings: Readings, began: float, limit: str = "") -> str:
    """One reading, ``began`` being the moment of the first; ``limit`` is the one on memory."""
    calls = [call for call in readings.calls if call.verb not in {"watch", "reconcile"}]
    rates = [call.rate for call in calls if call.rate is not None]
    slowest = [call.p95 for call in calls if call.p95 is not None]
    told = [
        f"{readings.at - began:8.1f} s",
        f"memory {_memory(readings.memory, limit):>9}",
        f"CPU {'–' if readings.cpu is None else format_value(readings.cpu, 'ratio'):>7}",
        *([f"requests {format_value(sum(rates), 'rate')}"] if rates else []),
        *([f"p95 {format_value(max(slowest), 'time')}"] if slowest else []),
        *(f"! {alert}" for alert in readings.alerts),
        *(f"({note})" for note in readings.notes),
    ]
    return "  ".join(told)


def summary(found: Summary, width: int, limit: str = "") -> str:
    """Everything at the end: what was watched, for how long, why no longer; ``limit`` is the one on memory."""
    head = " · ".join(filter(None, (found.title, format_duration(found.seconds), found.ended)))
    told = "" if found.readings is None else _everything(found.readings, width, limit)
    return f"\n{head}\n{told}" + "".join(f"{folded(doubt, width)}\n" for doubt in found.doubts)


def _everything(readings: Readings, width: int, limit: str) -> str:
    memory = f"memory {_memory(readings.memory, limit)}, peak {_memory(readings.memory_peak, limit)}"
    told = _wrapped([memory, _cpu(readings), *vitals(readings)], width)
    told += [folded(f"! {alert}", width) for alert in readings.alerts]
    for section in sections(readings).values():
        if section.rows:
            told += ["", *(each.rstrip() for each in lines(section, width, _ROWS))]
    return "\n".join(told) + "\n"


def document(found: Summary) -> str:
    """The summary as JSON."""
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"


def _wrapped(words: Sequence[str], width: int) -> list[str]:
    """Lines of words with dots between them, broken between words."""
    told = [words[0]]
    for word in words[1:]:
        if len(told[-1]) + len(word) + 3 <= width:
            told[-1] += f" · {word}"
        else:
            told.append(word)
    return told


def _memory(value: float | None, limit: str) -> str:
    return "–" if value is None else format_beside(value, "bytes", limit)


def _cpu(readings: Readings) -> str:
    return ", ".join(_shares(readings)) or "CPU unknown"


def _shares(readings: Readings) -> Iterator[str]:
    for name, share in (("CPU mean", readings.cpu_mean), ("peak", readings.cpu_peak)):
        if share is not None:
            yield f"{name} {format_value(share, 'ratio')}"
