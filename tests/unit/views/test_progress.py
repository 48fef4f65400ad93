"""Progress is told between trials and never inside one."""

from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console

from perfkit.model.events import Looked, PlanMade, RunStarted, TrialFinished, TrialStarted
from perfkit.model.result import Trial
from perfkit.model.scenario import UNLIMITED
from perfkit.views import progress
from perfkit.views.progress import Progress

PLAN = PlanMade(
    seconds_per_trial={"base": 0.8, "head": 0.9},
    seconds_per_block=1.7,
    blocks=20,
    max_time=100.0,
    visible=0.07,
    ends=36.0,
)
FAILED = Trial(index=3, block=1, order=0, target="head", outcome="timeout", reason="not ready in time")
EVENTS = [RunStarted("startup · mock", "a-label", 4), PLAN, Looked(15, ("cpu.seconds",)), Looked(20, ())]


def shown(monkeypatch: pytest.MonkeyPatch, *events: object, terminal: bool, cell: str = "") -> str:
    text = io.StringIO()
    monkeypatch.setattr(progress, "stderr", lambda: Console(file=text, force_terminal=terminal, width=80))
    view = Progress(cell)
    for event in events:
        view.on(event)  # type: ignore[arg-type]
    return text.getvalue()


def test_a_pipe_gets_lines_and_no_control_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, *EVENTS, TrialStarted("base", 1, 3), TrialFinished(FAILED, 9.0), terminal=False)
    assert text.splitlines() == [
        "startup · mock",
        "resuming a-label: 4 trials are there already",
        "plan: base 0.8 s, head 0.9 s a trial · 20 blocks fit in 1m40s",
        "      smallest visible change of startup.ready about 7.0 %",
        "look at 15 blocks: open: cpu.seconds",
        "look at 20 blocks: all decided",
        "! head, block 2: not ready in time",
    ]


def test_a_plan_of_many_targets_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    trials = {f"without-{number}": 1.0 + number for number in range(19)}
    plan = PlanMade(
        seconds_per_trial=trials, seconds_per_block=190.0, blocks=1, max_time=600.0, visible=0.07, ends=190.0
    )
    first = shown(monkeypatch, plan, terminal=False).splitlines()[0]
    assert first.startswith("plan: 19 targets, 1.0 s to 19 s a trial · 1 block")


def test_a_terminal_sees_where_the_run_is(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, PLAN, TrialStarted("base", 3, 9, elapsed=6.0), terminal=True)
    assert "block 4 of 20 · base · 6.0 s, at most 30 s to go" in text


def test_a_plan_of_a_cell_without_a_bound_on_time_tells_when_all_cells_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells take turns, so none of them ends when its own blocks have had their time."""
    text = shown(monkeypatch, msgspec.structs.replace(PLAN, max_time=UNLIMITED), terminal=False, cell="pods-100")
    assert text.startswith("plan: pods-100: base 0.8 s, head 0.9 s a trial · 20 blocks; all cells end at 36 s\n")


def test_the_changing_line_is_no_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, PLAN, TrialStarted("t" * 200, 3, 9), terminal=True)
    assert len(text.rpartition("\x1b[K")[2]) < 80


def test_the_screen_of_a_failure_fits_the_terminal_and_leaves_out_what_is_empty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frame = [
        "┌" + "─" * 138 + "┐",
        "│ NAME" + " " * 120 + "AGE",
        *["│" + " " * 138 + "│"] * 30,
        "└" + "─" * 138 + "┘",
        "pods",
    ]
    failed = msgspec.structs.replace(FAILED, screen="\n".join(frame))
    cut = shown(monkeypatch, TrialFinished(failed, 9.0), terminal=True).replace("\r\x1b[K", "").splitlines()
    assert [line.split() for line in cut[1:]] == [["│", "│", "NAME", "…"], ["│", "pods"]]
    assert max(map(len, cut)) <= 80
    whole = shown(monkeypatch, TrialFinished(failed, 9.0), terminal=False)
    assert "AGE" in whole


def test_nothing_is_written_while_a_trial_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    before = shown(monkeypatch, PLAN, terminal=False)
    during = shown(monkeypatch, PLAN, TrialStarted("base", 0, 2), terminal=False)
    assert before == during
