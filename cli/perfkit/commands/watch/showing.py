"""A watch while it goes on: as the view on a terminal, as lines, or silently until its end."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from typing import TYPE_CHECKING

from perfkit.commands.watch.choices import memory_limit
from perfkit.errors import PerfkitError
from perfkit.measure.live.session import Session
from perfkit.model.limits import Limit
from perfkit.model.readings import dimension
from perfkit.views.console import stdout
from perfkit.views.readings import line
from perfkit.views.text import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from perfkit.commands.watch.source import Source
    from perfkit.measure.live.session import Watchdog, Why
    from perfkit.model.readings import Readings
    from perfkit.monitor.alerts import Rule


class Sitting:
    """A session, and how it went; the view is fed from it."""

    def __init__(self, source: Source, watchdog: Watchdog, duration: float | None) -> None:
        self.title: str = source.title
        self.output: Path | None = source.output
        self.why: Why | None = None  # why it is over; None: it goes on
        self.failure: PerfkitError | None = None
        self.listen: Callable[[Readings], object] = lambda _readings: None
        self._session = Session(source, watchdog, self._hear, duration)

    @property
    def latest(self) -> Readings | None:
        """The newest readings."""
        return self._session.latest

    @property
    def ending(self) -> str:
        """How what is watched ended."""
        return self._session.ending

    @property
    def over(self) -> bool:
        """Whether nothing is left to see: time is up, or it failed. An end of what is watched can be looked at."""
        return self.failure is not None or self.why == "time"

    def run(self) -> None:
        """Watch to the end, and note how it came."""
        try:
            self.why = self._session.run()
        except PerfkitError as error:
            self.failure = error

    def stop(self) -> None:
        """Let it be over soon."""
        self._session.stop()

    def _hear(self, readings: Readings) -> None:
        self.listen(readings)


def show_view(sitting: Sitting, rules: Sequence[Rule]) -> None:
    """On the terminal, which is the view's alone; the watch goes on in a thread. Raises PerfkitError."""
    from perfkit.views.top import Top

    limits = {rule.metric: Limit.parse(rule.limit, dimension(rule.metric)) for rule in reversed(rules)}
    watch = threading.Thread(target=sitting.run, name="perfkit-watch", daemon=True)
    watch.start()
    try:
        Top(sitting, limits).run()
    finally:
        sitting.stop()
        watch.join()
    _check(sitting)


def show_lines(sitting: Sitting, rules: Sequence[Rule]) -> None:
    """A line a reading on stdout. Raises PerfkitError."""
    began: float | None = None
    limit = memory_limit(rules)
    width = stdout().width if sys.stdout.isatty() else None

    def tell(readings: Readings) -> None:
        nonlocal began
        began = readings.at if began is None else began
        told = line(readings, began, limit)
        sys.stdout.write(f"{told if width is None else folded(told, width)}\n")
        sys.stdout.flush()

    sitting.listen = tell
    show_nothing(sitting, rules)


def show_nothing(sitting: Sitting, _rules: Sequence[Rule]) -> None:
    """Only watch. Raises PerfkitError."""
    with _interruptible(sitting):
        sitting.run()
    _check(sitting)


@contextlib.contextmanager
def _interruptible(sitting: Sitting) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the watch in order, not in the midst of a word to one of our processes."""

    def end(_signal: int, _frame: object) -> None:
        sitting.stop()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _check(sitting: Sitting) -> None:
    if sitting.failure is not None:
        raise sitting.failure
