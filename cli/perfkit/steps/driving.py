"""Doing something to a running target, and timing its answer: keys, queries, another size of its terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.model.protocols import TargetFailedError
from perfkit.model.scenario import Keys, Query, Ready, Resize, Terminal, Wait
from perfkit.model.units import format_duration
from perfkit.steps.stage import Timing
from perfkit.steps.waiting import arm, exit_reason, require, said, wait_for

if TYPE_CHECKING:
    from perfkit.model.protocols import Running
    from perfkit.steps.stage import Stage

ANY_CHANGE = Ready(kind="screen")


def drive(step: Wait | Keys | Query | Resize, stage: Stage) -> None:
    """Do one of these steps. Raises TargetFailedError."""
    match step:
        case Wait():
            _wait(step, stage)
        case Keys():
            _press_keys(step, stage)
        case Query():
            _query(step, stage)
        case Resize():
            _running(stage).resize(Terminal(columns=step.columns, rows=step.rows))


def _wait(step: Wait, stage: Stage) -> None:
    """Wait for a condition. What came true since the step before began is enough: it is that step's effect.

    So is a screen that shows it already.
    """
    running = _running(stage)
    began = stage.windows[-1].start_ns
    arm(step.until, stage, began)
    if step.until.kind == "screen" and running.shows(step.until.pattern):
        return
    reached = require(step.until, stage, step.timeout)
    took = (reached - began) / 1e9
    stage.noted |= {f"{stage.step}/wait.time": took, "wait.time": max(took, stage.noted.get("wait.time", 0.0))}


def _press_keys(step: Keys, stage: Stage) -> None:
    """Press the keys ``times`` over; each time wait for the change, and note how long it took."""
    running = _running(stage)
    unanswered = 0
    for _ in range(step.times):
        arm(step.until or ANY_CHANGE, stage)
        sent = running.type(step.send)
        if step.until:
            seconds = (require(step.until, stage, step.timeout, sent) - sent) / 1e9
        else:
            painted = wait_for(ANY_CHANGE, stage, step.timeout, sent)
            unanswered += painted is None
            seconds = step.timeout if painted is None else (painted - sent) / 1e9
        stage.timings.append(Timing("ui.key_to_paint", sent, seconds))
        stage.clock.sleep(step.pause)
    if unanswered:
        waited = format_duration(step.timeout)
        stage.warnings.append(
            f"{unanswered} of {step.times} keys changed nothing within {waited}: counted as that long"
        )


def _query(step: Query, stage: Stage) -> None:
    """Ask ``times`` over; each time wait for the answer, and note how long it took."""
    running = _running(stage)
    for number in range(step.times):
        arm(step.until, stage)
        asked = _ask(step, running)
        answered = wait_for(step.until, stage, step.timeout, asked)
        if answered is None:
            reason = f"query {number + 1} of {step.times} not answered ({step.until})"
            raise TargetFailedError("timeout", f"{reason} within {format_duration(step.timeout)}{said(running)}")
        stage.timings.append(Timing("query.time", asked, (answered - asked) / 1e9))
        if step.reset:
            running.type(step.reset)
        stage.clock.sleep(step.pause)


def _ask(step: Query, running: Running) -> int:
    if step.signal:
        return running.signal(step.signal)
    return running.type(step.keys or step.stdin)


def _running(stage: Stage) -> Running:
    """The target, which must run still. Raises TargetFailedError."""
    assert stage.running is not None, "a launch comes first"
    if stage.running.exit_status is not None:
        raise TargetFailedError("exited", exit_reason(stage.running, stage.target.ready))
    return stage.running
