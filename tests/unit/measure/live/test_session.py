from __future__ import annotations

import time

import pytest

from perfkit.errors import PerfkitError, ScenarioError
from perfkit.measure.live import session
from perfkit.measure.live.session import Session, Watchdog
from perfkit.measure.live.watched import EndedError
from perfkit.model.readings import CallReading, Readings
from perfkit.monitor.alerts import Rule


class Invented:
    """Something that uses more memory at each look, and ends after a few."""

    def __init__(self, looks: int = 1000) -> None:
        self.looks, self.left = 0, looks

    def read(self) -> Readings:
        if self.looks == self.left:
            raise EndedError("it had enough")
        self.looks += 1
        calls = (CallReading(verb="list", resource="pods", count=10 * self.looks),)
        return Readings(at=float(self.looks), memory=self.looks * 1e6, calls=calls)

    def cost(self) -> float:
        return 0.5 * self.looks


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "INTERVAL", 0.0)
    monkeypatch.setattr(session, "SHARE", 1.0)


def test_it_ends_with_what_it_watches() -> None:
    heard: list[Readings] = []
    watch = Session(Invented(3), Watchdog(()), heard.append)
    assert watch.run() == "ended"
    assert (watch.ending, watch.latest) == ("it had enough", heard[-1])
    assert [each.calls[0].rate for each in heard] == [None, 10.0, 10.0]


def test_it_ends_when_somebody_has_seen_enough() -> None:
    invented = Invented()
    watch = Session(invented, Watchdog(()), lambda readings: watch.stop() if readings.at == 4 else None)
    assert watch.run() == "stopped"
    assert invented.looks == 4


def test_it_ends_when_time_is_up_after_a_last_look() -> None:
    heard: list[Readings] = []
    watch = Session(Invented(), Watchdog(()), heard.append, duration=0.0)
    assert watch.run() == "time"
    assert len(heard) == 1


def test_what_looking_costs_is_told() -> None:
    heard: list[Readings] = []
    Session(Invented(3), Watchdog(()), heard.append).run()
    assert heard[0].overhead is None
    assert heard[2].overhead is not None
    assert heard[2].overhead >= 0.5


def test_what_takes_long_to_read_is_read_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most a part of the time is spent reading."""
    monkeypatch.setattr(session, "SHARE", 0.1)
    waited: list[float] = []
    watch = Session(Invented(2), Watchdog(()), lambda _: time.sleep(0.002))

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return False

    monkeypatch.setattr(watch._stop, "wait", wait)
    watch.run()
    assert min(waited) >= 0.02


def test_a_failure_to_look_passes_through() -> None:
    class Broken(Invented):
        def read(self) -> Readings:
            raise PerfkitError("the sampler is gone")

    with pytest.raises(PerfkitError, match="gone"):
        Session(Broken(), Watchdog(()), lambda _: None).run()


def test_a_broken_limit_is_told_with_the_value_that_did_it_and_that_of_now() -> None:
    watchdog = Watchdog([Rule("memory", "memory.rss", "< 2 MB")])
    heard: list[Readings] = []
    Session(Invented(4), watchdog, heard.append).run()
    assert [each.alerts for each in heard] == [
        (),
        ("memory.rss 2 MB, limit < 2 MB",),
        ("memory.rss 2 MB, now 3 MB, limit < 2 MB",),
        ("memory.rss 2 MB, now 4 MB, limit < 2 MB",),
    ]
    assert watchdog.broken == {"memory": "memory.rss 2 MB, limit < 2 MB"}


def test_a_rule_about_nothing_is_refused() -> None:
    with pytest.raises(ScenarioError, match="no metric"):
        Watchdog([Rule("x", "memory.rs", "< 1 MB")])
