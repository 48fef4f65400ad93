"""``perfkit cluster up|ls|down``: a mock cluster for a person's own use."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from perfkit.commands import options

if TYPE_CHECKING:
    from perfkit.clusters.standing import Standing

app = typer.Typer(help="Start, list and end mock clusters for your own use.", no_args_is_help=True)


@app.command("up")
def up(  # noqa: PLR0913 - one parameter an option: this is the command's interface
    *,
    name: Annotated[str, typer.Option(help="What to call it.")] = "mock",
    pods: Annotated[int | None, typer.Option(min=0, help="Number of pods (default: the shape's).")] = None,
    shape: Annotated[str, typer.Option(help="What it holds; see `perfkit list`.")] = "small",
    seed: Annotated[int, typer.Option(help="Same seed, same objects.")] = 1,
    link: options.Link = None,
    rtt: options.Rtt = None,
    jitter: options.Jitter = None,
    rate: options.Rate = None,
    loss: options.Loss = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1 (0: any free one).")] = 0,
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay, and end with Ctrl-C.")] = False,
) -> None:
    """Start a mock cluster; returns when it answers and prints the line that points kubectl at it.

    perfkit cluster up --pods 10000 --link vpn --rtt 80ms
    """
    from perfkit.clusters import standing
    from perfkit.commands.linking import approach
    from perfkit.model.scenario import ClusterSpec
    from perfkit.storage.names import SHAPES, find

    find(SHAPES, shape)  # a misspelt name is a usage error, told before anything starts
    said = options.of_link(rtt=rtt, jitter=jitter, rate=rate, loss=loss)
    way = approach(port, link, said, seed)
    if foreground:
        spec = ClusterSpec(shape=shape, pods=pods, seed=seed)
        try:
            standing.keep(name, spec, way, _announce_and_close)
        except KeyboardInterrupt:
            return
    words = ["--shape", shape, "--seed", str(seed), "--port", str(port)]
    words += [] if pods is None else ["--pods", str(pods)]
    words += options.as_words({} if link is None else {"link": link}, said)
    _announce(standing.clusters.up(name, words))


@app.command("ls")
def ls() -> None:
    """Show the clusters that are up."""
    from rich.table import Table

    from perfkit.clusters import standing
    from perfkit.views.console import stdout

    table = Table("name", "pods", "shape", "link", box=None, pad_edge=False)
    table.add_column("address", no_wrap=True)
    table.add_column("kubeconfig", overflow="fold")
    for each in standing.clusters.ls():
        table.add_row(each.name, f"{each.pods:,}", each.shape, each.link or "–", each.address, each.kubeconfig)
    if table.row_count:
        stdout().print(table)
    else:
        sys.stderr.write("no cluster is up; `perfkit cluster up` starts one\n")


@app.command("down")
def down(
    *,
    name: Annotated[str | None, typer.Argument(help="Which one (default: the only one).")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
) -> None:
    """End a cluster, or all of them."""
    from perfkit.clusters import standing

    for each in standing.clusters.chosen(name, every=every):
        standing.clusters.down(each)
        sys.stderr.write(f"cluster {each} is down\n")


def _announce(standing: Standing) -> None:
    """The one line on stdout can be eval'ed; what a person wants to know beside it goes to stderr."""
    sys.stdout.write(f"export KUBECONFIG={standing.kubeconfig}\n")
    sys.stdout.flush()
    sys.stderr.write(
        f"cluster {standing.name}: {standing.pods:,} pods, seed {standing.seed}, {standing.address}"
        f"{f', over {standing.link}' if standing.link else ''}\n"
        f"end it with `perfkit cluster down {standing.name}`\n"
    )


def _announce_and_close(standing: Standing) -> None:
    from perfkit.keeper import close_output

    _announce(standing)
    close_output()
