"""``perfkit link up|ls|down|test``: a simulated network before anything, and the proof that it is one."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from perfkit.commands import options
from perfkit.commands.formats import TableOrJson
from perfkit.commands.groups import grouped
from perfkit.errors import UsageError

if TYPE_CHECKING:
    from perfkit.model.link import LinkProfile
    from perfkit.network.standing import Standing

app = typer.Typer(help="Put a simulated network before anything, and test it.", no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is different about a profile."""

    rtt: options.Rtt = None
    jitter: options.Jitter = None
    rate: options.Rate = None
    down: Annotated[str | None, typer.Option(metavar="RATE", help="Towards the client, e.g. 10mbit.")] = None
    up: Annotated[str | None, typer.Option(metavar="RATE", help="From the client.")] = None
    loss: options.Loss = None

    def said(self, fault: str | None = None) -> dict[str, str]:
        """It in the words of a link file."""
        return options.of_link(**asdict(self), fault=fault)


FAULT_HELP = "reset|stall|truncate|drip, with [after=64KiB] [share=10%] [count=3] [duration=60s] [rate=100B/s]."
Seed = Annotated[int, typer.Option(metavar="N", help="Of loss, jitter and faults.")]


class BackEnd(StrEnum):
    """Who plays a link."""

    AUTO = "auto"
    RELAY = "relay"
    NETEM = "netem"


Player = Annotated[BackEnd, typer.Option("--backend", help="netem needs root; auto takes it where it works.")]


@app.command("up")
@grouped
def up(  # noqa: PLR0913 - a parameter an option, or a group of them: this is the command's interface
    *,
    to: Annotated[str, typer.Option(metavar="HOST:PORT", help="What is behind the link.")],
    link: Annotated[
        str, typer.Option(metavar="LINK", help="A profile (see `perfkit list links`), or direct.")
    ] = "direct",
    conditions: Conditions,
    fault: Annotated[str | None, typer.Option(metavar="FAULT", help=FAULT_HELP)] = None,
    seed: Seed = 1,
    backend: Player = BackEnd.RELAY,
    name: Annotated[str, typer.Option(metavar="NAME", help="What to call it.")] = "link",
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Port on 127.0.0.1 (0: any free one).")] = 0,
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay, and end with Ctrl-C.")] = False,
) -> None:
    """Put a link before HOST:PORT.

    Returns when it listens, and prints the address to use instead.

    perfkit link up --to 127.0.0.1:6443 --link vpn --rtt 80ms
    """
    from perfkit.commands.stage.linking import address
    from perfkit.model.relay import RelayConfig
    from perfkit.network import standing

    said = conditions.said(fault)
    config = RelayConfig(link=_find(link, said), to=address(to), port=port, seed=seed)
    if foreground:
        try:
            standing.keep(name, config, backend, _announce_and_close)
        except KeyboardInterrupt:
            return
    words = ["--to", to, "--link", link, "--seed", str(seed), "--port", str(port), "--backend", backend]
    _announce(standing.links.up(name, words + options.as_words(said)))


@app.command("ls")
def ls() -> None:
    """Show the links that are up."""
    from rich.table import Table

    from perfkit.network import standing
    from perfkit.views.console import stdout

    table = Table("name", "link", "address", "to", box=None, pad_edge=False)
    for each in standing.links.ls():
        table.add_row(each.name, each.link, each.address, each.to)
    if table.row_count:
        stdout().print(table)
    else:
        sys.stderr.write("no link is up; `perfkit link up` starts one\n")


@app.command("down")
def down(
    *,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Which one (default: the only one).")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
) -> None:
    """End a link, or all of them."""
    from perfkit.network import standing

    for each in standing.links.chosen(name, every=every):
        standing.links.down(each)
        sys.stderr.write(f"link {each} is down\n")


@app.command("test")
@grouped
def measure(
    link: Annotated[str, typer.Argument(metavar="LINK", help="See `perfkit list links`.")] = "direct",
    *,
    conditions: Conditions,
    seed: Seed = 1,
    backend: Player = BackEnd.RELAY,
    output: Annotated[TableOrJson, options.FORMAT] = TableOrJson.TABLE,
) -> None:
    """Measure through a link what it was asked to do.

    Round trip, rates, loss, and how late its relay was.

    perfkit link test vpn --rate 10mbit
    """
    from perfkit.commands.stage.linking import show
    from perfkit.network.proof import prove

    said = conditions.said()
    profile = _find(link, said)
    if profile.trace_down or profile.trace_up:
        raise UsageError(f"link {profile.name!r} plays a trace, which has no one rate to test")
    show(prove(profile, seed, backend), output)


def _find(name: str, said: dict[str, str]) -> LinkProfile:
    from perfkit.storage.links import find_link, with_options

    return with_options(find_link(name), said)


def _announce(standing: Standing) -> None:
    """The one line on stdout is the address; what a person wants to know beside it goes to stderr."""
    sys.stdout.write(f"{standing.address}\n")
    sys.stdout.flush()
    sys.stderr.write(
        f"link {standing.name}: {standing.link} to {standing.to}, {standing.how}\n"
        f"end it with `perfkit link down {standing.name}`\n"
    )


def _announce_and_close(standing: Standing) -> None:
    from perfkit.keeper import close_output

    _announce(standing)
    close_output()
