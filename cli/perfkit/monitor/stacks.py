"""What this process does: stacks of its threads, sampled or once; who allocated its memory. In pprof's format."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from perfkit.monitor.pprof import Place, Stack, encode

if TYPE_CHECKING:
    import tracemalloc
    from types import FrameType

_DEPTH: Final = 128
_FRAMES: Final = 25  # of each allocation


def profile(seconds: float, hertz: int = 100) -> bytes:
    """A sampling profile of all other threads, working or waiting: ``samples`` and ``wall`` nanoseconds of each stack.

    Sampling takes the interpreter's lock for about 30 µs at each look.
    """
    found: Counter[Stack] = Counter()
    own = threading.get_ident()
    began = time.monotonic()
    due, end = began, began + seconds
    while due < end:
        for thread, frame in sys._current_frames().items():  # noqa: SLF001 - the documented way to see other threads
            if thread != own:
                found[_stack(frame)] += 1
        due = max(due + 1 / hertz, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))
    took = round((time.monotonic() - began) * 1e9)
    period = 1_000_000_000 // hertz
    values = {stack: (count, count * period) for stack, count in found.items()}
    return encode((("samples", "count"), ("wall", "nanoseconds")), values, duration_ns=took, period=period)


def threads() -> bytes:
    """How many threads are in each stack, as Go tells its goroutines."""
    found = Counter(_stack(frame) for frame in sys._current_frames().values())  # noqa: SLF001 - as above
    return encode((("threads", "count"),), {stack: (count,) for stack, count in found.items()})


def heap(seconds: float) -> bytes:
    """What was allocated within ``seconds`` and lives on, by the stack that did; all, if tracemalloc runs already.

    The program runs 5 to 50 times slower meanwhile where it allocates much.
    """
    import tracemalloc  # nobody else needs it

    began_here = not tracemalloc.is_tracing()
    if began_here:
        tracemalloc.start(_FRAMES)
    try:
        time.sleep(seconds)
        snapshot = tracemalloc.take_snapshot()
    finally:
        if began_here:
            tracemalloc.stop()
    found: dict[Stack, list[int]] = {}
    for trace in snapshot.traces:
        stack = tuple(map(_place, reversed(trace.traceback)))
        values = found.setdefault(stack, [0, 0])
        values[0] += 1
        values[1] += trace.size
    return encode((("inuse_objects", "count"), ("inuse_space", "bytes")), found, duration_ns=round(seconds * 1e9))


def _place(frame: tracemalloc.Frame) -> Place:
    """Tracemalloc knows lines and no functions: a line stands as the function that it is."""
    return f"{frame.filename.rpartition('/')[2]}:{frame.lineno}", frame.filename, frame.lineno


def _stack(innermost: FrameType) -> Stack:
    places: list[Place] = []
    frame: FrameType | None = innermost
    while frame is not None and len(places) < _DEPTH:
        code = frame.f_code
        places.append((code.co_qualname, code.co_filename, frame.f_lineno or 0))
        frame = frame.f_back
    return tuple(places)
