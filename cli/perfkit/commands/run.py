"""``perfkit run``: run scenarios and show what came out."""

from __future__ import annotations

from typing import Annotated

import typer

from perfkit.commands import options
from perfkit.commands.output import Output
from perfkit.errors import UsageError


def run(  # noqa: PLR0913 - one parameter an option: this is the command's interface
    context: typer.Context,
    scenarios: options.Scenarios = None,
    *,
    target: options.Targets = None,
    base: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The target that others are compared with, as versions of it (default: the first of two).",
        ),
    ] = None,
    build: Annotated[
        str | None, typer.Option(metavar="COMMAND", help="Builds the files of each git:REF, in a work tree of its own.")
    ] = None,
    ready: options.Ready = None,
    cluster: options.Cluster = None,
    populate: options.Populate = False,
    allow_writes: options.AllowWrites = False,
    production: options.Production = None,
    yes: options.Yes = False,
    shape: options.Shape = None,
    pods: options.Pods = None,
    seed: options.Seed = None,
    link: options.Link = None,
    rtt: options.Rtt = None,
    jitter: options.Jitter = None,
    rate: options.Rate = None,
    loss: options.Loss = None,
    trace: options.Trace = None,
    setting: options.Settings = None,
    cells: options.Cells = None,
    runs: options.Runs = None,
    warmup: options.Warmup = None,
    max_time: options.MaxTime = None,
    limit: options.Limits = None,
    metric: options.Metrics = None,
    profile: Annotated[
        str,
        typer.Option(metavar="TOOLS", help="Then profile each target in trials of their own, e.g. py-spy,memray."),
    ] = "",
    label: options.Label = None,
    output: Annotated[Output, typer.Option("-o", "--output", help="Format on stdout.")] = Output.TABLE,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted or unclear run (--label, or the latest).")
    ] = False,
    force: options.Force = False,
    strict: options.Strict = False,
    on: Annotated[
        str | None,
        typer.Option(
            metavar="context:NAME", help="Run the blocks of -r as a Job in that cluster, on several machines."
        ),
    ] = None,
    image: Annotated[
        str | None, typer.Option(metavar="IMAGE", help="Of its pods: with perfkit, the project and its targets.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="How many pods share the blocks (default: 2).")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Warm up, tell the plan, stop.")] = False,
) -> None:
    """Run scenarios: measure targets side by side, and compare them.

    Each target is started again and again against a fresh cluster, in random order, until the verdicts are clear.

    A command may follow after --, such as: perfkit run -- kubectl get pods -A
    """
    from perfkit.commands.preparation import Choices
    from perfkit.commands.real_clusters import Consent
    from perfkit.commands.running import run_all

    choices = Choices(
        scenarios=tuple(scenarios or ()),
        targets=tuple(target or ()),
        command=tuple(context.obj or ()),
        build=build,
        base=base,
        ready=ready,
        cluster=cluster,
        populate=populate,
        allow_writes=allow_writes,
        consent=Consent(yes=yes, production=production),
        shape=shape,
        pods=pods,
        seed=seed,
        link=link,
        network=options.of_link(rtt=rtt, jitter=jitter, rate=rate, loss=loss),
        trace=tuple(word.value for word in trace or ()),
        settings=tuple(setting or ()),
        cells=cells,
        runs=runs,
        warmup=warmup,
        max_time=max_time,
        limits=tuple(limit or ()),
        label=label,
        resume=resume,
        force=force,
        dry_run=dry_run,
    )
    if on is not None:
        from perfkit.commands.running import run_spread
        from perfkit.commands.scattered import Place

        if profile:
            raise UsageError("--on brings no profiles back", "profile on one machine: perfkit profile")
        place = Place(on, image, workers or 2)
        raise typer.Exit(run_spread(choices, place, output, metrics=tuple(metric or ()), strict=strict))
    if image is not None or workers is not None:
        raise UsageError("--image and --workers are of a Job's pods", "say where it runs: --on context:NAME")
    raise typer.Exit(run_all(choices, output, metrics=tuple(metric or ()), strict=strict, profilers=profile))
