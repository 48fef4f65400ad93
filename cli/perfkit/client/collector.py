"""When Python's garbage collector may run in a program that holds much.

Rows are none of its business, but while they are loaded it would look again and again at what grows around them. So it
is off then; what was loaded is frozen (never looked at again); young collections come more rarely than by default; and
full ones come when the watch is silent, or when the interpreter cannot wait.
"""

from __future__ import annotations

import gc
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

THRESHOLDS: Final = (10_000, 20, 50)  # Python's own are 700, 10, 10
IDLE: Final = 30.0  # seconds between collections in silence

_lock: Final = threading.Lock()
_loading = 0  # caches that load just now
_enabled = False  # whether the collector ran before the first of them


@contextmanager
def off_while_loading() -> Iterator[None]:
    """No garbage collection in here, and what is alive at the end is left out of it for good. For any thread."""
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _loading, _enabled  # noqa: PLW0603 - there is one collector a process
    with _lock:
        if not _loading:
            _enabled = gc.isenabled()
            gc.disable()
        _loading += 1


def _leave() -> None:
    global _loading  # noqa: PLW0603 - there is one collector a process
    with _lock:
        _loading -= 1
        if not _loading:
            gc.freeze()
            if _enabled:
                gc.enable()


class IdleCollector:
    """Full collections when nothing else is to be done, at most one in ``IDLE`` seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = clock()
        self._before = gc.get_threshold()
        gc.set_threshold(*THRESHOLDS)

    def idle(self) -> None:
        """Nothing is to be done just now."""
        now = self._clock()
        if now - self._last >= IDLE:
            self._last = now
            gc.collect()

    def close(self) -> None:
        """As it was before."""
        gc.set_threshold(*self._before)
