"""Results for programs: versioned JSON, and CSV with one row a metric and target. Values are in base units."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.statistics.analysis import Comparison, Ranking, Survey
from perfkit.statistics.growth import called
from perfkit.statistics.sweeps import Changes, Sweep
from perfkit.statistics.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perfkit.model.metrics import Metric
    from perfkit.statistics.analysis import Section, Summary
    from perfkit.statistics.sweeps import Change
    from perfkit.statistics.verdict import Judgement

RUN_SCHEMA: Final = "perfkit.run/1"
COMPARE_SCHEMA: Final = "perfkit.compare/1"

COLUMNS: Final = ("scenario", "target", "metric", "unit", "n", "failed", "median", "q1", "q3", "lowest", "highest")
JUDGED: Final = ("change", "low", "high", "verdict", "floor")


def document(schema: str, entries: Iterable[dict[str, Any]]) -> str:
    """One JSON document; numbers that are not finite become null."""
    body = {"schema": schema, "results": list(entries)}
    return msgspec.json.format(msgspec.json.encode(body), indent=1).decode() + "\n"


def section_data(section: Section | Versions | Sweep | Changes) -> dict[str, Any]:
    """A section as plain data; a comparison with its overall verdict, an exponent with what it is called."""
    if isinstance(section, Changes):
        return {"type": "changes", "name": section.name, "cells": _cells(section.changes)}
    data: dict[str, Any] = msgspec.to_builtins(section)
    if isinstance(section, Sweep):
        data["changes"] = _cells(section.changes)
        for panel, written in zip(section.panels, data["panels"], strict=True):
            for curve, told in zip(panel.curves, written["curves"], strict=True):
                told["called"] = called(curve.exponent) if curve.exponent and curve.exponent.known else None
    if isinstance(section, Comparison):
        data["overall"] = section.overall
        for row, written in zip(section.rows, data["rows"], strict=True):
            written["verdict"] = row.verdict
    return data


def _cells(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Where each cell lies, and its verdicts; all else is told of the cell itself."""
    return [
        {
            "at": change.at,
            "base": change.comparison.base.name,
            "head": change.comparison.head.name,
            "overall": change.comparison.overall,
            "verdicts": {row.metric.name: row.verdict for row in change.comparison.rows},
        }
        for change in changes
    ]


def table(sections: Iterable[tuple[tuple[str, str], Section | Versions]]) -> str:
    """CSV of sections, each with the name of its scenario and where that lies in a matrix, under one header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *JUDGED, "at"])
    for (scenario, at), section in sections:
        writer.writerows([scenario, *row, at] for row in _rows(section))
    return text.getvalue()


def _rows(section: Section | Versions) -> Iterator[list[object]]:
    match section:
        case Versions():
            for line in section.rows:
                for name, summary, judged in zip(section.names, line.summaries, line.against_first, strict=True):
                    yield [*_described(name, line.metric, summary)[: -len(JUDGED)], *_judged(judged)]
        case Survey():
            yield from (_described(section.target.name, row.metric, row.summary) for row in section.rows)
        case Ranking():
            for name in section.order:
                yield from (_described(name, row.metric, row.summary) for row in section.rows[name])
        case Comparison():
            for row in section.rows:
                change = _judged(row.judgement)[:3]
                yield _described(section.base.name, row.metric, row.base)
                floor = "" if row.floor is None else row.floor
                described = _described(section.head.name, row.metric, row.head)[: -len(JUDGED)]
                yield [*described, *change, row.verdict, floor]


def _judged(judgement: Judgement | None) -> list[object]:
    """A change without a floor; nothing where none was judged."""
    if judgement is None:
        return ["" for _ in JUDGED]
    return [judgement.change, judgement.low, judgement.high, judgement.verdict, ""]


def _described(target: str, metric: Metric, summary: Summary) -> list[object]:
    numbers = (summary.median, summary.q1, summary.q3, summary.lowest, summary.highest)
    written = ["" if number is None else number for number in numbers]
    return [target, metric.name, metric.unit, summary.n, summary.failed, *written, *("" for _ in JUDGED)]
