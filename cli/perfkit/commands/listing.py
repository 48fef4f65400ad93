"""``perfkit list``: what there is to run, and what was run."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer


class Kind(StrEnum):
    """What can be listed."""

    SCENARIOS = "scenarios"
    CLIENTS = "clients"
    SHAPES = "shapes"
    LINKS = "links"
    MANIFESTS = "manifests"
    RESULTS = "results"
    TARGETS = "targets"


def list_(
    kinds: Annotated[
        list[Kind] | None,
        typer.Argument(
            metavar="KIND",
            help="scenarios, clients, shapes, links, manifests, results, targets that were fetched (default: all).",
        ),
    ] = None,
) -> None:
    """List what there is to run, and what was run.

    perfkit list scenarios clients
    """
    from perfkit.commands.inventory import rows
    from perfkit.views.console import stdout
    from perfkit.views.grids import Grid
    from perfkit.views.tables import show_listing

    for kind in kinds or list(Kind):
        found = rows(kind)
        if found:
            show_listing(stdout(), Grid(kind.value, ("name", "title", "from"), found))
        else:
            sys.stderr.write(f"no {kind.value}\n")
