"""The proof of a link as a person reads it: who played it, how late, and what to doubt."""

from __future__ import annotations

import pytest

from perfkit.model.link import LinkProfile
from perfkit.model.relay import RelayStats
from perfkit.network.proof import Check, Proof
from perfkit.views.link import described, histogram, notes, show_proof


def proof(backend: str = "relay", *, late_p99: int = 40_000, why: str = "") -> Proof:
    stats = RelayStats(
        down=1,
        up=1,
        connections=1,
        open=0,
        refused=0,
        resets=0,
        faults=0,
        retransmissions=0,
        cpu=0.1,
        late_p50=20_000,
        late_p99=late_p99,
        lateness=((20_000, 30), (late_p99, 10)),
    )
    return Proof(
        link=LinkProfile(name="vpn", rtt=0.06, jitter=0.005, down=2e7, loss=0.005),
        backend=backend,
        how=f"{backend} of a test",
        why=why,
        checks=(
            Check(name="round trip", kind="time", asked=0.06, measured=0.0604, n=40),
            Check(name="rate down", kind="bits", asked=2e7, measured=1.99e7, n=1),
            Check(name="loss", kind="ratio", asked=0.005, measured=0.006, n=2000),
        ),
        priority="SCHED_FIFO",
        timer="timerfd",
        stats=stats,
    )


def test_the_title_says_all_that_the_link_does() -> None:
    assert described(proof()) == ("vpn: 60 ms, ± 5 ms each way, 20 Mbit/s down, unlimited up, 0.5 % loss each way")


def test_errors_are_in_the_unit_that_fits_the_property(capsys: pytest.CaptureFixture[str]) -> None:
    show_proof(proof())
    said = capsys.readouterr().out
    assert all(error in said for error in ("+0.40 ms", "-0.5 %", "+0.10 points"))
    assert "relay late: p50 20 µs, p99 40 µs (timerfd)" in said


def test_only_a_relay_can_be_late(capsys: pytest.CaptureFixture[str]) -> None:
    show_proof(proof("netem"))
    said = capsys.readouterr().out
    assert "played by netem of a test" in said
    assert "late" not in said


def test_a_late_relay_and_the_choice_of_auto_are_noted() -> None:
    assert not any(note.startswith("!") for note in notes(proof(late_p99=1_000_000)))
    assert any(note.startswith("! the relay was late") for note in notes(proof(late_p99=1_000_001)))
    assert "· --backend auto took relay: no root" in notes(proof(why="no root"))


def test_the_histogram_has_a_bar_for_each_step_that_was_needed_and_one_beyond_the_last() -> None:
    assert [line.split()[:4] for line in histogram(((9_000, 1), (15_000, 2), (20_000, 2), (9_000_000, 1)))] == [
        ["≤", "10", "µs", "1"],
        ["≤", "20", "µs", "4"],
        [">", "5000", "µs", "1"],
    ]
