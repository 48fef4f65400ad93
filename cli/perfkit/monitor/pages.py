"""The pages of the debug server."""

from __future__ import annotations

import gc
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.errors import UsageError
from perfkit.monitor import stacks
from perfkit.monitor.growth import Growth
from perfkit.monitor.report import render

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from types import FrameType

    from perfkit.monitor.core import Monitor
    from perfkit.monitor.debug import Page, Query

_LONGEST: Final = 60.0  # seconds of a profile
_MOST_HERTZ: Final = 1_000
_MOST_TASKS: Final = 1_000
_PPROF: Final = "application/octet-stream"


def pages(monitor: Monitor) -> dict[str, Callable[[Query], Page]]:
    """Path → page."""
    growth = Growth()
    profiling = threading.Lock()

    def alone(make: Callable[[], bytes]) -> Page:
        if not profiling.acquire(blocking=False):
            raise UsageError("a profile is being taken", "try again when it is done")
        try:
            return _PPROF, make()
        finally:
            profiling.release()

    def profile(query: Query) -> Page:
        hertz = round(_number(query, "hz", 100, _MOST_HERTZ))
        return alone(lambda: stacks.profile(_number(query, "seconds", 10, _LONGEST), max(1, hertz)))

    def heap(query: Query) -> Page:
        return alone(lambda: stacks.heap(_number(query, "seconds", 10, _LONGEST)))

    return {
        "/": lambda _: ("text/plain; charset=utf-8", render(monitor.snapshot()).encode()),
        "/snapshot": lambda _: _json(monitor.snapshot()),
        "/metrics": lambda _: monitor.exposed(),
        "/debug/pprof/profile": profile,
        "/debug/pprof/heap": heap,
        "/debug/pprof/threads": lambda _: (_PPROF, stacks.threads()),
        "/heap": heap,
        "/threads": lambda _: _json(_threads()),
        "/tasks": lambda _: _json([_task(task) for task in monitor.loops.unfinished()[:_MOST_TASKS]]),
        "/gc": lambda _: _json(_garbage(monitor)),
        "/growth": lambda _: _json(growth.look()),
        "/slow": lambda _: _json(monitor.slow_log.latest()),
    }


def _json(what: object) -> Page:
    return "application/json", msgspec.json.encode(what)


def _number(query: Query, name: str, default: float, most: float) -> float:
    try:
        value = float(query.get(name, default))
    except ValueError:
        value = -1.0
    if not 0 < value <= most:
        raise UsageError(f"{name}={query.get(name)}", f"a number above 0, up to {most:g}")
    return value


def _threads() -> list[dict[str, Any]]:
    frames = sys._current_frames()  # noqa: SLF001 - the documented way to see other threads
    return [
        {"name": thread.name, "daemon": thread.daemon, "stack": _lines(frames.get(thread.ident or 0))}
        for thread in threading.enumerate()
    ]


def _lines(frame: FrameType | None) -> list[str]:
    """Innermost first."""
    if frame is None:  # it has ended meanwhile
        return []
    return [f"{each.f_code.co_qualname} {each.f_code.co_filename}:{line}" for each, line in traceback.walk_stack(frame)]


def _task(task: asyncio.Task[Any]) -> dict[str, Any]:
    coroutine = task.get_coro()
    told = {"name": task.get_name(), "coroutine": getattr(coroutine, "__qualname__", repr(coroutine))}
    return {**told, "stack": [line for frame in task.get_stack(limit=10) for line in _lines(frame)[:1]][::-1]}


def _garbage(monitor: Monitor) -> dict[str, Any]:
    return {
        "enabled": gc.isenabled(),
        "threshold": gc.get_threshold(),
        "count": gc.get_count(),
        "frozen": gc.get_freeze_count(),
        "since_import": gc.get_stats(),
        "watched": monitor.snapshot().gc,
    }
