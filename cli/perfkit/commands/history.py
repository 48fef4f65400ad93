"""``perfkit history``: all results of a scenario in order, where they change, and whether they wander."""

from __future__ import annotations

from typing import Annotated

import typer

from perfkit.commands.formats import Output


def history(
    scenario: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help="Whose results (default: the project's scenario).")
    ] = None,
    *,
    metric: Annotated[
        list[str] | None, typer.Option("-m", "--metric", metavar="METRIC", help="Repeatable (default: all gated).")
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("-t", "--target", metavar="NAME", help="Only this target (default: the head of each result)."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="LABEL", help="Leave out what comes before, e.g. an accepted change.")
    ] = None,
    alert: Annotated[
        bool, typer.Option("--alert", help="Tell only what has regressed, and exit 1 if something has.")
    ] = False,
    output: Annotated[
        Output, typer.Option("-o", "--output", help="Format on stdout; html is a page with curves.")
    ] = Output.TABLE,
) -> None:
    """Show all results of a scenario in order, and where they change.

    With --alert it is for a nightly job.

    perfkit history startup --alert
    """
    from perfkit.commands.tracking import Choices, show_history

    choices = Choices(scenario=scenario, metrics=tuple(metric or ()), target=target, since=since, alert=alert)
    raise typer.Exit(show_history(choices, output))
