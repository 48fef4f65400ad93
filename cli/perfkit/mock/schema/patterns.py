"""Regular expressions of strangers: what would take linear time in Go and for ever in Python is cut short."""

from __future__ import annotations

import re
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

PATIENCE: Final = 0.05  # seconds of this process's CPU; what is no trap takes microseconds


class _TooLongError(Exception):
    """A search took all of its time."""


def matches(pattern: str, value: str) -> bool:
    """Whether it matches anywhere. What cannot be asked is not held against the value.

    That is what only Go's syntax has, and what takes too long. Only the main thread may ask.
    """
    try:
        with _limited():
            return re.search(pattern, value) is not None
    except (re.error, RecursionError, OverflowError, _TooLongError):
        return True


@contextmanager
def _limited() -> Iterator[None]:
    """Raises _TooLongError within: a search looks for signals as it goes."""
    before = signal.signal(signal.SIGVTALRM, _cut)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)


def _cut(_number: int, _frame: FrameType | None) -> None:
    raise _TooLongError
