"""``perfkit check``: the gate of a CI."""

from __future__ import annotations

from typing import Annotated

import typer

from perfkit.commands import groups, options
from perfkit.commands.formats import CheckOutput
from perfkit.commands.groups import grouped
from perfkit.errors import UsageError

UNSAID = "fitting"  # profilers, where none are named: what suits


Base = Annotated[str | None, typer.Option(metavar="NAME", help="Which target is the base (default: the first).")]
AgainstRef = Annotated[
    str | None,
    typer.Option(metavar="REF", help="With one target: the commit that is the base (default: the merge base)."),
]
Baseline = Annotated[
    str | None, typer.Option(metavar="LABEL[#TARGET]", help="A stored base: counts decide, times only warn.")
]
Explain = Annotated[bool, typer.Option("--explain", help="Profile both sides of what fails, and tell what differs.")]
Format = Annotated[CheckOutput, options.FORMAT]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what it costs and what it can see, stop.")]


@grouped
def check(  # noqa: PLR0913 - a parameter an option, or a group of them: this is the command's interface
    context: typer.Context,
    scenarios: options.Scenarios = None,
    *,
    subject: groups.Subject,
    base: Base = None,
    against: AgainstRef = None,
    build: options.Build = None,
    baseline: Baseline = None,
    network: groups.Network,
    variant: groups.Variant,
    trials: groups.Trials,
    limit: options.Limits = None,
    label: options.Label = None,
    explain: Explain = False,
    profile: options.Profilers = UNSAID,
    output: Format = CheckOutput.TABLE,
    force: options.Force = False,
    strict: options.Strict = False,
    dry_run: DryRun = False,
) -> None:
    """Fail a build when the head is worse than its limits allow.

    Exit 1 when that was so twice in a row, the second time with the head moved to another path.

    With two targets both run side by side; with one, the base is an older commit, or a stored baseline.

    perfkit check startup --against main

    perfkit check --baseline v1.2 -o github
    """
    from perfkit.commands.check_sides import Against
    from perfkit.commands.checking import check_all
    from perfkit.commands.choices import Choices

    choices = Choices(
        scenarios=tuple(scenarios or ()),
        command=tuple(context.obj or ()),
        build=build,
        base=base,
        limits=tuple(limit or ()),
        label=label,
        force=force,
        dry_run=dry_run,
        **subject.said(),
        **network.said(),
        **variant.said(),
        **trials.said(),
    )
    if profile != UNSAID and not explain:
        raise UsageError("--profile says what --explain profiles with", "say --explain, too")
    sides = Against(against, build, baseline)
    raise typer.Exit(check_all(choices, sides, output, strict=strict, profilers=profile if explain else None))
