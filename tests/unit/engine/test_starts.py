"""Several starts in one trial, several copies at once, and waits: on an invented clock and cluster."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import msgspec
import pytest

from perfkit.engine.start import Seen, start_values
from perfkit.engine.trial import Bench, Place, run_trial
from perfkit.engine.values import saved
from perfkit.model.catalogue import metric_of
from perfkit.model.measured import measured
from perfkit.model.requests import Entry
from perfkit.model.scenario import Idle, Launch, Quit, Ready, Rescale, Step, Wait
from perfkit.network.edges import Edge, EdgeLog
from perfkit.steps.stage import Start
from support.fakes import Behaviour, FakeWorld, scenario, spec

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.model.result import Trial

TWICE: tuple[Step, ...] = (Launch(name="first"), Quit(name="end"), Launch(name="second"), Quit(name="end-again"))


def run(world: FakeWorld, folder: Path, *steps: Step) -> Trial:
    bench = Bench(cluster=world, launcher=world, clock=world.clock, artifacts=folder, link=None, kept_homes=folder)
    return run_trial(bench, msgspec.structs.replace(scenario("mine"), steps=steps), spec("mine"), Place(0, 0, 0))


def test_each_start_has_values_and_the_trial_the_first_ones_start(tmp_path: Path) -> None:
    trial = run(FakeWorld({"mine": Behaviour(ready=1.0, cpu=0.5)}), tmp_path, *TWICE)
    assert trial.outcome == "ok"
    assert trial.values["startup.ready"] == trial.values["first/startup.ready"] == pytest.approx(1.0)
    assert trial.values["second/startup.ready"] == pytest.approx(1.0)


def test_what_starts_used_adds_up_but_memory_does_not(tmp_path: Path) -> None:
    trial = run(FakeWorld({"mine": Behaviour(cpu=0.5, memory=50_000_000)}), tmp_path, *TWICE)
    assert trial.values["second/cpu.seconds"] == 0.5
    assert trial.values["cpu.seconds"] == 1.0
    assert trial.values["memory.peak"] == 50_000_000


def test_one_start_has_no_values_of_its_own(tmp_path: Path) -> None:
    trial = run(FakeWorld({"mine": Behaviour()}), tmp_path, Launch(name="first"), Quit(name="end"))
    assert not [name for name in trial.values if name.startswith("first/startup")]


def test_what_the_cluster_has_to_say_is_a_note_of_a_trial_that_stays_valid(tmp_path: Path) -> None:
    trial = run(FakeWorld({"mine": Behaviour()}, notes=("the login was renewed",)), tmp_path, Launch(name="first"))
    assert (trial.outcome, trial.warnings) == ("ok", ("the login was renewed",))


def test_copies_are_ready_when_all_are(tmp_path: Path) -> None:
    """The cluster is asked for as many, since the launch began; the command is the bundled program that starts them."""
    world = FakeWorld({"mine": Behaviour()})
    trial = run(world, tmp_path, Launch(name="launch", copies=7))
    assert trial.outcome == "ok"
    assert world.expected_count == 7
    assert world.commands[-1][3:] == (world.commands[-1][3], "7", "client")
    assert world.commands[-1][3].endswith("copies.py")


def test_what_was_to_be_said_counts_as_said_however_the_target_ended_then(tmp_path: Path) -> None:
    """A client that tells of a missing cluster ends with 1; one that should go on fails at the next step."""
    world = FakeWorld({"mine": Behaviour(ready=0.5, exit_status=1)})
    admits = Launch(name="launch", until=Ready(kind="log", pattern="refused"))
    trial = run(world, tmp_path, admits, Quit(name="end"))
    assert (trial.outcome, trial.exit_status) == ("ok", 1)
    assert trial.values["startup.ready"] == pytest.approx(0.5)
    assert run(world, tmp_path, admits, Idle(name="on", duration=1.0)).outcome == "exited"
    assert run(world, tmp_path, Launch(name="launch")).outcome == "exited", "a watch that nobody holds is of no use"


def test_a_wait_counts_from_the_beginning_of_the_step_before(tmp_path: Path) -> None:
    world = FakeWorld({"mine": Behaviour(ready=1.0)})
    wait = Wait(name="again", until=Ready(kind="watch", resource="pods"))
    trial = run(world, tmp_path, Launch(name="launch"), Idle(name="quiet", duration=2.0), wait)
    assert world.expected_since == trial.origin_ns + trial.windows[1].start_ns
    assert trial.values["wait.time"] == trial.values["again/wait.time"]


def test_what_the_second_start_did_without_is_told(tmp_path: Path) -> None:
    """Four requests, then one: three quarters saved."""
    asked = [Entry(number=k, ns=ns) for k, ns in enumerate((110, 120, 130, 140, 210))]
    starts = [Start(name, SimpleNamespace(started_ns=ns)) for name, ns in (("first", 100), ("second", 200))]
    assert saved(starts, asked) == {"cache.saved": 0.75}
    assert saved(starts[:1], asked) == {}
    assert saved(starts, asked[4:]) == {}


def test_each_start_has_its_own_moments(tmp_path: Path) -> None:
    """The first waits for two answers, the second, ten seconds later, for one; each opens a connection of its own."""
    second = 1_000_000_000
    asked = [
        Entry(number=k, ns=at * second, last_ns=(at + 1) * second, verb="list", status=200, bytes=bytes_)
        for k, (at, bytes_) in enumerate(((2, 100), (4, 50), (13, 7)))
    ]
    log = EdgeLog()
    log.switch(tmp_path / "edges")
    log.add(second + 1, 0, 1, Edge.OPENED)
    log.add(12 * second, 0, 2, Edge.OPENED)
    log.switch(None)
    lives = (("first", 1, 6), ("second", 11, 15))
    starts = [Start(name, SimpleNamespace(started_ns=at * second), ready * second) for name, at, ready in lives]
    seen = Seen(asked, tmp_path / "edges", {})
    found = start_values(starts, seen)
    expected = {
        "startup.list": 4,
        "first/startup.list": 4,
        "second/startup.list": 3,
        "first/startup.requests": 2,
        "second/startup.requests": 1,
        "second/startup.bytes": 7,
        "second/startup.connection": 1,
        "startup.ready": 5,
        "second/startup.ready": 4,
    }
    assert {name: found[name] for name in expected} == expected
    assert all(metric_of(name) for name in found)
    assert start_values(starts[:1], seen)["startup.list"] == 4


def test_it_is_told_only_where_a_later_start_can_be_held_to_the_first() -> None:
    """Where the cluster was changed in between, or keys were pressed, the two starts had different things to do."""
    again = msgspec.structs.replace(scenario("mine"), steps=TWICE)
    busy = msgspec.structs.replace(again, steps=(*TWICE[:2], Rescale(name="more", pods=7), *TWICE[2:]))
    assert "cache.saved" in [metric.name for metric in measured(again, linked=False)]
    assert "cache.saved" not in [metric.name for metric in measured(busy, linked=False)]


def test_a_target_that_reads_more_slowly_than_the_cluster_changes_is_told_of(tmp_path: Path) -> None:
    """What it held at the end is that of an earlier cluster."""
    watch = Entry(method="GET", path="/api/v1/pods", verb="watch", resource="pods", status=200, last_ns=9, behind=2325)
    (tmp_path / "0000-mine.requests.jsonl").write_bytes(msgspec.json.encode(watch) + b"\n")
    trial = run(FakeWorld({"mine": Behaviour()}), tmp_path, Launch(name="launch"))
    assert trial.values["api.watch_behind"] == 2325
    assert "mine had not taken 2,325 changes when it ended: it reads more slowly than they came" in trial.warnings
