"""Trials of targets in a terminal, with no process: steps that type and wait, screens, and what is measured of them."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from perfkit.engine.trial import Bench, Place, run_trial
from perfkit.model.churn import Churn
from perfkit.model.result import Trial
from perfkit.model.scenario import Idle, Keys, Launch, Query, Quit, Ready, Resize, Scenario, Step, Stir, Terminal, Wait
from support.fakes import Behaviour, FakeClock, FakeWorld, spec

SIZE = Terminal(columns=20, rows=4)
FULL = Ready(kind="screen", pattern="^full")
START: tuple[tuple[float, bytes], ...] = ((0.5, b"loading"), (0.9, b"\x1b[H\x1b[Kfull: 10 pods"))


class House:
    """A bench on which everything is invented but the files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def trial(self, behaviour: Behaviour, *steps: Step, **fields: Any) -> Trial:
        self.world = FakeWorld({"mine": behaviour})
        target = spec("mine", **{"terminal": SIZE, "ready": FULL, **fields})
        scenario = Scenario(name="ui", title="UI", steps=(Launch(timeout=5.0), *steps), targets=(target,))
        bench = Bench(self.world, self.world, self.world.clock, self.folder, None, self.folder)
        return run_trial(bench, scenario, target, Place(0, 0, 0))

    def changes(self, *changes: tuple[float, str]) -> None:
        """Have the log of changes say (seconds after the start, what a table shows of ``pod-a`` from then on)."""
        start = FakeClock().now()
        lines = [{"ns": start + round(s * 1e9), "name": "pod-a", "shows": shows.split()} for s, shows in changes]
        (self.folder / "0000-mine.changes.jsonl").write_text("\n".join(map(json.dumps, lines)))

    def artifact(self, suffix: str) -> str:
        return (self.folder / f"0000-mine.{suffix}").read_text(encoding="utf-8")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def seconds(trial: Trial, name: str) -> float:
    return round(trial.values[name], 6)


def test_what_is_drawn_counts_as_said_though_no_line_was_ended(house: House) -> None:
    """A client that tells in its window that the cluster is gone, say; bytes alone have no such line."""
    drawn = Ready(kind="log", pattern="^full: 10")
    trial = house.trial(Behaviour(ready=None, paints=START), Quit(), ready=drawn)
    assert trial.ok
    assert seconds(trial, "startup.ready") == 0.9


def test_ready_is_when_the_screen_says_so(house: House) -> None:
    trial = house.trial(Behaviour(paints=START), Idle(duration=1.0), Quit())
    assert trial.ok
    assert seconds(trial, "startup.ready") == seconds(trial, "ui.useful_screen") == 0.9
    assert seconds(trial, "ui.first_paint") == 0.5
    assert seconds(trial, "ui.frames") == seconds(trial, "launch/ui.frames") + seconds(trial, "idle/ui.frames") == 2
    assert seconds(trial, "ui.bytes_per_frame") == (7 + 19) / 2


def test_what_a_terminal_showed_is_kept_for_people(house: House) -> None:
    """The recording as asciicast, the last screen as text and as picture; the raw recording is gone."""
    trial = house.trial(Behaviour(paints=(*START, (1.0, b"\r\n\x1b[31mred & <more>"))), Idle(duration=1.0), Quit())
    assert {name.partition(".")[2] for name in trial.artifacts} == {"cast", "screen.txt", "screen.svg"}
    header, *events = map(json.loads, house.artifact("cast").splitlines())
    assert (header["version"], header["width"], header["height"]) == (2, 20, 4)
    assert [event[:2] for event in events] == [[0.5, "o"], [0.9, "o"], [1.0, "o"]]
    assert house.artifact("screen.txt") == "full: 10 pods\nred & <more>\n"
    assert "red\xa0&amp;\xa0&lt;more&gt;" in house.artifact("screen.svg")
    assert trial.screen == "", "only of a failure"


def test_a_screen_that_never_comes_is_told_and_kept(house: House) -> None:
    """The reason ends with the last line of the screen; the whole of it goes with the trial."""
    trial = house.trial(Behaviour(paints=((0.5, b"no cluster\r\ngiving up"),)))
    assert (trial.outcome, trial.screen) == ("timeout", "no cluster\ngiving up")
    assert trial.reason == "not ready (screen ^full) within 5.0 s; its screen ends with: giving up"
    assert house.artifact("screen.txt") == "no cluster\ngiving up\n"


def test_keys_are_timed_until_the_screen_changes(house: House) -> None:
    trial = house.trial(Behaviour(paints=START, echo=0.08), Keys(name="down", send="x", times=4), Quit())
    assert seconds(trial, "ui.key_to_paint.p50") == seconds(trial, "down/ui.key_to_paint.p99") == 0.08
    assert seconds(trial, "down/ui.frames") == 4
    assert seconds(trial, "ui.longest_freeze") == 0.28, "from a paint over the pause to the next"
    assert not trial.warnings
    assert sum('"i"' in line for line in house.artifact("cast").splitlines()) == 4


def test_keys_that_change_nothing_count_as_the_wait_for_them(house: House) -> None:
    """A target that has frozen is not left out of its percentiles."""
    trial = house.trial(Behaviour(paints=START), Keys(send="x", times=2, timeout=1.5))
    assert trial.ok
    assert seconds(trial, "ui.key_to_paint.p50") == 1.5
    assert trial.warnings == ("2 of 2 keys changed nothing within 1.5 s: counted as that long",)


def test_keys_with_a_condition_wait_for_that_change(house: House) -> None:
    shown = Ready(kind="screen", pattern="here$")
    behaviour = Behaviour(paints=(*START, (1.2, b"\r\nnot yet"), (1.6, b" but here")))
    trial = house.trial(behaviour, Keys(send="x", until=shown))
    assert seconds(trial, "ui.key_to_paint.p50") == 0.7
    assert house.trial(Behaviour(paints=START), Keys(send="x", until=shown)).outcome == "timeout"


def test_a_query_is_timed_until_its_answer_each_time(house: House) -> None:
    """What it waits for must come after the question: that it stands there already is no answer."""
    asked = Query(name="find", keys="z", until=Ready(kind="screen", pattern="z"), times=3, pause=0.1)
    trial = house.trial(Behaviour(paints=START, echo=0.25), asked)
    assert [seconds(trial, f"find/query.time.{stat}") for stat in ("p50", "p95", "p99")] == [0.25] * 3
    frozen = house.trial(Behaviour(paints=START), asked)
    assert frozen.reason.startswith("query 1 of 3 not answered (screen z) within 10 s; its screen ends with: full")


def test_a_query_by_signal_waits_for_a_line(house: House) -> None:
    asked = Query(signal=signal.SIGUSR1, until=Ready(kind="log", pattern="^dumped"), times=2)
    trial = house.trial(Behaviour(paints=START), asked)
    assert house.world.running is not None
    assert house.world.running.signals == [signal.SIGUSR1] * 2
    assert house.world.running.expected == "^dumped"
    assert seconds(trial, "query.time.p50") == 1.0


def test_waiting_for_what_stands_there_already_is_over_at_once(house: House) -> None:
    trial = house.trial(Behaviour(paints=START), Wait(until=FULL), Wait(name="more", until=FULL, timeout=1.0))
    assert trial.ok
    assert [window.seconds for window in trial.windows][1:] == [0, 0]
    late = Behaviour(paints=(*START, (3.0, b"\r\nend")))
    assert house.trial(late, Wait(until=Ready(kind="screen", pattern="^end"))).ok
    assert house.trial(late, Wait(until=Ready(kind="screen", pattern="^end"), timeout=1.0)).outcome == "timeout"


def test_another_size_is_on_record(house: House) -> None:
    trial = house.trial(
        Behaviour(paints=(*START, (2.0, b"\x1b[6;1Hsix"))), Resize(columns=30, rows=6), Idle(duration=3.0)
    )
    assert trial.ok
    assert any(json.loads(line)[1:] == ["r", "30x6"] for line in house.artifact("cast").splitlines()[1:])
    assert house.artifact("screen.txt").splitlines()[5] == "six"


def test_a_target_is_quit_as_its_user_would(house: House) -> None:
    """Its keys are typed first; what it paints on its way out is not its last screen."""
    trial = house.trial(Behaviour(paints=START, echo=0.1), Quit(), quit=":q\r")
    assert trial.ok
    assert house.world.running is not None
    assert house.world.running.stopped
    assert house.artifact("screen.txt") == "full: 10 pods\n"
    assert json.loads(house.artifact("cast").splitlines()[3])[1:] == ["i", ":q\r"]


def test_changes_in_the_cluster_are_followed_to_the_screen(house: House) -> None:
    """Churn in the background goes on under the next steps; each sees what changed in its own time."""
    house.changes((2.0, "0/1 Running"), (4.5, "1/1 Running"))
    paints = ((0.5, b"full\r\npod-a 1/1 Running"), (2.25, b"\x1b[2;7H0"), (4.6, b"\x1b[2;7H1"))
    churn = Stir(churn=Churn(rate=10.0), background=True)
    trial = house.trial(
        Behaviour(paints=paints), churn, Idle(name="a", duration=2.0), Idle(name="b", duration=3.0), Quit()
    )
    assert trial.ok
    assert [seconds(trial, f"{step}/ui.event_to_paint.p95") for step in "ab"] == [0.25, 0.1]
    assert (trial.values["ui.events"], trial.values["churn.events"]) == (2, 25)
    assert [trial.values[f"{step}/ui.events"] for step in "ab"] == [1, 1]
    assert trial.values["churn/churn.events"] == 25, "of the step that began it"
    assert seconds(trial, "a/ui.longest_freeze") == 1.75
    assert "quit/ui.longest_freeze" not in trial.values


def test_a_screen_that_freezes_is_as_stale_as_it_is(house: House) -> None:
    house.changes((2.0, "0/1 Running"))
    behaviour = Behaviour(paints=((0.5, b"full\r\npod-a 1/1 Running"),))
    trial = house.trial(behaviour, Stir(churn=Churn(rate=1.0), duration=5.5), Quit())
    assert seconds(trial, "ui.event_to_paint.p50") == 4
    assert "1 changes were never shown, and count as shown at the end" in trial.warnings


def test_each_start_has_a_recording_of_its_own(house: House) -> None:
    """The first moments are those of the first start; frames and last screens are of all."""
    trial = house.trial(Behaviour(paints=START), Quit(), Launch(name="again", timeout=5.0), Quit(name="end"))
    assert trial.ok, trial.reason
    assert {name for name in trial.artifacts if name.endswith(".cast")} == {"0000-mine.cast", "0000-mine.2.cast"}
    assert house.artifact("2.screen.txt") == house.artifact("screen.txt") == "full: 10 pods\n"
    assert (seconds(trial, "ui.first_paint"), seconds(trial, "ui.useful_screen")) == (0.5, 0.9)
    assert seconds(trial, "ui.frames") == 2 * seconds(trial, "again/ui.frames") == 4
    assert not list(house.folder.glob("*.tty"))


def test_each_start_has_its_own_first_moments_on_the_screen(house: House) -> None:
    trial = house.trial(Behaviour(paints=START), Quit(), Launch(name="second", timeout=5.0), Quit())
    assert [seconds(trial, f"{step}ui.first_paint") for step in ("", "launch/", "second/")] == [0.5, 0.5, 0.5]
    assert [seconds(trial, f"{step}ui.useful_screen") for step in ("", "launch/", "second/")] == [0.9, 0.9, 0.9]
    assert seconds(trial, "second/startup.requests{phase=useful_screen}") == 0
