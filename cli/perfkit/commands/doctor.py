"""``perfkit doctor``: what this machine allows, and how small a change it can tell."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class DoctorOutput(StrEnum):
    """What ``doctor -o`` takes."""

    TABLE = "table"
    JSON = "json"


def doctor(  # noqa: PLR0913 - one parameter an option: this is the command's interface
    context: typer.Context,
    scenarios: Annotated[
        list[str] | None, typer.Argument(metavar="SCENARIO", help="With --noise: names or files (default: startup).")
    ] = None,
    *,
    noise: Annotated[
        bool, typer.Option("--noise", help="Run each target against itself and keep the noise floor.")
    ] = False,
    target: Annotated[
        list[str] | None, typer.Option("-t", "--target", metavar="TARGET", help="CLIENT or cmd:WORDS; repeatable.")
    ] = None,
    ready: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help='When a command is ready: exit, watch, "api list pods", "log REGEX".'),
    ] = None,
    shape: Annotated[str | None, typer.Option(help="What the cluster holds; see `perfkit list`.")] = None,
    pods: Annotated[int | None, typer.Option(min=0, help="Number of pods.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of the cluster's objects and of the order of trials.")] = None,
    runs: Annotated[
        int | None, typer.Option("-r", "--runs", min=15, help="Exactly so many pairs (default: the scenario's most).")
    ] = None,
    warmup: Annotated[
        int | None, typer.Option("-w", "--warmup", min=1, help="Discarded trials of each side at the start.")
    ] = None,
    max_time: Annotated[str | None, typer.Option(metavar="TIME", help="Stop after so long, e.g. 90s, 5min.")] = None,
    output: Annotated[DoctorOutput, typer.Option("-o", "--output", help="Format on stdout.")] = DoctorOutput.TABLE,
) -> None:
    """Tell what this machine is, where its numbers come from, and which noise floors were measured on it.

    With --noise, measure one: perfkit doctor --noise -t kubectl-get
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
    )
    if noise:
        show_noise(choices, output)
    elif choices == Choices():
        show_machine(output)
    else:
        raise UsageError("scenarios, targets and how to run them go with --noise", "perfkit doctor --noise …")
