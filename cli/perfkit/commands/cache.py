"""``perfkit cache``: versions of targets that were fetched or built, and are kept for the next time."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

DAY = 24 * 3600.0  # seconds

app = typer.Typer(
    help="See and prune versions of targets that were fetched or built.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("ls")
def ls() -> None:
    """List them, with what they take and when they were last used."""
    from perfkit.commands.inventory import rows
    from perfkit.views.console import stdout
    from perfkit.views.grids import Grid
    from perfkit.views.tables import show_listing

    found = rows("targets")
    if found:
        show_listing(stdout(), Grid("", ("target", "version", "last use"), found))
    else:
        sys.stderr.write("the cache is empty\n")


@app.command("prune")
def prune(
    *,
    unused: Annotated[int, typer.Option(metavar="DAYS", min=0, help="Remove what was not used for so long.")] = 30,
    every: Annotated[bool, typer.Option("--all", help="Remove all that no other perfkit is using.")] = False,
) -> None:
    """Remove versions that were not used for a while.

    And what interrupted fetches and builds left.
    """
    from perfkit.model.units import format_value
    from perfkit.targets.versions import store
    from perfkit.targets.versions.commits import forget_tree

    removed = 0
    for kept, size in store.prune(0.0 if every else unused * DAY, forget_tree):
        removed += size
        sys.stderr.write(f"removed {kept.made.source} ({format_value(size, 'bytes')})\n")
    sys.stderr.write(f"freed {format_value(removed, 'bytes')}\n")
