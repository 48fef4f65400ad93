"""Profiles of a scenario's targets: a flamegraph, and the functions that cost most."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

from perfkit.views.report.figure import figure, scrolled, table

if TYPE_CHECKING:
    from perfkit.views.report.content import Flame


def flame(profile: Flame) -> str:
    """The figure. As an image nothing in it runs, so it can be looked at, not searched; the file can."""
    title = f"Profile {profile.name}"
    tables = "".join(table(grid, f"{grid.title} of {profile.name}") for grid in profile.grids)
    if not profile.svg:
        return figure(title, tables, "", [f"{profile.file} is too large to be drawn here."])
    source = f"data:image/svg+xml;base64,{b64encode(profile.svg).decode()}"
    size = f'width="{profile.width}" height="{profile.height}"'
    picture = f'<img class="flame" src="{source}" {size} alt="Flamegraph of {escape(profile.name)}; its table follows">'
    return figure(title, scrolled(picture, title), tables, [f"Of {profile.file}."])
