"""What lies where: names, titles and places of everything that can be named on the command line."""

from __future__ import annotations

import time
import tomllib
from typing import TYPE_CHECKING, Final

from perfkit import bundled
from perfkit.model.units import format_value
from perfkit.storage import labels, names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perfkit.views.grids import Cell

FOLDERS: Final = {
    "scenarios": names.SCENARIOS,
    "clients": names.CLIENTS,
    "shapes": names.SHAPES,
    "links": names.LINKS,
    "manifests": names.MANIFESTS,
}


def rows(kind: str) -> list[tuple[Cell, ...]]:
    """One row each: name, title, and where it comes from."""
    if kind == "results":
        return [(each.label, ", ".join(each.scenarios) or "unfinished", each.place) for each in labels.labels()]
    if kind == "targets":
        return list(_versions())
    folder = FOLDERS[kind]
    endings = names.OBJECTS if folder == names.MANIFESTS else (bundled.TOML,)
    found = []
    for name in bundled.names(folder, endings):
        path = bundled.find(folder, name, endings)
        assert path is not None
        place = "project" if path.is_relative_to(bundled.project_root()) else "bundled"
        found.append((name, _title(path), place))
    return list(found)


def _title(path: Path) -> str:
    """The title of a file, or of manifests the comment at their top; a broken file is listed all the same."""
    if path.suffix == bundled.TOML:
        return _title_of_toml(path.read_text(errors="replace"))
    if path.is_dir():
        return f"a folder of {len(list(path.iterdir()))} files"
    with path.open(errors="replace") as file:
        first = file.readline()
    return first.lstrip("# ").rstrip() if first.startswith("#") else ""


def _title_of_toml(text: str) -> str:
    try:
        return str(tomllib.loads(text).get("title", ""))
    except tomllib.TOMLDecodeError:
        return "(not valid TOML)"


def _versions() -> Iterator[tuple[Cell, ...]]:
    """Versions in the cache: as written, which, and what they take."""
    from perfkit.targets.versions import store

    for kept in store.versions():
        size = format_value(store.size(kept.folder), "bytes")
        used = time.strftime("%Y-%m-%d", time.localtime(store.last_used(kept)))
        yield kept.made.source, f"{kept.made.version}, {size}", f"used {used}"
