"""``perfkit run``: run scenarios and show what came out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from perfkit.commands import groups, options
from perfkit.commands.formats import Output
from perfkit.commands.groups import grouped
from perfkit.errors import UsageError

if TYPE_CHECKING:
    from perfkit.commands.scattered import Place

Base = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The target that others are compared with, as versions of it (default: the first of two).",
    ),
]
Build = Annotated[
    str | None, typer.Option(metavar="COMMAND", help="Builds the files of each git:REF, in a work tree of its own.")
]
Profile = Annotated[
    str, typer.Option(metavar="TOOLS", help="Then profile each target in trials of their own, e.g. py-spy,memray.")
]
Format = Annotated[Output, options.FORMAT]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with an interrupted or unclear run (--label, or the latest).")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Warm up, tell the plan, stop.")]


@dataclass(frozen=True, slots=True)
class Spread:
    """On which machines the blocks of a run are."""

    on: Annotated[
        str | None,
        typer.Option(
            metavar="context:NAME", help="Run the blocks of -r as a Job in that cluster, on several machines."
        ),
    ] = None
    image: Annotated[
        str | None, typer.Option(metavar="IMAGE", help="Of its pods: with perfkit, the project and its targets.")
    ] = None
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="How many pods share the blocks (default: 2).")
    ] = None

    def place(self) -> Place | None:
        """Where the Job goes; None: there is none, all runs here. Raises UsageError."""
        from perfkit.commands.scattered import Place

        if self.on is not None:
            return Place(self.on, self.image, self.workers or 2)
        if self.image is not None or self.workers is not None:
            raise UsageError("--image and --workers are of a Job's pods", "say where it runs: --on context:NAME")
        return None


@grouped
def run(  # noqa: PLR0913 - a parameter an option, or a group of them: this is the command's interface
    context: typer.Context,
    scenarios: options.Scenarios = None,
    *,
    subject: groups.Subject,
    base: Base = None,
    build: Build = None,
    network: groups.Network,
    trace: options.Trace = None,
    variant: groups.Variant,
    trials: groups.Trials,
    limit: options.Limits = None,
    metric: options.Metrics = None,
    profile: Profile = "",
    cluster: options.Cluster = None,
    kind: groups.Kind,
    populate: options.Populate = False,
    permission: groups.Permission,
    label: options.Label = None,
    output: Format = Output.TABLE,
    resume: Resume = False,
    force: options.Force = False,
    strict: options.Strict = False,
    spread: Spread,
    dry_run: DryRun = False,
) -> None:
    """Run scenarios: measure targets side by side, and compare them.

    Each target is started again and again against a fresh cluster, in random order, until the verdicts are clear.

    A command may follow after --, as a target.

    perfkit run startup -t k9s@v0.50.16 -t k9s@v0.50.18 --pods 10000

    perfkit run -- kubectl get pods -A
    """
    from perfkit.commands.choices import Choices
    from perfkit.commands.running import run_all, run_spread

    choices = Choices(
        scenarios=tuple(scenarios or ()),
        command=tuple(context.obj or ()),
        build=build,
        base=base,
        cluster=cluster,
        populate=populate,
        allow_writes=permission.allow_writes,
        consent=permission.consent,
        trace=tuple(word.value for word in trace or ()),
        limits=tuple(limit or ()),
        label=label,
        resume=resume,
        force=force,
        dry_run=dry_run,
        settings=(*kind.settings, *variant.settings),
        cells=variant.cells,
        **subject.said(),
        **network.said(),
        **trials.said(),
    )
    metrics = tuple(metric or ())
    place = spread.place()
    if place is None:
        raise typer.Exit(run_all(choices, output, metrics=metrics, strict=strict, profilers=profile))
    if profile:
        raise UsageError("--on brings no profiles back", "profile on one machine: perfkit profile")
    raise typer.Exit(run_spread(choices, place, output, metrics=metrics, strict=strict))
