"""What a trial says of the link it ran over."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from perfkit.engine.carriage import Carriage, carriage
from perfkit.model.control import LATE, RelayStats
from perfkit.model.windows import Window
from perfkit.network.edges import Edge, EdgeLog, Outcome


@dataclass
class Counted:
    """A link of which only the counters are known."""

    late: int

    def stats(self) -> RelayStats:
        counts = dict.fromkeys(("open", "refused", "resets", "faults"), 0)
        return RelayStats(
            down=7000, up=70, connections=2, retransmissions=3, cpu=0.1,
            late_p50=1000, late_p99=self.late, lateness=(), **counts,
        )  # fmt: skip


def carried(late: int, folder: Path) -> Carriage:
    log = EdgeLog()
    log.switch(folder / "edges")
    for ns, outcome in ((10, Outcome.FULL), (60, Outcome.FAILED), (70, Outcome.RESUMED), (80, Outcome.RESUMED)):
        log.add(ns, outcome, 1, Edge.SHAKEN)
    for ns, total in ((10, 500), (60, 700), (110, 800)):
        log.add(ns, total, 1, Edge.TO_CLIENT)
    log.switch(None)
    return carriage(
        cast("Any", Counted(late)), (), folder / "edges", [Window(name="later", do="idle", start_ns=50, end_ns=100)]
    )


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
        }
    )


def test_a_trial_is_flagged_when_the_relay_was_late_by_more_than_a_millisecond_at_its_p99(tmp_path: Path) -> None:
    assert carried(LATE, tmp_path).doubts == ()
    assert carried(LATE + 500_000, tmp_path).doubts == ("the link's relay was late: p99 1.5 ms",)
