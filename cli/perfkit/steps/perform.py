"""Do one step. A step that the target makes impossible raises TargetFailedError; all other errors end the run."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from perfkit.errors import TargetError
from perfkit.model.protocols import TargetFailedError
from perfkit.model.scenario import ChangeLink, Idle, Launch, Quit, Rescale, Stir, Strike
from perfkit.model.units import format_duration
from perfkit.steps.network import Patience, change_link
from perfkit.steps.stirring import rescale, stir

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.model.protocols import Running
    from perfkit.model.scenario import Ready, Step
    from perfkit.steps.stage import Stage

POLL = 0.05  # seconds between looks at whether the target still lives; when it was ready comes stamped by who saw it


def perform(step: Step, stage: Stage) -> None:
    """Do one step on the stage.

    Raises:
        TargetFailedError: the target did not start, ended, or did not become ready in time.
    """
    match step:
        case Launch():
            _launch(step, stage)
        case Idle():
            _idle(step, stage)
        case Quit():
            stage.stop(step.timeout)
        case ChangeLink():
            change_link(step, stage)
        case Strike():
            stage.cluster.fault(step.fault)
        case Stir():
            stir(step, stage)
            _check_alive(stage, "during churn")
        case Rescale():
            rescale(step, stage)
            _check_alive(stage, "while the cluster was scaled")


def _launch(step: Launch, stage: Stage) -> None:
    ready = step.until or stage.target.ready
    if ready.kind in {"watch", "api"}:
        stage.cluster.expect(ready)
    try:
        stage.running = stage.launcher.start(
            stage.target,
            home=stage.home,
            kubeconfig=stage.cluster.kubeconfig(through=stage.link.address if stage.link else None),
            output=stage.output,
            pattern=ready.pattern,
        )
    except TargetError as error:
        raise TargetFailedError("not_started", error.message) from error
    stage.ready_ns = _wait_ready(stage, stage.running, ready, min(step.timeout, stage.patience))


def _wait_ready(stage: Stage, running: Running, ready: Ready, timeout: float) -> int:
    if ready.kind == "exit":
        reached = running.wait_exit(timeout)
    elif ready.kind == "log":
        reached = running.wait_log(timeout)
    else:
        reached = _wait_cluster(stage, running, timeout)
    if running.exit_status is not None and (reached is None or running.exit_status != 0):
        raise TargetFailedError("exited", _exit_reason(running, ready))
    if reached is None:
        hint = "; one that stays is ready by another condition, such as watch" if ready.kind == "exit" else ""
        waited = format_duration(timeout)
        raise TargetFailedError("timeout", f"not ready ({ready}) within {waited}{hint}{_said(running)}")
    return reached


def _wait_cluster(stage: Stage, running: Running, timeout: float) -> int | None:
    """Wait for the cluster's word, then for the link's that what the cluster sent has come to the target."""
    patience = Patience(stage, timeout)
    reached = _wait_word(stage.cluster.reached, patience, running)
    if reached is None or stage.link is None:
        return reached
    stage.link.expect_delivery()
    return _wait_word(stage.link.delivered, patience, running)


def _wait_word(word: Callable[[float], int | None], patience: Patience, running: Running) -> int | None:
    """Wait for a word, but no longer than the target lives."""
    while (left := patience.left()) > 0:
        exited = running.exit_status is not None
        reached = word(min(POLL, left))
        if reached is not None or exited:
            return reached
    return None


def _idle(step: Idle, stage: Stage) -> None:
    stage.clock.sleep(step.duration)
    _check_alive(stage, "while idle")


def _check_alive(stage: Stage, when: str) -> None:
    """A target that has ended with success may have; any other end is a failure. Raises TargetFailedError."""
    running = stage.running
    if running is not None and running.exit_status not in {None, 0}:
        raise TargetFailedError("exited", f"{when}: {_exit_reason(running, stage.target.ready)}")


def _exit_reason(running: Running, ready: Ready) -> str:
    status = running.exit_status or 0
    how = f"killed by {_signal_name(-status)}" if status < 0 else f"ended with status {status}"
    before = "" if ready.kind == "exit" else f" before it was ready ({ready})"
    return f"{how}{before}{_said(running)}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _said(running: Running) -> str:
    """The last line it printed, where there is one."""
    lines = running.output_tail().strip().splitlines()
    return f"; it said: {lines[-1][:200]}" if lines else ""
