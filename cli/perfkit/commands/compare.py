"""``perfkit compare``: stored results, two or more, or the targets of one."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from perfkit.commands import options
from perfkit.commands.formats import CheckOutput


class Drawn(StrEnum):
    """What ``--drawn`` takes."""

    BASE = "base"
    HEAD = "head"


Results = Annotated[
    list[str] | None,
    typer.Argument(metavar="RESULT", help="LABEL, PATH or git ref, with #TARGET; first is base (default: latest)."),
]
Explain = Annotated[
    bool, typer.Option("--explain", help="How a verdict came about: of the METRIC named, else of the worst.")
]
Timeline = Annotated[bool, typer.Option("--timeline", help="Show how each target starts, moment by moment.")]
Plot = Annotated[bool, typer.Option("--plot/--no-plot", help="Draw the intervals below a table.")]
Format = Annotated[CheckOutput, options.FORMAT]
ExitCode = Annotated[bool, typer.Option("--exit-code", help="Exit 1 also when a metric of another session regressed.")]
Value = Annotated[
    str, typer.Option("--value", metavar="NAME", help="Of profiles: which of their values, e.g. alloc_space.")
]
Normalised = Annotated[
    bool, typer.Option("--normalised", help="Of profiles: as if both had the same total; compares shares.")
]
Flamegraph = Annotated[
    Path | None, typer.Option("--flamegraph", metavar="FILE.svg", help="Of profiles: draw one, or the difference.")
]
DrawnBy = Annotated[
    Drawn, typer.Option("--drawn", help="Whose widths the flamegraph of a difference has; base shows what is gone.")
]


def compare(  # noqa: PLR0913 - one parameter an option: this is the command's interface
    results: Results = None,
    *,
    explain: Explain = False,
    profile: options.Profilers = "fitting",
    limit: options.Limits = None,
    metric: options.Metrics = None,
    timeline: Timeline = False,
    plot: Plot = True,
    output: Format = CheckOutput.TABLE,
    exit_code: ExitCode = False,
    strict: options.Strict = False,
    value: Value = "",
    normalised: Normalised = False,
    flamegraph: Flamegraph = None,
    drawn: DrawnBy = Drawn.HEAD,
) -> None:
    """Compare results: releases, commits, or targets of one run.

    Without arguments, show the latest result.

    A RESULT is a label, a file, a folder with results, or a git ref at whose commit one was recorded; #TARGET picks one
    of its targets. All scenarios that the results share are compared, worst first; of more than two results each is a
    column, compared with the first.

    perfkit compare v1.2 HEAD

    perfkit compare main#base feature#head --explain memory.peak

    Profiles are compared too: speedscope, pprof, folded stacks, memray's captures.

    perfkit compare old.speedscope.json new.speedscope.json --flamegraph new.svg
    """
    from perfkit.profilers.files import ENDINGS

    if results and all(word.endswith(ENDINGS) for word in results):
        from perfkit.commands.profile_files import AskedProfiles, compare_files

        files = tuple(map(Path, results))
        compare_files(AskedProfiles(files, output.value, value, normalised, flamegraph, drawn.value))
        return
    from perfkit.commands.comparing import Asked, compare_all

    asked = Asked(
        words=tuple(results or ()),
        limits=tuple(limit or ()),
        shown=tuple(metric or ()),
        explain=explain,
        profilers=profile,
        timeline=timeline,
        plot=plot,
        output=output,
        fails=exit_code,
        strict=strict,
    )
    raise typer.Exit(compare_all(asked))
