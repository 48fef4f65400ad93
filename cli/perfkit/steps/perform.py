"""Do one step. A step that the target makes impossible raises TargetFailedError; all other errors end the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.errors import TargetError
from perfkit.model.protocols import TargetFailedError
from perfkit.model.scenario import (
    ChangeLink,
    Idle,
    Keys,
    Launch,
    Query,
    Quit,
    Rescale,
    Resize,
    Stir,
    Strike,
    Submit,
    Wait,
)
from perfkit.steps.copies import copied
from perfkit.steps.driving import drive
from perfkit.steps.network import change_link
from perfkit.steps.stage import Start
from perfkit.steps.stirring import rescale, stir
from perfkit.steps.waiting import arm, exit_reason, require

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.model.scenario import Step
    from perfkit.steps.stage import Stage


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
        case Submit():
            stage.cluster.submit(step.batch)
            _check_alive(stage, "while objects changed")
        case Wait() | Keys() | Query() | Resize():
            drive(step, stage)


def _launch(step: Launch, stage: Stage) -> None:
    ready = step.until or stage.target.ready
    useful = next((each.pattern for each in (ready, stage.target.ready) if each.kind == "screen"), "")
    output = _output(stage)
    stage.copies = step.copies
    arm(ready, stage)
    try:
        running = stage.launcher.start(
            copied(stage.target, step.copies),
            home=stage.home,
            kubeconfig=stage.cluster.kubeconfig(through=stage.link.address if stage.link else None),
            output=output,
            pattern=ready.pattern if ready.kind == "log" else "",
        )
    except TargetError as error:
        raise TargetFailedError("not_started", error.message) from error
    stage.starts.append(Start(stage.step, running, output=output, useful=useful))
    stage.starts[-1].ready_ns = require(ready, stage, min(step.timeout, stage.patience))


def _output(stage: Stage) -> Path:
    """Where the next start's output goes: ``0007-lean.log``, of the second start ``0007-lean.2.log``."""
    number = len(stage.starts) + 1
    return stage.output if number == 1 else stage.output.with_suffix(f".{number}{stage.output.suffix}")


def _idle(step: Idle, stage: Stage) -> None:
    stage.clock.sleep(step.duration)
    _check_alive(stage, "while idle")


def _check_alive(stage: Stage, when: str) -> None:
    """A target that has ended with success may have; any other end is a failure. Raises TargetFailedError."""
    running = stage.running
    if running is not None and running.exit_status not in {None, 0}:
        raise TargetFailedError("exited", f"{when}: {exit_reason(running, stage.target.ready)}")
