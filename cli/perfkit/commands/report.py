"""``perfkit report``: one page that shows what stored results tell."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from perfkit.commands import options  # noqa: TC001 - typer reads annotations at run time


class ReportFormat(StrEnum):
    """What ``report --format`` takes."""

    HTML = "html"
    MARKDOWN = "markdown"


def report(
    results: Annotated[
        list[str] | None, typer.Argument(metavar="RESULT", help="LABEL, PATH or git ref (default: latest).")
    ] = None,
    *,
    release: Annotated[
        bool, typer.Option("--release", help="What changed from the first RESULT to the second.")
    ] = False,
    format_: Annotated[ReportFormat, typer.Option("--format", help="A page, or a release note.")] = ReportFormat.HTML,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="'-' is stdout (default: report.html; markdown: stdout)."),
    ] = None,
    limit: options.Limits = None,
    metric: options.Metrics = None,
) -> None:
    """Write results as one page that needs nothing else.

    It has verdicts, plots, start-up, requests, CPU and memory, screens.

    A RESULT is what `perfkit compare` takes; all scenarios of a label are in its report.

    perfkit report v1.2 -o report.html

    perfkit report --release v1.2 v1.3 --format markdown
    """
    from perfkit.commands.reporting import Asked, write_report

    asked = Asked(names=tuple(results or ()), release=release, limits=tuple(limit or ()), metrics=tuple(metric or ()))
    place = output or ("report.html" if format_ is ReportFormat.HTML else "-")
    raise typer.Exit(write_report(asked, format_, place))
