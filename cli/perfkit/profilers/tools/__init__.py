"""The profilers by name. Each stands behind ``tool.Tool``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfkit.errors import UsageError
from perfkit.profilers.tools.attached import Perf, PySpy
from perfkit.profilers.tools.go import Pprof
from perfkit.profilers.tools.python import ImportTime, Memray, Objects

if TYPE_CHECKING:
    from perfkit.profilers.tools.tool import Tool

TOOLS: Final[tuple[Tool, ...]] = (PySpy(), Memray(), Pprof("cpu"), Pprof("heap"), Perf(), ImportTime(), Objects())


def find_tools(words: str) -> list[Tool]:
    """The tools of ``py-spy,memray``, in that order. Raises UsageError."""
    by_name = {tool.name: tool for tool in TOOLS}
    names = [word.strip() for word in words.split(",") if word.strip()]
    unknown = [name for name in names if name not in by_name]
    if unknown or not names:
        raise UsageError(f"no profiler {', '.join(unknown) or 'is named'}", f"there are {', '.join(by_name)}")
    return [by_name[name] for name in dict.fromkeys(names)]
