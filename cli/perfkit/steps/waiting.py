"""Waiting for a ready condition, whoever knows of it: the cluster, the launcher, the screen, an HTTP endpoint."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

from perfkit.model.protocols import TargetFailedError
from perfkit.model.units import format_duration, format_value
from perfkit.steps.http import answered
from perfkit.steps.network import Patience

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.model.protocols import Running
    from perfkit.model.scenario import Ready
    from perfkit.steps.stage import Stage

POLL = 0.05  # seconds between looks at whether the target still lives; when it was ready comes stamped by who saw it
SAID = frozenset({"log", "screen"})  # conditions that are about what it says
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]+[0-~]|[0-Z\\^-~])")
ASK = 0.010  # seconds between two questions to an HTTP endpoint


def arm(ready: Ready, stage: Stage, since: int | None = None) -> None:
    """Have those who will know of it look out, before anything is done that could make it true.

    What the cluster saw counts from ``since`` (ns) on, now where that is not said.
    """
    if ready.kind in {"watch", "api", "quiet"}:
        stage.cluster.expect(ready, stage.clock.now() if since is None else since, stage.copies)
    elif ready.kind == "log" and stage.running is not None:
        stage.running.expect_log(ready.pattern)


def wait_for(ready: Ready, stage: Stage, timeout: float, after: int = 0) -> int | None:
    """Wait for what was armed: when it came true (ns), or None if it did not in time.

    A screen must have changed after ``after`` (ns).

    Raises:
        TargetFailedError: the target ended without it, or with another status than 0; what it was to say counts as
            said, however it ended then.
    """
    running = stage.running
    assert running is not None
    if ready.kind == "exit":
        reached = running.wait_exit(timeout)
    elif ready.kind == "log" and stage.target.terminal is not None:
        reached = _wait_word(_said(ready, running, after), Patience(stage, timeout), running)
    elif ready.kind == "log":
        reached = running.wait_log(timeout)
    elif ready.kind == "screen":
        reached = running.wait_screen(ready.pattern, after, timeout)
    elif ready.kind == "http":
        reached = _wait_word(_http(ready, stage), Patience(stage, timeout), running)
    else:
        reached = _wait_cluster(stage, running, timeout)
    counts = ready.kind in SAID or running.exit_status == 0
    if running.exit_status is not None and (reached is None or not counts):
        raise TargetFailedError("exited", exit_reason(running, ready))
    return reached


def require(ready: Ready, stage: Stage, timeout: float, after: int = 0) -> int:
    """The same, where not coming true in time is the target's failure."""
    reached = wait_for(ready, stage, timeout, after)
    if reached is None:
        assert stage.running is not None
        hint = "; one that stays is ready by another condition, such as watch" if ready.kind == "exit" else ""
        waited = format_duration(timeout)
        hint += " (an earlier trial had its full time, in vain)" if timeout == stage.patience else ""
        raise TargetFailedError("timeout", f"not ready ({ready}) within {waited}{hint}{said(stage.running)}")
    return reached


def _wait_cluster(stage: Stage, running: Running, timeout: float) -> int | None:
    """Wait for the cluster's word, then for the link's that what the cluster sent has come to the target."""
    patience = Patience(stage, timeout)
    reached = _wait_word(stage.cluster.reached, patience, running)
    if reached is None or stage.link is None:
        return reached
    stage.link.expect_delivery()
    return _wait_word(stage.link.delivered, patience, running)


def _said(ready: Ready, running: Running, after: int) -> Callable[[float], int | None]:
    """In a terminal, what is drawn is said as well as what is printed: a terminal UI ends no lines."""

    def word(timeout: float) -> int | None:
        return running.wait_log(0.0) or running.wait_screen(ready.pattern, after, timeout)

    return word


def _http(ready: Ready, stage: Stage) -> Callable[[float], int | None]:
    def word(timeout: float) -> int | None:
        if answered(ready.url, timeout):
            return stage.clock.now()
        stage.clock.sleep(min(ASK, timeout))
        return None

    return word


def _wait_word(word: Callable[[float], int | None], patience: Patience, running: Running) -> int | None:
    """Wait for a word, but no longer than the target lives."""
    while (left := patience.left()) > 0:
        exited = running.exit_status is not None
        reached = word(min(POLL, left))
        if reached is not None or exited:
            return reached
    return None


def exit_reason(running: Running, ready: Ready) -> str:
    """How it ended, and what it said last."""
    before = "" if ready.kind == "exit" else f" before it was ready ({ready})"
    return f"{ending(running)}{before}{said(running)}"


def ending(running: Running) -> str:
    """By what status or signal it ended, and whether it was for want of memory."""
    status, cap = running.exit_status or 0, running.memory_cap_hit
    how = f"killed by {_signal_name(-status)}" if status < 0 else f"ended with status {status}"
    return how if cap is None else f"{how} at its memory cap of {format_value(cap, 'bytes')}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def said(running: Running) -> str:
    """The last line that it printed, or that stands on its screen, where there is one."""
    if lines := [line.strip() for line in running.screen() if line.strip()]:
        return f"; its screen ends with: {lines[-1][:200]}"
    lines = [line for each in running.output_tail().splitlines() if (line := _legible(each))]
    return f"; it said: {lines[-1][:200]}" if lines else ""


def _legible(line: str) -> str:
    """Without what would move a cursor or change colours: the reason is shown on a person's own terminal."""
    return "".join(filter(str.isprintable, _ESCAPES.sub("", line))).strip()
