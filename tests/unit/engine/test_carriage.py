"""What a trial says of the link it ran over."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from perfkit.engine.carriage import Carriage, carriage
from perfkit.model.relay import LATE, RelayStats
from perfkit.model.windows import Window
from perfkit.network.edges import MAGIC, Edge, EdgeLog, Outcome


def counted(
    late: int, *, connections: int = 2, again: int = 3, lateness: tuple[tuple[int, int], ...] = ()
) -> RelayStats:
    counts = dict.fromkeys(("open", "refused", "resets", "faults"), 0)
    return RelayStats(
        down=7000, up=70, connections=connections, retransmissions=again, cpu=0.1,
        late_p50=1000, late_p99=late, lateness=lateness, **counts,
    )  # fmt: skip


@dataclass
class Counted:
    """A link of which only the counters are known."""

    now: RelayStats

    def stats(self) -> RelayStats:
        return self.now


def carried(late: int, folder: Path) -> Carriage:
    log = EdgeLog()
    log.switch(folder / "edges")
    for ns, outcome in ((10, Outcome.FULL), (60, Outcome.FAILED), (70, Outcome.RESUMED), (80, Outcome.RESUMED)):
        log.add(ns, outcome, 1, Edge.SHAKEN)
    for ns, total in ((10, 500), (60, 700), (110, 800)):
        log.add(ns, total, 1, Edge.TO_CLIENT)
    log.switch(None)
    window = Window(name="later", do="idle", start_ns=50, end_ns=100)
    return carriage(cast("Any", Counted(counted(late))), (), folder / "edges", [window], [counted(late)])


def test_lateness_bytes_repetitions_connections_and_handshakes_are_values_of_the_trial(tmp_path: Path) -> None:
    assert carried(40_000, tmp_path) == Carriage(
        {
            "link.bytes": 7000,
            "link.bytes_sent": 70,
            "link.connections": 2,
            "link.retransmissions": 3,
            "link.lateness.p99": 40_000 / 1e9,
            "api.handshakes": 4,
            "api.handshakes{outcome=full}": 1,
            "api.handshakes{outcome=failed}": 1,
            "api.handshakes{outcome=resumed}": 2,
            "later/api.handshakes{outcome=failed}": 1,
            "later/api.handshakes{outcome=resumed}": 2,
            "later/link.bytes": 200,
            "later/link.bytes_sent": 0,
            "later/link.connections": 2,
            "later/link.retransmissions": 3,
        }
    )


def test_a_trial_is_flagged_when_the_relay_was_late_by_more_than_a_millisecond_at_its_p99(tmp_path: Path) -> None:
    assert carried(LATE, tmp_path).doubts == ()
    assert carried(LATE + 500_000, tmp_path).doubts == ("the link's relay was late: p99 1.5 ms",)


def test_counters_of_a_step_are_what_came_while_it_ran_and_one_that_failed_has_what_came_until_the_end(
    tmp_path: Path,
) -> None:
    names = ("launch", "idle", "busy")
    windows = [Window(name=name, do=name, start_ns=50 * k, end_ns=50 * k + 50) for k, name in enumerate(names)]
    ends = [
        counted(90, connections=2, again=1, lateness=((10, 98), (90, 2))),
        counted(90, connections=2, again=1, lateness=((10, 98), (90, 2))),
    ]
    at_last = counted(90, connections=5, again=8, lateness=((10, 198), (50, 40), (90, 2)))
    (tmp_path / "edges").write_bytes(MAGIC)
    found = carriage(cast("Any", Counted(at_last)), (), tmp_path / "edges", windows, ends).values
    counters = ("link.connections", "link.retransmissions", "link.lateness.p99")
    assert {name: found[name] for name in counters} == dict(zip(counters, (5, 8, 90 / 1e9), strict=True))
    assert [found.get(f"launch/{name}") for name in counters] == [2, 1, 90 / 1e9]
    assert [found.get(f"idle/{name}") for name in counters] == [0, 0, None]
    assert [found.get(f"busy/{name}") for name in counters] == [3, 7, 50 / 1e9]
