"""``perfkit export``: a result in the format of another program."""

from __future__ import annotations

from typing import Annotated

import typer

from perfkit.commands import options  # noqa: TC001 - typer reads annotations at run time


def export(
    result: Annotated[
        str | None,
        typer.Argument(metavar="RESULT", help="PATH or LABEL, with #TARGET for one target (default: the latest)."),
    ] = None,
    *,
    format_: Annotated[
        str,
        typer.Option(
            "-f", "--format", metavar="FORMAT", help="pyperf, openmetrics, bencher, github-action-benchmark or csv."
        ),
    ],
    metric: options.Metrics = None,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Where to write it.", show_default="stdout")
    ] = "-",
) -> None:
    """Write a result in the format of another program.

    perfkit export main --format openmetrics -o perfkit.prom
    """
    from perfkit.commands.exporting import export_one

    raise typer.Exit(export_one(result, format_, output, tuple(metric or ())))
