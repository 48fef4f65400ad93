"""``perfkit doctor``: what this machine allows, and how small a change it can tell."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from perfkit.commands import options  # noqa: TC001 - typer reads annotations at run time


class DoctorOutput(StrEnum):
    """What ``doctor -o`` takes."""

    TABLE = "table"
    JSON = "json"


def doctor(  # noqa: PLR0913 - one parameter an option: this is the command's interface
    context: typer.Context,
    scenarios: options.Scenarios = None,
    *,
    noise: Annotated[
        bool, typer.Option("--noise", help="Run each target against itself and keep the noise floor.")
    ] = False,
    target: options.Targets = None,
    ready: options.Ready = None,
    shape: options.Shape = None,
    pods: options.Pods = None,
    seed: options.Seed = None,
    runs: Annotated[
        int | None,
        typer.Option("-r", "--runs", metavar="N", min=15, help="Exactly so many pairs (default: the scenario's most)."),
    ] = None,
    warmup: options.Warmup = None,
    max_time: options.MaxTime = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the measurement that was interrupted last.")
    ] = False,
    output: Annotated[DoctorOutput, typer.Option("-o", "--output", help="Format on stdout.")] = DoctorOutput.TABLE,
) -> None:
    """Tell what this machine can measure, and how small a change.

    It describes the machine, where numbers come from on it, and the noise floors that were measured.

    With --noise, measure a floor: perfkit doctor --noise -t kubectl-get
    """
    from perfkit.commands.doctoring import show_machine, show_noise
    from perfkit.commands.preparation import Choices
    from perfkit.errors import UsageError

    choices = Choices(
        scenarios=tuple(scenarios or ()),
        targets=tuple(target or ()),
        command=tuple(context.obj or ()),
        ready=ready,
        shape=shape,
        pods=pods,
        seed=seed,
        runs=runs,
        warmup=warmup,
        max_time=max_time,
        resume=resume,
    )
    if noise:
        show_noise(choices, output)
    elif choices == Choices():
        show_machine(output)
    else:
        raise UsageError("scenarios, targets and how to run them go with --noise", "perfkit doctor --noise …")
