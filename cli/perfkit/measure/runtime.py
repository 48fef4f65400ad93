"""What a target's own runtime tells where it is asked: Python's collector and imports, Go's collector and inits.

Asking costs the target a little, so only trace trials ask, and only where the scenario says ``trace.runtime``. Python's
collections are counted by a hook on PYTHONPATH (``fixtures/hooks/python``), imports by PYTHONPROFILEIMPORTTIME, Go's by
GODEBUG; the latter two write to standard error, from whose log they are read.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from perfkit import bundled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FOLDER: Final = "PERFKIT_RUNTIME"
_ROW: Final = struct.Struct("=QQQ")  # collections, ns in all, ns of the longest; one for each generation
_IMPORT: Final = re.compile(r"^import time:\s+(\d+) \|\s+\d+ \|", re.MULTILINE)
_INIT: Final = re.compile(r"^init \S+ @[\d.]+ ms, ([\d.]+) ms clock", re.MULTILINE)
# The clock times are of stop-the-world sweep termination, concurrent mark, stop-the-world mark termination.
_GC: Final = re.compile(r"^gc \d+ @[\d.]+s \d+%: ([\d.]+)\+[\d.]+\+([\d.]+) ms clock", re.MULTILINE)


def asking(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The variables of a target that is asked: its own, and those that make its runtime talk. ``folder`` is for counts.

    Its own values are kept where they can be joined with ours.
    """
    hook = str(bundled.folder("fixtures/hooks/python"))
    path = environment.get("PYTHONPATH")
    debug = environment.get("GODEBUG")
    return {
        **environment,
        FOLDER: str(folder),
        "PYTHONPATH": f"{hook}:{path}" if path else hook,
        "PYTHONPROFILEIMPORTTIME": "1",
        "GODEBUG": ",".join(filter(None, [debug, "inittrace=1", "gctrace=1"])),
    }


def told(folder: Path, output: str) -> dict[str, float]:
    """Metrics from what the runtime left in ``folder`` and said in its output; none of a runtime that said nothing."""
    return _python_gc(folder) | _python_imports(output) | _go(output)


class Heard(NamedTuple):
    """What a runtime had told by some moment: bytes of output; collections of Python, and the ns in them."""

    output: int = 0
    runs: int = 0
    ns: int = 0


def heard(folder: Path, output: int) -> Heard:
    """What it has told by now."""
    rows = _rows(folder)
    return Heard(output, sum(runs for runs, _, _ in rows), sum(total for _, total, _ in rows))


def told_between(before: Heard, after: Heard, output: bytes) -> dict[str, float]:
    """Metrics of what it told from one moment to another. The longest of Python's collections is that of its life."""
    said = output[before.output : after.output].decode(errors="replace")
    values = _python_imports(said) | _go(said)
    if after.runs:
        values["python.gc.runs"] = float(after.runs - before.runs)
        values["python.gc.seconds"] = (after.ns - before.ns) / 1e9
    return values


def _rows(folder: Path) -> list[tuple[int, int, int]]:
    return [row for path in sorted(folder.glob("gc-*.bin")) for row in _ROW.iter_unpack(path.read_bytes())]


def _python_gc(folder: Path) -> dict[str, float]:
    rows = _rows(folder)
    if not rows:
        return {}
    return {
        "python.gc.runs": float(sum(runs for runs, _, _ in rows)),
        "python.gc.seconds": sum(total for _, total, _ in rows) / 1e9,
        "python.gc.pause.peak": max(longest for _, _, longest in rows) / 1e9,
    }


def _python_imports(output: str) -> dict[str, float]:
    own = [int(microseconds) for microseconds in _IMPORT.findall(output)]
    return {"python.imports": float(len(own)), "python.import.seconds": sum(own) / 1e6} if own else {}


def _go(output: str) -> dict[str, float]:
    found: dict[str, float] = {}
    if inits := _INIT.findall(output):
        found["go.init.seconds"] = _milliseconds(inits)
    if pauses := _GC.findall(output):
        each = [float(first) + float(second) for first, second in pauses]
        found |= {"go.gc.runs": float(len(each)), "go.gc.seconds": sum(each) / 1e3, "go.gc.pause.peak": max(each) / 1e3}
    return found


def _milliseconds(numbers: Iterable[str]) -> float:
    return sum(map(float, numbers)) / 1e3
