"""``perfkit profile``: where a target spends its time and its memory."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from perfkit.commands import options


class ProfileOutput(StrEnum):
    """What ``profile -o`` takes."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"


def profile(  # noqa: PLR0913 - one parameter an option: this is the command's interface
    context: typer.Context,
    scenarios: options.Scenarios = None,
    *,
    target: options.Targets = None,
    profilers: Annotated[
        str,
        typer.Option(
            "--with", metavar="TOOLS", help="py-spy, memray, pprof, pprof-heap, perf, importtime, objects; by commas."
        ),
    ] = "py-spy,memray,pprof",
    step: Annotated[str, typer.Option(metavar="NAME", help="Profile only while this step of the scenario runs.")] = "",
    ready: options.Ready = None,
    shape: options.Shape = None,
    pods: options.Pods = None,
    seed: options.Seed = None,
    link: options.Link = None,
    rtt: options.Rtt = None,
    jitter: options.Jitter = None,
    rate: options.Rate = None,
    loss: options.Loss = None,
    setting: options.Settings = None,
    cells: options.Cells = None,
    label: Annotated[
        str | None, typer.Option(metavar="LABEL", help="Keep them there, beside results if it has some.")
    ] = None,
    output: Annotated[ProfileOutput, typer.Option("-o", "--output", help="Format on stdout.")] = ProfileOutput.TABLE,
) -> None:
    """Profile targets while they do a scenario, in trials that count for nothing.

    A profiler that is of no use for a target is told and left out. Files and flamegraphs lie in
    results/local/LABEL/SCENARIO.profiles.

    perfkit profile startup -t kubernetes --with py-spy,importtime

    perfkit profile churn -t lightkube --step busy --with py-spy
    """
    from perfkit.commands.preparation import Choices
    from perfkit.commands.profile_command import profile_all

    choices = Choices(
        scenarios=tuple(scenarios or ()),
        targets=tuple(target or ()),
        command=tuple(context.obj or ()),
        ready=ready,
        shape=shape,
        pods=pods,
        seed=seed,
        link=link,
        network=options.of_link(rtt=rtt, jitter=jitter, rate=rate, loss=loss),
        settings=tuple(setting or ()),
        cells=cells,
        label=label,
    )
    raise typer.Exit(profile_all(choices, profilers, step, output.value))
