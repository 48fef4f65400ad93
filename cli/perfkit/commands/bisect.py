"""``perfkit bisect``: which commit made the difference."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from perfkit.commands import groups, options
from perfkit.commands.formats import TableJsonOrMarkdown
from perfkit.commands.groups import grouped


class Find(StrEnum):
    """What ``--find`` takes."""

    REGRESSED = "regressed"
    IMPROVED = "improved"


OneScenario = Annotated[str | None, typer.Argument(metavar="SCENARIO", help="Name or file.")]
Metric = Annotated[
    str | None, typer.Argument(metavar="METRIC", help="What changed, such as cpu.seconds or api.requests.")
]
Good = Annotated[str | None, typer.Option("--good", "--old", metavar="REF", help="A commit from before the change.")]
Bad = Annotated[str | None, typer.Option("--bad", "--new", metavar="REF", help="A commit that has the change.")]
Direction = Annotated[Find, typer.Option(help="Where the metric got worse, or where it got better.")]
FirstParent = Annotated[
    bool, typer.Option("--first-parent", help="Take a merge as one commit: find the merge, not what it brought.")
]
MaxTime = Annotated[str | None, typer.Option(metavar="TIME", help="For one commit at most, e.g. 90s, 5min.")]
Label = Annotated[
    str | None, typer.Option(metavar="LABEL", help="Name of the bisection (default: bisect, time and commit).")
]
Format = Annotated[TableJsonOrMarkdown, options.FORMAT]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with an interrupted bisection (--label, or the latest).")]
Keep = Annotated[bool, typer.Option("--keep", help="Leave the work trees, built, beside the results.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Build both ends, tell what it costs, stop.")]


@grouped
def bisect(  # noqa: PLR0913 - a parameter an option, or a group of them: this is the command's interface
    context: typer.Context,
    scenario: OneScenario = None,
    metric: Metric = None,
    *,
    good: Good = None,
    bad: Bad = None,
    build: options.Build = None,
    subject: groups.Subject,
    find: Direction = Find.REGRESSED,
    first_parent: FirstParent = False,
    warmup: options.Warmup = None,
    max_time: MaxTime = None,
    label: Label = None,
    output: Format = TableJsonOrMarkdown.TABLE,
    resume: Resume = False,
    keep: Keep = False,
    dry_run: DryRun = False,
) -> None:
    """Find the commit that changed a metric, in spite of noise.

    Each commit asked about runs side by side with the good one, in a git work tree of its own, until it is clear on
    which side it lies. A command may follow after --, as with `perfkit run`.

    perfkit bisect startup startup.ready --good v1.2 --bad HEAD
    """
    from perfkit.commands.bisection.course import Request, bisect_all
    from perfkit.commands.choices import Choices

    choices = Choices(
        scenarios=(scenario,) if scenario else (),
        command=tuple(context.obj or ()),
        warmup=warmup,
        max_time=max_time,
        label=label,
        resume=resume,
        dry_run=dry_run,
        **subject.said(),
    )
    request = Request(metric, good, bad, build, find.value, first_parent, keep)
    raise typer.Exit(bisect_all(choices, request, output))
