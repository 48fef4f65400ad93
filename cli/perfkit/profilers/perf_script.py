"""What ``perf script`` prints, as a profile."""

from __future__ import annotations

import re
from typing import Final

from perfkit.model.profile import Frame, Profile, ProfileBuilder, ValueType
from perfkit.profilers.go_symbols import go_program

_CALL: Final = re.compile(r"\s+([0-9a-f]+) (.+?)(?:\+0x[0-9a-f]+)? \((.*)\)")
_PYTHON: Final = re.compile(r"py::(.+?):(.+)")
_PERIOD: Final = re.compile(r"\s(\d+)\s*(?:[\w-]+:\S*)?\s*$")


def read(text: str) -> Profile:
    """Samples with their periods, which are nanoseconds of the CPU clock."""
    builder = ProfileBuilder([ValueType("cpu", "nanoseconds")])
    samples = 0
    for block in text.split("\n\n"):
        head, *lines = block.strip("\n").splitlines() or [""]
        period = _PERIOD.search(head)
        calls = [match for line in lines if (match := _CALL.fullmatch(line))]
        if period is None or not calls:
            continue
        builder.add([_frame(*call.groups()) for call in reversed(calls)], int(period[1]))
        samples += 1
    unknown = sum(frame.function == "[unknown]" for frame in builder.profile().frames)
    doubts = ("some functions have no names: the program has no symbols, or no frame pointers",) if unknown else ()
    return builder.profile(samples=samples, doubts=doubts)


def _frame(offset: str, symbol: str, library: str) -> Frame:
    """Python's trampolines name a function and its file, Go's table a package too; else the library is where it is."""
    if match := _PYTHON.fullmatch(symbol):
        return Frame(match[1], match[2])
    if program := go_program(library):
        return Frame(program.name_at(int(offset, 16)) or symbol)
    return Frame(symbol, library)
