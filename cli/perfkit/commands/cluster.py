"""``perfkit cluster up|set|reset|requests|record|ls|down``: a mock cluster for a person's own use."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from perfkit.commands import options

if TYPE_CHECKING:
    from perfkit.clusters.standing import Standing


class RequestsOutput(StrEnum):
    """What ``cluster requests -o`` takes."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


app = typer.Typer(
    help="Start, list and end clusters for your own use: mock, kind, or real ones.",
    no_args_is_help=True,
)


@app.command("up")
def up(  # noqa: PLR0913 - one parameter an option: this is the command's interface
    *,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What to call it (default: as the real one, else mock).")
    ] = None,
    cluster: options.Cluster = None,
    kubernetes: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Of a kind cluster that is made, e.g. v1.33.1.")
    ] = None,
    node_image: Annotated[str | None, typer.Option(metavar="IMAGE", help="Of its nodes, instead of a version.")] = None,
    config: Annotated[
        str, typer.Option(metavar="CONFIG", help="For kind: a name among fixtures/kind, or a file.")
    ] = "default",
    engine: Annotated[
        str, typer.Option(metavar="NAME", help="For kind: docker, podman or nerdctl (default: kind's choice).")
    ] = "",
    allow_writes: options.AllowWrites = False,
    production: options.Production = None,
    yes: options.Yes = False,
    pods: Annotated[int | None, typer.Option(metavar="N", min=0, help="Number of pods (default: the shape's).")] = None,
    shape: Annotated[
        str | None,
        typer.Option(metavar="SHAPE", help="What it holds, a name or a file; see `perfkit list` (default: small)."),
    ] = None,
    file: Annotated[
        list[str] | None,
        typer.Option(
            "-f", "--file", metavar="PATH", help="Manifests or a snapshot, alone or with --shape; repeatable."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Same seed, same objects.")] = 1,
    link: options.Link = None,
    rtt: options.Rtt = None,
    jitter: options.Jitter = None,
    rate: options.Rate = None,
    loss: options.Loss = None,
    deny: Annotated[list[str] | None, typer.Option(metavar="RULE", help="E.g. 'list secrets'; repeatable.")] = None,
    fault: Annotated[
        list[str] | None, typer.Option(metavar="FAULT", help="E.g. '429 verb=list share=10%'; repeatable.")
    ] = None,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Port (0: any free one).")] = 0,
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay, and end with Ctrl-C.")] = False,
) -> None:
    """Start a mock cluster; returns when it answers and prints the line that points kubectl at it.

    A real cluster gets a gateway before it, and with --pods or --shape a population; kind clusters are made.

    perfkit cluster up --pods 10000 --link vpn --rtt 80ms

    perfkit cluster up --cluster kind:next --kubernetes v1.34.0 --pods 1000

    perfkit cluster up -f manifests/ --shape small
    """
    from perfkit.clusters import kind, standing
    from perfkit.commands.holding import held
    from perfkit.commands.linking import approach
    from perfkit.commands.real_clusters import Consent
    from perfkit.commands.setting import faults, rules
    from perfkit.commands.staging import image_of, name_of, real_words, staged
    from perfkit.model.scenario import ClusterSpec

    populate = pods is not None or shape is not None
    shape, files = held(shape, tuple(file or ()))
    said = options.of_link(rtt=rtt, jitter=jitter, rate=rate, loss=loss)
    way = approach(host, port, link, said, seed)
    wrongs = {"deny": tuple(deny or ()), "fault": tuple(fault or ())}
    spec = ClusterSpec(
        shape=shape,
        pods=pods,
        seed=seed,
        deny=rules(wrongs["deny"]),
        fault=faults(wrongs["fault"]),
        heartbeats=True,  # one for a person's own use lives; trials are quiet unless their scenario says so
        files=files,
        populate=populate,
        writes=allow_writes,
    )
    asked = kind.Asked(name="", engine=engine, image=image_of(kubernetes, node_image), config=config)
    spec, way = staged(cluster, spec, way, asked, Consent(yes=yes, production=production))
    name = name or name_of(spec)
    if foreground:
        try:
            standing.keep(name, spec, way, _announce_and_close)
        except KeyboardInterrupt:
            return
    words = ["--shape", shape, "--seed", str(seed), "--port", str(port), "--host", host]
    words += [word for key, texts in {**wrongs, "file": files}.items() for text in texts for word in (f"--{key}", text)]
    words += [] if pods is None else ["--pods", str(pods)]
    words += options.as_words({} if link is None else {"link": link}, said)
    if spec.kind != "mock":
        words = real_words(spec, words, engine)
    _announce(standing.clusters.up(name, words))


@app.command("set")
def set_(
    words: Annotated[list[str], typer.Argument(metavar="[NAME] KEY=VALUE…", help="Which one (default: the only one).")],
) -> None:
    """Change a cluster while it stands: what goes wrong, what is denied, its clock, its churn, its size.

    fault='429 verb=list share=10% retry-after=2s'  adds a fault; fault=  ends all

    deny='list secrets in default'  adds a rule; deny=  allows all

    latency='50ms p99=2s'  clock=+5m  restart=5s

    churn='20/s'  scale=default/web=5  scale=+100  (waits until the pods are ready)
    """
    from perfkit.clusters import control, standing
    from perfkit.commands.setting import messages, named
    from perfkit.model.control import Scale

    name, settings = named(words)
    requests = messages(settings)
    if any(isinstance(request, Scale) for request in requests):
        sys.stderr.write("waiting until pods are ready and others gone; Ctrl-C ends the waiting, not the scaling\n")
    for each in standing.clusters.chosen(name, every=False):
        control.tell(standing.clusters.folder(standing.clusters.find(each).name), requests)
        sys.stderr.write(f"cluster {each}: {', '.join(settings)}\n")


@app.command("reset")
def reset(name: Annotated[str | None, typer.Argument(help="Which one (default: the only one).")] = None) -> None:
    """Bring a cluster back to its first state: its objects, faults, rules and clock; all watches end."""
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
    name: Annotated[str | None, typer.Argument(help="Which one, or kind:NAME (default: the only one).")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them, and what killed runs left.")] = False,
) -> None:
    """End a cluster, or all of them; with --all also take out of real clusters what killed runs left in them."""
    from perfkit.commands.staging import take_down

    take_down(name, every=every)


@app.command("requests")
def requests(
    *,
    name: Annotated[str | None, typer.Argument(help="Which cluster (default: the only one).")] = None,
    tail: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="The last N requests, a line each, in place of a summary.")
    ] = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on with what comes, until Ctrl-C.")] = False,
    waterfall: Annotated[
        bool, typer.Option("--waterfall", help="The last 40, or --tail, as bars: to the first byte, to the last.")
    ] = False,
    output: Annotated[RequestsOutput, typer.Option("-o", "--output", help="Format on stdout.")] = RequestsOutput.TABLE,
) -> None:
    """Show what clients asked of a cluster: by verb and resource, line by line, or as a waterfall.

    perfkit cluster requests -f
    """
    from perfkit.commands.requesting import Asked, show_requests

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
    """Record what any cluster holds, as a shape or a snapshot that `cluster up` plays. Only LISTs are sent.

    perfkit cluster record --context staging -o staging.toml
    """
    from perfkit.commands import recording

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
