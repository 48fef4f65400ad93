"""``perfkit top``: look at a client while it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from perfkit.commands import options  # noqa: TC001 - Typer reads annotations at run time
from perfkit.commands.formats import TableOrJson

What = Annotated[str | None, typer.Argument(metavar="PID|URL", help="A process, or an endpoint that exposes metrics.")]
Target = Annotated[
    str | None,
    typer.Option("-t", "--target", metavar="CLIENT", help="A client as in `run`; its screens nobody sees."),
]
Duration = Annotated[
    str | None, typer.Option("--for", metavar="TIME", help="So long, e.g. 30s (default: until it ends, or q).")
]
Limits = Annotated[
    list[str] | None,
    typer.Option("--limit", metavar="LIMIT", help="E.g. 'memory.peak < 100 MB'; repeatable. Broken: exit code 1."),
]
Cluster = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="What it talks to: a cluster of `cluster up`; a command: context:NAME, too."),
]
Churn = Annotated[
    str | None, typer.Option(metavar="RATE", help="How often the command's own cluster changes, e.g. 20/s.")
]
Label = Annotated[
    str | None, typer.Option(metavar="LABEL", help="Keep it as a result of this name, for compare and report.")
]
Format = Annotated[
    TableOrJson | None,
    typer.Option("-o", "--output", help="Lines and a summary, or a summary as JSON, instead of the view."),
]


def top(  # noqa: PLR0913 - one parameter an option: this is the command's interface
    context: typer.Context,
    what: What = None,
    *,
    target: Target = None,
    duration: Duration = None,
    limit: Limits = None,
    cluster: Cluster = None,
    production: options.Production = None,
    shape: options.Shape = None,
    pods: options.Pods = None,
    seed: options.Seed = None,
    churn: Churn = None,
    link: options.Link = None,
    label: Label = None,
    force: options.Force = False,
    output: Format = None,
) -> None:
    """Look at a client while it runs: memory, CPU, requests, queues.

    Against limits, in a view or as lines. A command may follow after --.

    perfkit top 4711

    perfkit top --for 30s --label before -- kubectl get pods -A -w

    perfkit top http://localhost:8080/metrics
    """
    from perfkit.commands.watch.choices import Choices
    from perfkit.commands.watch.course import watch

    choices = Choices(
        what=what,
        command=tuple(context.obj or ()),
        target=target,
        duration=duration,
        limits=tuple(limit or ()),
        cluster=cluster,
        production=production,
        shape=shape,
        pods=pods,
        seed=seed,
        churn=churn,
        link=link,
        label=label,
        force=force,
        output=output.value if output is not None else None,
    )
    raise typer.Exit(watch(choices))
