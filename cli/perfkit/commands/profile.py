"""``perfkit profile``: where a target spends its time and its memory."""

from __future__ import annotations

from typing import Annotated

import typer

from perfkit.commands import groups, options
from perfkit.commands.formats import TableJsonOrMarkdown
from perfkit.commands.groups import grouped

Tools = Annotated[
    str,
    typer.Option(
        "--with", metavar="TOOLS", help="py-spy, memray, pprof, pprof-heap, perf, importtime, objects; by commas."
    ),
]
Step = Annotated[str, typer.Option(metavar="NAME", help="Profile only while this step of the scenario runs.")]
Label = Annotated[str | None, typer.Option(metavar="LABEL", help="Keep them there, beside results if it has some.")]
Format = Annotated[TableJsonOrMarkdown, options.FORMAT]


@grouped
def profile(  # noqa: PLR0913 - a parameter an option, or a group of them: this is the command's interface
    context: typer.Context,
    scenarios: options.Scenarios = None,
    *,
    subject: groups.Subject,
    profilers: Tools = "py-spy,memray,pprof",
    step: Step = "",
    network: groups.Network,
    variant: groups.Variant,
    label: Label = None,
    output: Format = TableJsonOrMarkdown.TABLE,
) -> None:
    """Profile targets at a scenario, in trials that count for nothing.

    A profiler that is of no use for a target is told and left out. Files and flamegraphs lie in
    results/local/LABEL/SCENARIO.profiles.

    perfkit profile startup -t kubernetes --with py-spy,importtime

    perfkit profile churn -t lightkube --step busy --with py-spy
    """
    from perfkit.commands.choices import Choices
    from perfkit.commands.profile_command import profile_all

    choices = Choices(
        scenarios=tuple(scenarios or ()),
        command=tuple(context.obj or ()),
        label=label,
        **subject.said(),
        **network.said(),
        **variant.said(),
    )
    raise typer.Exit(profile_all(choices, profilers, step, output.value))
