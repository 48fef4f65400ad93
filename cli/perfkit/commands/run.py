"""``perfkit run``: run scenarios and show what came out."""

from __future__ import annotations

from typing import Annotated

import typer

from perfkit.commands.output import Output


def run(  # noqa: PLR0913 - one parameter an option: this is the command's interface
    context: typer.Context,
    scenarios: Annotated[
        list[str] | None, typer.Argument(metavar="SCENARIO", help="Names or files (default: startup).")
    ] = None,
    *,
    target: Annotated[
        list[str] | None,
        typer.Option("-t", "--target", metavar="[NAME=]TARGET", help="CLIENT or cmd:WORDS; repeatable. First is base."),
    ] = None,
    base: Annotated[
        str | None, typer.Option(metavar="NAME", help="The target that others are compared with, as versions of it.")
    ] = None,
    ready: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help='When a command is ready: exit, watch, "api list pods", "log REGEX".'),
    ] = None,
    cluster: Annotated[str, typer.Option(help="What the targets talk to.")] = "mock",
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
    output: Annotated[Output, typer.Option("-o", "--output", help="Format on stdout.")] = Output.TABLE,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted or unclear run (--label, or the latest).")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a result of the same label.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 5 when a gated metric stays unclear.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Warm up, tell the plan, stop.")] = False,
) -> None:
    """Run scenarios: start each target again and again against a fresh cluster, and compare.

    A command may follow after --, such as: perfkit run -- kubectl get pods -A
    """
    from perfkit.commands.preparation import Choices
    from perfkit.commands.running import run_all

    choices = Choices(
        scenarios=tuple(scenarios or ()),
        targets=tuple(target or ()),
        command=tuple(context.obj or ()),
        base=base,
        ready=ready,
        cluster=cluster,
        shape=shape,
        pods=pods,
        seed=seed,
        runs=runs,
        warmup=warmup,
        max_time=max_time,
        limits=tuple(limit or ()),
        label=label,
        resume=resume,
        force=force,
        dry_run=dry_run,
    )
    raise typer.Exit(run_all(choices, output, strict=strict))
