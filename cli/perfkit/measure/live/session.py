"""A watch over a program: read it again and again, until it ends, time is up, or somebody has seen enough."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from perfkit.measure.live.watched import EndedError
from perfkit.model.readings import Readings, dimension, rated, values
from perfkit.model.units import format_beside
from perfkit.monitor.alerts import Alerts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perfkit.measure.live.watched import Watched
    from perfkit.monitor.alerts import Rule

Why = Literal["stopped", "time", "ended"]

INTERVAL: Final = 1.0  # seconds between two readings
SHARE: Final = 0.05  # of the time at most that reading may take: where it takes long, it is done less often


class Watchdog:
    """Rules over readings. ``broken`` tells of those that fired, with the value that did it."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Raises ScenarioError: no such metric, or no limit for one."""
        self._rules = {rule.name: rule for rule in rules}
        self._alerts = Alerts(rules)
        self._fired: dict[str, str] = {}  # the value that did it, the last time
        self.broken: dict[str, str] = {}

    def see(self, readings: Readings) -> Readings:
        """The same readings with what fires now, beside what fires already by the program's own account."""
        found = values(readings)
        for alert in self._alerts.see(readings.at, found):
            if alert.turn == "firing":
                self._fired[alert.name] = format_beside(alert.value, dimension(alert.metric), alert.limit)
                self.broken.setdefault(alert.name, self._told(alert.name, ""))
        firing = tuple(self._told(name, self._now(name, found)) for name in self._alerts.firing())
        return msgspec.structs.replace(readings, alerts=(*readings.alerts, *firing))

    def _told(self, name: str, now: str) -> str:
        rule = self._rules[name]
        return f"{rule.metric} {self._fired[name]}{now}, limit {rule.limit}"

    def _now(self, name: str, found: dict[str, float]) -> str:
        """What it is now, where that is another value than the one that fired: an alert lasts until all is calm."""
        rule = self._rules[name]
        value = found.get(rule.metric)
        now = "unknown" if value is None else format_beside(value, dimension(rule.metric), rule.limit)
        return "" if now == self._fired[name] else f", now {now}"


class Session:
    """Reads what is watched once a second and hands readings to ``listen``, from the thread that calls ``run``."""

    def __init__(
        self, watched: Watched, watchdog: Watchdog, listen: Callable[[Readings], object], duration: float | None = None
    ) -> None:
        self._watched = watched
        self._watchdog = watchdog
        self._listen = listen
        self._duration = duration
        self._stop = threading.Event()
        self._before: Readings | None = None
        self._cost = self._spent()
        self.latest: Readings | None = None
        self.ending = ""  # how what was watched ended

    def run(self) -> Why:
        """Watch. Raises PerfkitError where it cannot be looked at any more."""
        end = math.inf if self._duration is None else time.monotonic() + self._duration
        try:
            while time.monotonic() < end:
                began = time.monotonic()
                self._tell(self._watched.read())
                took = time.monotonic() - began
                pause = max(INTERVAL - took, took / SHARE)
                if self._stop.wait(min(pause, max(0.0, end - time.monotonic()))):
                    return "stopped"
            self._tell(self._watched.read())
        except EndedError as ended:
            self.ending = str(ended)
            return "ended"
        return "time"

    def stop(self) -> None:
        """Have ``run`` return soon; for any thread."""
        self._stop.set()

    def _tell(self, readings: Readings) -> None:
        cost = self._spent()
        overhead = None
        if self._before is not None and readings.at > self._before.at:
            overhead = (cost - self._cost) / (readings.at - self._before.at)
        self._cost = cost
        known = rated(msgspec.structs.replace(readings, overhead=overhead), self._before)
        self._before = readings
        self.latest = self._watchdog.see(known)
        self._listen(self.latest)

    def _spent(self) -> float:
        return time.process_time() + self._watched.cost()
