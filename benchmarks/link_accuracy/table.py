"""The stored measurements of the oracle: one row a case, ``oracle.csv`` beside this file."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ORACLE = Path(__file__).parent / "oracle.csv"


@dataclass(frozen=True)
class Row:
    """Quantiles of one case in ms, and where they come from."""

    case: str
    runs: int
    p10: float
    p50: float
    p90: float
    p99: float
    date: str
    kernel: str
    congestion: str


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of the values lie, with linear interpolation (Hyndman and Fan's type 7)."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def write(rows: Iterable[Row], path: Path = ORACLE) -> None:
    """Write all rows."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def read(path: Path = ORACLE) -> dict[str, Row]:
    """All rows by the name of their case."""
    with path.open(newline="") as file:
        rows = [_row(record) for record in csv.DictReader(file)]
    return {row.case: row for row in rows}


def _row(record: dict[str, str]) -> Row:
    p10, p50, p90, p99 = (float(record[name]) for name in ("p10", "p50", "p90", "p99"))
    date, kernel, congestion = record["date"], record["kernel"], record["congestion"]
    return Row(record["case"], int(record["runs"]), p10, p50, p90, p99, date, kernel, congestion)
