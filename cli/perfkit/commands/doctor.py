"""``perfkit doctor``: what this machine allows, and how small a change it can tell."""

from __future__ import annotations

from typing import Annotated

import typer

from perfkit.commands import groups, options
from perfkit.commands.formats import TableOrJson
from perfkit.commands.groups import grouped

Noise = Annotated[bool, typer.Option("--noise", help="Run each target against itself and keep the noise floor.")]
Pairs = Annotated[
    int | None,
    typer.Option("-r", "--runs", metavar="N", min=15, help="Exactly so many pairs (default: the scenario's most)."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the measurement that was interrupted last.")]
Format = Annotated[TableOrJson, options.FORMAT]


@grouped
def doctor(  # noqa: PLR0913 - a parameter an option, or a group of them: this is the command's interface
    context: typer.Context,
    scenarios: options.Scenarios = None,
    *,
    noise: Noise = False,
    subject: groups.Subject,
    runs: Pairs = None,
    warmup: options.Warmup = None,
    max_time: options.MaxTime = None,
    resume: Resume = False,
    output: Format = TableOrJson.TABLE,
) -> None:
    """Tell what this machine can measure, and how small a change.

    It describes the machine, where numbers come from on it, and the noise floors that were measured. With --noise it
    measures one.

    perfkit doctor --noise -t kubectl-get
    """
    from perfkit.commands.choices import Choices
    from perfkit.commands.doctoring import show_machine, show_noise
    from perfkit.errors import UsageError

    choices = Choices(
        scenarios=tuple(scenarios or ()),
        command=tuple(context.obj or ()),
        runs=runs,
        warmup=warmup,
        max_time=max_time,
        resume=resume,
        **subject.said(),
    )
    if noise:
        show_noise(choices, output)
    elif choices == Choices():
        show_machine(output)
    else:
        raise UsageError("scenarios, targets and how to run them go with --noise", "perfkit doctor --noise …")
