"""``perfkit check``: the gate of a CI."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from perfkit.commands import options
from perfkit.errors import UsageError

UNSAID = "fitting"  # profilers, where none are named: what suits


class CheckOutput(StrEnum):
    """What ``check -o`` takes."""

    TABLE = "table"
    GITHUB = "github"
    MARKDOWN = "markdown"
    JUNIT = "junit"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


def check(  # noqa: PLR0913 - one parameter an option: this is the command's interface
    context: typer.Context,
    scenarios: options.Scenarios = None,
    *,
    target: options.Targets = None,
    base: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which target is the base (default: the first).")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="REF", help="With one target: the commit that is the base (default: the merge base)."),
    ] = None,
    build: options.Build = None,
    baseline: Annotated[
        str | None, typer.Option(metavar="LABEL[#TARGET]", help="A stored base: counts decide, times only warn.")
    ] = None,
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
    runs: options.Runs = None,
    warmup: options.Warmup = None,
    max_time: options.MaxTime = None,
    limit: options.Limits = None,
    label: options.Label = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Profile both sides of what fails, and tell what differs.")
    ] = False,
    profile: options.Profilers = UNSAID,
    output: Annotated[CheckOutput, typer.Option("-o", "--output", help="Format on stdout.")] = CheckOutput.TABLE,
    force: options.Force = False,
    strict: options.Strict = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what it costs and what it can see, stop.")] = False,
) -> None:
    """Fail a build when the head is worse than its limits allow.

    Exit 1 when that was so twice in a row, the second time with the head moved to another path.

    With two targets both run side by side; with one, the base is an older commit, or a stored baseline.
    """
    from perfkit.commands.check_sides import Against
    from perfkit.commands.checking import check_all
    from perfkit.commands.preparation import Choices

    choices = Choices(
        scenarios=tuple(scenarios or ()),
        targets=tuple(target or ()),
        command=tuple(context.obj or ()),
        build=build,
        base=base,
        ready=ready,
        shape=shape,
        pods=pods,
        seed=seed,
        link=link,
        network=options.of_link(rtt=rtt, jitter=jitter, rate=rate, loss=loss),
        settings=tuple(setting or ()),
        cells=cells,
        runs=runs,
        warmup=warmup,
        max_time=max_time,
        limits=tuple(limit or ()),
        label=label,
        force=force,
        dry_run=dry_run,
    )
    if profile != UNSAID and not explain:
        raise UsageError("--profile says what --explain profiles with", "say --explain, too")
    sides = Against(against, build, baseline)
    raise typer.Exit(check_all(choices, sides, output, strict=strict, profilers=profile if explain else None))
