"""Waking at the nanosecond: a timerfd among the sockets where there is one, else the selector's own timeout."""

from __future__ import annotations

import ctypes
import os
import selectors
import time
from typing import Protocol

CLOCK_MONOTONIC = 1  # time.h
TFD_TIMER_ABSTIME = 1  # sys/timerfd.h
BILLION = 1_000_000_000


class Timer(Protocol):
    """Ends ``select`` in time."""

    kind: str

    def timeout(self, due: int | None) -> float | None:
        """What to give ``select`` as its timeout (s) in order to wake at ``due`` (ns); None: whenever a socket does."""
        ...

    def close(self) -> None:
        """Free it."""
        ...


class _Span(ctypes.Structure):
    """``struct itimerspec``."""

    _fields_ = (
        ("interval_s", ctypes.c_long),
        ("interval_ns", ctypes.c_long),
        ("value_s", ctypes.c_long),
        ("value_ns", ctypes.c_long),
    )


class TimerFd:
    """A Linux timerfd, readable when the time has come: epoll's own timeout counts in milliseconds."""

    kind = "timerfd"

    def __init__(self, selector: selectors.BaseSelector) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._set = libc.timerfd_settime
        self._fd = libc.timerfd_create(CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "no timerfd")
        self._span = _Span()
        self._armed: int | None = None
        selector.register(self._fd, selectors.EVENT_READ, None)

    def timeout(self, due: int | None) -> float | None:
        """See ``Timer``. Setting the timer again also makes it unreadable again."""
        if due is not None and due <= time.monotonic_ns():
            return 0.0
        if due != self._armed or self._passed():
            self._armed = due
            self._span.value_s, self._span.value_ns = divmod(due or 0, BILLION)
            self._set(self._fd, TFD_TIMER_ABSTIME, ctypes.byref(self._span), None)
        return None

    def close(self) -> None:
        """See ``Timer``."""
        os.close(self._fd)

    def _passed(self) -> bool:
        return self._armed is not None and self._armed <= time.monotonic_ns()


class SelectTimer:
    """The selector's timeout: a microsecond or a millisecond fine, as the system has it."""

    kind = "select"

    def timeout(self, due: int | None) -> float | None:
        """See ``Timer``."""
        return None if due is None else max(0.0, (due - time.monotonic_ns()) / BILLION)

    def close(self) -> None:
        """See ``Timer``."""


def timer_for(selector: selectors.BaseSelector) -> Timer:
    """The finest timer that the system has."""
    try:
        return TimerFd(selector)
    except (OSError, AttributeError):
        return SelectTimer()
