"""What lies where: names, titles and places of everything that can be named on the command line."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from perfkit import bundled
from perfkit.storage import labels

if TYPE_CHECKING:
    from perfkit.views.grids import Cell

FOLDERS = {
    "scenarios": "scenarios",
    "clients": "fixtures/clients",
    "shapes": "fixtures/shapes",
    "links": "fixtures/links",
}


def rows(kind: str) -> list[tuple[Cell, ...]]:
    """One row each: name, title, and where it comes from."""
    if kind == "results":
        return [(each.label, ", ".join(each.scenarios) or "unfinished", each.place) for each in labels.labels()]
    found = []
    for name in bundled.names(FOLDERS[kind]):
        path = bundled.find(FOLDERS[kind], name)
        assert path is not None
        place = "project" if path.is_relative_to(bundled.project_root()) else "bundled"
        found.append((name, _title(path.read_text(errors="replace")), place))
    return list(found)


def _title(text: str) -> str:
    """The title of a file; a broken file is listed all the same, and says so."""
    try:
        return str(tomllib.loads(text).get("title", ""))
    except tomllib.TOMLDecodeError:
        return "(not valid TOML)"
