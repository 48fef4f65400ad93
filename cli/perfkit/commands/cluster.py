"""``perfkit cluster up|set|reset|requests|record|ls|down``: a mock cluster for a person's own use."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from perfkit.commands import groups, options
from perfkit.commands.formats import RequestsOutput
from perfkit.commands.groups import grouped

if TYPE_CHECKING:
    from perfkit.clusters.standing import Standing


app = typer.Typer(
    help="Clusters for your own use: mock, kind, or real ones.",
    no_args_is_help=True,
)


Name = Annotated[
    str | None, typer.Option(metavar="NAME", help="What to call it (default: as the real one, else mock).")
]
Which = Annotated[
    str | None,
    typer.Option(metavar="CLUSTER", help="Which one: mock (default), kind[:NAME], context:NAME of a kubeconfig."),
]
Foreground = Annotated[bool, typer.Option("--foreground", help="Stay, and end with Ctrl-C.")]


@app.command("up")
@grouped
def up(  # noqa: PLR0913 - a parameter an option, or a group of them: this is the command's interface
    *,
    name: Name = None,
    cluster: Which = None,
    contents: groups.Contents,
    network: groups.Network,
    manners: groups.Manners,
    kind: groups.Kind,
    permission: groups.Permission,
    foreground: Foreground = False,
) -> None:
    """Start a cluster for your own use: a mock one by default.

    Returns when it answers, and prints the line that points kubectl at it. A real cluster gets a gateway before it, and
    with --pods or --shape a population; kind clusters are made.

    perfkit cluster up --pods 10000 --link vpn --rtt 80ms

    perfkit cluster up --cluster kind:next --kubernetes v1.34.0 --pods 1000

    perfkit cluster up -f manifests/ --shape small
    """
    from perfkit.clusters import standing
    from perfkit.commands.stage.raising import Wanted, plan

    wanted = Wanted(name, cluster, kind, permission, contents, network, manners)
    planned = plan(wanted)
    if foreground:
        try:
            standing.keep(planned.name, planned.spec, planned.way, _announce_and_close)
        except KeyboardInterrupt:
            return
    _announce(standing.clusters.up(planned.name, planned.words))


@app.command("set")
def set_(
    words: Annotated[
        list[str],
        typer.Argument(metavar="[NAME] KEY=VALUE", help="Which one (default: the only one), and what becomes of it."),
    ],
) -> None:
    """Change a cluster while it stands.

    What goes wrong, what is denied, its clock, its churn, its size. Faults and denials add up; with no value they end.
    Scaling waits until the pods are ready.

    perfkit cluster set fault='429 verb=list share=10% retry-after=2s'

    perfkit cluster set fault= deny='list secrets in default'

    perfkit cluster set latency='50ms p99=2s' clock=+5m restart=5s

    perfkit cluster set mine churn=20/s scale=default/web=5 scale=+100
    """
    from perfkit.clusters import control, standing
    from perfkit.commands.stage.setting import messages, named
    from perfkit.model.control import Scale

    name, settings = named(words)
    requests = messages(settings)
    if any(isinstance(request, Scale) for request in requests):
        sys.stderr.write("waiting until pods are ready and others gone; Ctrl-C ends the waiting, not the scaling\n")
    for each in standing.clusters.chosen(name, every=False):
        control.tell(standing.clusters.folder(standing.clusters.find(each).name), requests)
        sys.stderr.write(f"cluster {each}: {', '.join(settings)}\n")


@app.command("reset")
def reset(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Which one (default: the only one).")] = None,
) -> None:
    """Bring a cluster back to its first state.

    Its objects, faults, rules and clock; all watches end.
    """
    from perfkit.clusters import control, standing
    from perfkit.model.control import Reset

    for each in standing.clusters.chosen(name, every=False):
        control.tell(standing.clusters.folder(standing.clusters.find(each).name), [Reset()])
        sys.stderr.write(f"cluster {each} is as it was at first\n")


@app.command("ls")
def ls() -> None:
    """Show the clusters that are up."""
    from rich.markup import escape
    from rich.table import Table

    from perfkit.clusters import kind, standing
    from perfkit.views.console import stdout

    table = Table("name", "pods", "shape", "link", box=None, pad_edge=False)
    table.add_column("address", no_wrap=True)
    table.add_column("kubeconfig", overflow="fold")
    for each in standing.clusters.ls():
        held = each.shape if each.cluster == "mock" else f"{each.cluster} {each.shape}".strip()
        cells = each.name, f"{each.pods:,}", held, each.link or "–", each.address, each.kubeconfig
        table.add_row(*map(escape, cells))  # of an IPv6 address the brackets are no markup
    for made in kind.made():
        table.add_row(f"kind:{made.name}", "", "made by kind", "–", "", str(kind.kubeconfig_of(made.name)))
    console = stdout()
    if not console.is_terminal:
        console.width = 1000  # a program wants paths whole
    if table.row_count:
        console.print(table)
    else:
        sys.stderr.write("no cluster is up; `perfkit cluster up` starts one\n")


@app.command("down")
def down(
    *,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Which one, or kind:NAME (default: the only one).")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them, and what killed runs left.")] = False,
) -> None:
    """End a cluster, or all of them.

    With --all, also take out of real clusters what killed runs left in them.
    """
    from perfkit.commands.stage.real import take_down

    take_down(name, every=every)


@app.command("requests")
def requests(
    *,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Which cluster (default: the only one).")] = None,
    tail: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="The last N requests, a line each, in place of a summary.")
    ] = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on with what comes, until Ctrl-C.")] = False,
    waterfall: Annotated[
        bool, typer.Option("--waterfall", help="The last 40, or --tail, as bars: to the first byte, to the last.")
    ] = False,
    output: Annotated[RequestsOutput, options.FORMAT] = RequestsOutput.TABLE,
) -> None:
    """Show what clients asked of a cluster.

    By verb and resource, line by line, or as a waterfall.

    perfkit cluster requests -f
    """
    from perfkit.commands.stage.requesting import Asked, show_requests

    try:
        show_requests(Asked(name=name, tail=tail, follow=follow, waterfall=waterfall, output=output))
    except KeyboardInterrupt:
        return


@app.command("record")
def record(
    *,
    context: Annotated[str, typer.Option(metavar="NAME", help="Context of the kubeconfig.")],
    kubeconfig: Annotated[
        str | None, typer.Option(metavar="FILE", help="Default: KUBECONFIG, else ~/.kube/config.")
    ] = None,
    output: Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="Where to write it.")],
    snapshot: Annotated[
        bool, typer.Option("--snapshot", help="The objects themselves, anonymised, in place of a shape fitted to them.")
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Leave names and all as they are; secrets lose their data in any case.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Record what a cluster holds, as a shape or a snapshot.

    `perfkit cluster up` plays it. Only LISTs are sent.

    perfkit cluster record --context staging -o staging.toml
    """
    from perfkit.commands.stage import recording

    asked = recording.Asked(context, kubeconfig, output, snapshot, raw, yes)
    recording.record(asked)


def _announce(standing: Standing) -> None:
    """The one line on stdout can be eval'ed; what a person wants to know beside it goes to stderr."""
    from perfkit.clusters.exposure import is_loopback, warning

    sys.stdout.write(f"export KUBECONFIG={standing.kubeconfig}\n")
    sys.stdout.flush()
    sys.stderr.write(
        f"cluster {standing.name}: {standing.pods:,} pods, seed {standing.seed}, {standing.address}"
        f"{f', over {standing.link}' if standing.link else ''}\n"
        f"end it with `perfkit cluster down {standing.name}`\n"
    )
    if not is_loopback(standing.host):
        sys.stderr.write(f"{warning(standing.host)}\n")


def _announce_and_close(standing: Standing) -> None:
    from perfkit.keeper import close_output

    _announce(standing)
    close_output()
