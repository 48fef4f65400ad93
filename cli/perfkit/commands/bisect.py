"""``perfkit bisect``: which commit made the difference."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from perfkit.commands import options  # noqa: TC001 - typer reads annotations at run time


class BisectOutput(StrEnum):
    """What ``bisect -o`` takes."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


class Find(StrEnum):
    """What ``--find`` takes."""

    REGRESSED = "regressed"
    IMPROVED = "improved"


def bisect(  # noqa: PLR0913 - one parameter an option: this is the command's interface
    context: typer.Context,
    scenario: Annotated[str | None, typer.Argument(metavar="SCENARIO", help="Name or file.")] = None,
    metric: Annotated[
        str | None, typer.Argument(metavar="METRIC", help="What changed, such as cpu.seconds or api.requests.")
    ] = None,
    *,
    good: Annotated[
        str | None, typer.Option("--good", "--old", metavar="REF", help="A commit from before the change.")
    ] = None,
    bad: Annotated[
        str | None, typer.Option("--bad", "--new", metavar="REF", help="A commit that has the change.")
    ] = None,
    build: options.Build = None,
    target: options.Targets = None,
    find: Annotated[Find, typer.Option(help="Where the metric got worse, or where it got better.")] = Find.REGRESSED,
    first_parent: Annotated[
        bool, typer.Option("--first-parent", help="Take a merge as one commit: find the merge, not what it brought.")
    ] = False,
    ready: options.Ready = None,
    shape: options.Shape = None,
    pods: options.Pods = None,
    seed: options.Seed = None,
    warmup: options.Warmup = None,
    max_time: Annotated[
        str | None, typer.Option(metavar="TIME", help="For one commit at most, e.g. 90s, 5min.")
    ] = None,
    label: Annotated[
        str | None, typer.Option(metavar="LABEL", help="Name of the bisection (default: bisect, time and commit).")
    ] = None,
    output: Annotated[BisectOutput, typer.Option("-o", "--output", help="Format on stdout.")] = BisectOutput.TABLE,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted bisection (--label, or the latest).")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the work trees, built, beside the results.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Build both ends, tell what it costs, stop.")] = False,
) -> None:
    """Find the commit that changed a metric, in spite of noise.

    Each commit asked about runs side by side with the good one, in a git work tree of its own, until it is clear on
    which side it lies. A command may follow after --, as with perfkit run.
    """
    from perfkit.commands.bisecting import Request, bisect_all
    from perfkit.commands.preparation import Choices

    choices = Choices(
        scenarios=(scenario,) if scenario else (),
        targets=tuple(target or ()),
        command=tuple(context.obj or ()),
        ready=ready,
        shape=shape,
        pods=pods,
        seed=seed,
        warmup=warmup,
        max_time=max_time,
        label=label,
        resume=resume,
        dry_run=dry_run,
    )
    request = Request(metric, good, bad, build, find.value, first_parent, keep)
    raise typer.Exit(bisect_all(choices, request, output))
