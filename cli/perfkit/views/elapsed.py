"""How long something has been going on: a line that changes on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from rich.text import Text

from perfkit.model.units import format_duration
from perfkit.views.console import stderr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

PER_SECOND: Final = 2.0  # redraws: each takes CPU from what is looked at
SELDOM: Final = 30.0  # seconds between two lines where there is no terminal


@contextmanager
def showing_elapsed(what: str, expected: float = 0.0) -> Iterator[None]:
    """Tell what goes on inside, and for how long of how many seconds; 0: nobody knows how many."""
    console, line = stderr(), _Line(what, expected)
    if console.is_terminal:
        with console.status(line, refresh_per_second=PER_SECOND):
            yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_tell_seldom, args=(console, line, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def told(what: str, elapsed: float, expected: float) -> str:
    """``profiling mine with py-spy · 12 s of about 20 s, 60 %``; beyond what was expected without a percentage."""
    if elapsed < 1:
        return f"{what}, about {format_duration(expected)}" if expected else what
    if not expected:
        return f"{what} · {format_duration(elapsed)}"
    if elapsed > expected:
        return f"{what} · {format_duration(elapsed)}, {format_duration(expected)} were expected"
    return f"{what} · {format_duration(elapsed)} of about {format_duration(expected)}, {100 * elapsed / expected:.0f} %"


class _Line:
    def __init__(self, what: str, expected: float) -> None:
        self._what, self._expected, self._since = what, expected, time.monotonic()

    def __rich__(self) -> Text:
        return Text(told(self._what, time.monotonic() - self._since, self._expected), style="dim")


def _tell_seldom(console: Console, line: _Line, over: threading.Event) -> None:
    console.print(line, soft_wrap=True)
    while not over.wait(SELDOM):
        console.print(line, soft_wrap=True)
