"""What this process does: stacks of its threads, sampled or once; who allocated its memory. In pprof's format."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Final

from perfkit.model import pprof
from perfkit.model.profile import Frame, ProfileBuilder, ValueType

if TYPE_CHECKING:
    import tracemalloc
    from types import CodeType, FrameType

_DEPTH: Final = 128
_FRAMES: Final = 25  # of each allocation
_SAMPLED: Final = (ValueType("samples", "count"), ValueType("wall", "nanoseconds"))
_THREADS: Final = (ValueType("threads", "count"),)
_HELD: Final = (ValueType("inuse_objects", "count"), ValueType("inuse_space", "bytes"))


def profile(seconds: float, hertz: int = 100) -> bytes:
    """A sampling profile of all other threads, working or waiting: looks and wall nanoseconds of each stack."""
    builder = ProfileBuilder(_SAMPLED)
    own, period = threading.get_ident(), 1_000_000_000 // hertz
    samples = 0
    due = time.monotonic()
    end = due + seconds
    while due < end:
        for thread, frame in sys._current_frames().items():  # noqa: SLF001 - the documented way to see other threads
            if thread != own:
                builder.add(_stack(frame), 1, period)
        samples += 1
        due = max(due + 1 / hertz, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))
    return pprof.write(builder.profile(samples=samples))


def threads() -> bytes:
    """How many threads are in each stack, as Go tells its goroutines."""
    builder = ProfileBuilder(_THREADS)
    for frame in sys._current_frames().values():  # noqa: SLF001 - as above
        builder.add(_stack(frame), 1)
    return pprof.write(builder.profile())


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
    builder = ProfileBuilder(_HELD)
    for trace in snapshot.traces:
        builder.add(map(_line, trace.traceback), 1, trace.size)
    return pprof.write(builder.profile())


def _line(frame: tracemalloc.Frame) -> Frame:
    """Only lines are known, and no functions: a line stands as the function that it is."""
    return Frame(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}", frame.filename, frame.lineno)


def _stack(innermost: FrameType) -> list[Frame]:
    """Outermost first."""
    frames: list[Frame] = []
    frame: FrameType | None = innermost
    while frame is not None and len(frames) < _DEPTH:
        code = frame.f_code
        frames.append(Frame(_name(code), code.co_filename, frame.f_lineno or 0))
        frame = frame.f_back
    return frames[::-1]


def _name(code: CodeType) -> str:
    """A module's own code is named after its file: pprof takes ``<module>`` for a template's argument and drops it."""
    return code.co_qualname if code.co_qualname != "<module>" else code.co_filename.rpartition("/")[2]
