"""Arguments and options that several commands share, so that one word means one thing everywhere."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

FORMAT = typer.Option("-o", "--output", help="Format on stdout.")  # of whichever enumeration a command has

Scenarios = Annotated[
    list[str] | None, typer.Argument(metavar="SCENARIO", help="Names or files (default: the project's, else startup).")
]
Targets = Annotated[
    list[str] | None,
    typer.Option(
        "-t",
        "--target",
        metavar="[NAME=]TARGET",
        help="CLIENT[@VERSION], cmd:WORDS, pip:REQUIREMENT, git:REF, go:PATH@VERSION, gh:OWNER/REPO@TAG; repeatable.",
    ),
]
Ready = Annotated[
    str | None,
    typer.Option(metavar="WHEN", help='When a command is ready: exit, watch, "api list pods", "log REGEX".'),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="CLUSTER", help="What the targets talk to: mock (default), kind[:NAME], context:NAME of a kubeconfig."
    ),
]
Populate = Annotated[
    bool,
    typer.Option("--populate", help="Put the shape's nodes and pods into the context's cluster, and out again."),
]
AllowWrites = Annotated[
    bool, typer.Option("--allow-writes", help="Of a real cluster: targets may change it, and exec into its pods.")
]
Production = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Says again, by its name, that a context that looks like production is meant."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before a real cluster is put under load.")]
Shape = Annotated[str | None, typer.Option(metavar="SHAPE", help="What the cluster holds; see `perfkit list`.")]
Pods = Annotated[int | None, typer.Option(metavar="N", min=0, help="Number of pods.")]
Seed = Annotated[int | None, typer.Option(metavar="N", help="Of the cluster's objects and of the order of trials.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A key of the scenario, as in a matrix: 'busy/duration=2h'."),
]
Cells = Annotated[
    str | None,
    typer.Option("-k", "--cells", metavar="TEXT", help="Of a matrix, cells with this in their name, or 'not TEXT'."),
]


class Traced(StrEnum):
    """What ``--trace`` takes."""

    SAMPLES = "samples"
    THREADS = "threads"
    RUNTIME = "runtime"


Trace = Annotated[
    list[Traced] | None,
    typer.Option(
        metavar="samples|threads|runtime",
        help="Look while it runs: CPU and memory over time; by thread; what the runtime tells. Repeatable. "
        "Such trials compare only with their like.",
    ),
]
Link = Annotated[str | None, typer.Option(metavar="LINK", help="The network in between; see `perfkit list links`.")]
Rtt = Annotated[str | None, typer.Option(metavar="TIME", help="Round trip, half of it each way, e.g. 80ms.")]
Jitter = Annotated[str | None, typer.Option(metavar="TIME", help="Each packet's delay varies by ± this, uniformly.")]
Rate = Annotated[str | None, typer.Option(metavar="RATE", help="Both directions, e.g. 10mbit.")]
Loss = Annotated[str | None, typer.Option(metavar="SHARE", help="Of the packets, each way, e.g. 0.5%.")]
Runs = Annotated[
    int | None, typer.Option("-r", "--runs", metavar="N", min=1, help="Exactly so many trials of each target.")
]
Warmup = Annotated[
    int | None, typer.Option("-w", "--warmup", metavar="N", min=0, help="Discarded trials of each target at the start.")
]
MaxTime = Annotated[str | None, typer.Option(metavar="TIME", help="Stop after so long, e.g. 90s, 5min.")]
Limits = Annotated[
    list[str] | None,
    typer.Option("--limit", metavar="METRIC=LIMIT", help="E.g. 'memory.peak=+0.5 %'; repeatable. Nearest wins."),
]
Metrics = Annotated[
    list[str] | None,
    typer.Option(
        "-m", "--metric", metavar="GLOB", help="Show these too, e.g. 'busy/api.*'; repeatable. See docs/metrics.md."
    ),
]
Build = Annotated[
    str | None, typer.Option(metavar="COMMAND", help="Builds each commit's files, each in a work tree of its own.")
]
Label = Annotated[str | None, typer.Option(metavar="LABEL", help="Name of the result (default: time and commit).")]
Force = Annotated[bool, typer.Option("--force", help="Replace a result of the same label.")]
Profilers = Annotated[
    str,
    typer.Option(
        metavar="TOOLS",
        help="With --explain: what profiles both sides of what became worse; none: nothing (default: what suits).",
        show_default=False,
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 5 when a gated metric stays unclear.")]


def of_link(**options: str | None) -> dict[str, str]:
    """What was said of a link; ``rate`` stands for both directions that are not given themselves."""
    given = {key: value for key, value in options.items() if value is not None}
    rate = given.pop("rate", None)
    return given if rate is None else {"down": rate, "up": rate, **given}


def as_words(*said: dict[str, str]) -> list[str]:
    """Options as words of a command line, for the keeper that is started with the same."""
    return [word for each in said for key, value in each.items() for word in (f"--{key}", value)]
