"""``perfkit export``: a result in the format of another program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from perfkit.commands import options  # noqa: TC001 - typer reads annotations at run time


def export(
    result: Annotated[
        str | None,
        typer.Argument(
            metavar="RESULT", help="PATH or LABEL, with #TARGET for one target (default: the latest); or a profile."
        ),
    ] = None,
    *,
    format_: Annotated[
        str,
        typer.Option(
            "-f",
            "--format",
            metavar="FORMAT",
            help="pyperf, openmetrics, bencher, github-action-benchmark, csv; of profiles speedscope, pprof, folded.",
        ),
    ],
    metric: options.Metrics = None,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Where to write it.", show_default="stdout")
    ] = "-",
) -> None:
    """Write a result in the format of another program.

    perfkit export main --format openmetrics -o perfkit.prom

    perfkit export mine.memray.bin --format pprof -o mine.pb.gz
    """
    from perfkit.commands.exporting import export_one, export_profile
    from perfkit.profilers.files import ENDINGS

    if result and result.endswith(ENDINGS):
        raise typer.Exit(export_profile(Path(result), format_, output))
    raise typer.Exit(export_one(result, format_, output, tuple(metric or ())))
