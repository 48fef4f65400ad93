"""``perfkit cluster requests`` from arguments to text: the record of a standing cluster, read from its file."""

from __future__ import annotations

import shutil
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perfkit.clusters.control import tell
from perfkit.clusters.standing import RECORD, clusters
from perfkit.errors import ClusterError
from perfkit.measure.requests import Follower, Sum, read_bounded, sums
from perfkit.model.control import Collect
from perfkit.views import requests as views

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from perfkit.model.requests import Entry

SHOWN = 40  # requests of a waterfall where --tail does not say how many
_PATIENCE = 5.0  # seconds for the server to write out what it has
_POLL = 0.1  # seconds; the server writes a line within as long


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line. ``tail`` None: a summary, where nothing is followed; ``output``: table, json or csv."""

    name: str | None
    tail: int | None
    follow: bool
    waterfall: bool
    output: str


def show_requests(asked: Asked) -> None:
    """Write what was asked for to stdout; with ``follow`` until the cluster ends or Ctrl-C.

    Raises:
        UsageError: no such cluster.
        ClusterError: it has no record.
    """
    (name,) = clusters.chosen(asked.name, every=False)
    path = _record(name)
    _complete(path.parent)
    follower = Follower(path) if asked.follow else None
    entries = read_bounded(path)
    lines = asked.tail is not None or asked.follow
    chosen = entries[-asked.tail :] if asked.tail else [] if lines else entries
    if asked.waterfall:
        _write("\n".join(views.waterfall(entries[-(asked.tail or SHOWN) :])))
    elif lines:
        _lines(chosen, asked)
    else:
        _summary(name, entries, asked.output)
    if follower is not None:
        _follow(follower, asked)


def _record(name: str) -> Path:
    known = [each.name for each in clusters.ls()]
    path = clusters.folder(name) / RECORD
    if name in known and path.exists():
        return path
    raise ClusterError(f"no record of a cluster named {name!r}", f"up are: {', '.join(known) or 'none'}")


def _complete(folder: Path) -> None:
    """Have the server write out what it knows by now; where it cannot, what is shown is not all."""
    try:
        tell(folder, [Collect()], _PATIENCE)
    except ClusterError as error:
        sys.stderr.write(f"! this may not be all: {error.message}\n")


def _summary(name: str, entries: Sequence[Entry], output: str) -> None:
    found = sums(entries)
    if output == "json":
        sys.stdout.write(views.document(entries, found))
    elif output == "csv":
        sys.stdout.write(views.table(map(views.sum_cells, found), Sum.__struct_fields__))
    else:
        from perfkit.views.console import stdout
        from perfkit.views.tables import show_grid

        connections = len({entry.port for entry in entries})
        title = f"cluster {name}: {len(entries):,} requests on {connections:,} connections"
        show_grid(stdout(), views.summary(found, title))


def _lines(entries: Sequence[Entry], asked: Asked) -> None:
    if asked.output == "json" and not asked.follow:
        sys.stdout.write(views.document(entries, sums(entries)))
        return
    if asked.output == "csv":
        sys.stdout.write(views.table([], views.COLUMNS))
    _write("".join(map(_writer(asked.output), entries)).rstrip("\n"))


def _follow(follower: Follower, asked: Asked) -> None:
    writer = _writer(asked.output)
    try:
        while True:
            _write("".join(map(writer, follower.read())).rstrip("\n"))
            time.sleep(_POLL)
    except FileNotFoundError:  # the cluster is down, and its folder is gone
        return
    finally:
        follower.close()


def _writer(output: str) -> Callable[[Entry], str]:
    # A line of a terminal is cut where it would be broken: it ends with the user agent, which is the least of it.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    writers: dict[str, Callable[[Entry], str]] = {
        "table": lambda entry: f"{views.line(entry)[:width]}\n",
        "json": lambda entry: f"{views.json_line(entry)}\n",
        "csv": lambda entry: views.table([views.cells(entry)]),
    }
    return writers[output]


def _write(text: str) -> None:
    if text:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
