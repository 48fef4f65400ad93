"""``perfkit check``: the gate of a CI."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class CheckOutput(StrEnum):
    """What ``check -o`` takes."""

    TABLE = "table"
    GITHUB = "github"
    MARKDOWN = "markdown"
    JUNIT = "junit"
    JSON = "json"
    CSV = "csv"


def check(  # noqa: PLR0913 - one parameter an option: this is the command's interface
    context: typer.Context,
    scenarios: Annotated[
        list[str] | None, typer.Argument(metavar="SCENARIO", help="Names or files (default: the project's).")
    ] = None,
    *,
    target: Annotated[
        list[str] | None,
        typer.Option(
            "-t", "--target", metavar="[NAME=]TARGET", help="CLIENT or cmd:WORDS; base and head, or the head."
        ),
    ] = None,
    base: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which target is the base (default: the first).")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="REF", help="With one target: the commit that is the base (default: the merge base)."),
    ] = None,
    build: Annotated[
        str | None, typer.Option(metavar="COMMAND", help="Builds base and head, each in its own work tree.")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(metavar="LABEL[#TARGET]", help="A stored base: counts decide, times only warn.")
    ] = None,
    ready: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help='When a command is ready: exit, watch, "api list pods", "log REGEX".'),
    ] = None,
    shape: Annotated[str | None, typer.Option(help="What the cluster holds; see `perfkit list`.")] = None,
    pods: Annotated[int | None, typer.Option(min=0, help="Number of pods.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of the cluster's objects and of the order of trials.")] = None,
    runs: Annotated[
        int | None, typer.Option("-r", "--runs", min=1, help="Exactly so many trials of each target.")
    ] = None,
    warmup: Annotated[
        int | None, typer.Option("-w", "--warmup", min=1, help="Discarded trials of each target at the start.")
    ] = None,
    max_time: Annotated[str | None, typer.Option(metavar="TIME", help="Stop after so long, e.g. 90s, 5min.")] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option("--limit", metavar="METRIC=LIMIT", help="E.g. 'memory.peak=+0.5 %'; repeatable. Nearest wins."),
    ] = None,
    label: Annotated[str | None, typer.Option(help="Name of the result (default: time and commit).")] = None,
    output: Annotated[CheckOutput, typer.Option("-o", "--output", help="Format on stdout.")] = CheckOutput.TABLE,
    force: Annotated[bool, typer.Option("--force", help="Replace a result of the same label.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 5 when a gated metric stays unclear.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what it costs and what it can see, stop.")] = False,
) -> None:
    """Fail a build (exit 1) when the head is worse than the base by more than its limits, twice in a row.

    With two targets both run side by side; with one, the base is an older commit, or a stored baseline.
    """
    from perfkit.commands.check_sides import Against
    from perfkit.commands.checking import check_all
    from perfkit.commands.preparation import Choices

    choices = Choices(
        scenarios=tuple(scenarios or ()),
        targets=tuple(target or ()),
        command=tuple(context.obj or ()),
        base=base,
        ready=ready,
        shape=shape,
        pods=pods,
        seed=seed,
        runs=runs,
        warmup=warmup,
        max_time=max_time,
        limits=tuple(limit or ()),
        label=label,
        force=force,
        dry_run=dry_run,
    )
    raise typer.Exit(check_all(choices, Against(against, build, baseline), output, strict=strict))
