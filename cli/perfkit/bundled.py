"""Where data lies: the user's project first, then the checkout, then the wheel."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent.parent
PROJECT_FILE = "perfkit.toml"
TOML: Final = ".toml"


def project_root(start: Path | None = None) -> Path:
    """The nearest folder at or above ``start`` (default: here) that holds perfkit.toml, else ``start`` itself."""
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / PROJECT_FILE).is_file():
            return folder
    return start


def data_roots() -> list[Path]:
    """Folders that may hold ``scenarios/`` and ``fixtures/``, in order of look-up."""
    # An editable install leaves no copy in the package; a wheel has no checkout above it. Never both.
    is_checkout = (CHECKOUT / "pyproject.toml").is_file() and (CHECKOUT / "scenarios").is_dir()
    shipped = CHECKOUT if is_checkout else PACKAGE / "_data"
    project = project_root()
    return [project] if project == shipped else [project, shipped]


def find(kind: str, name: str, endings: Iterable[str] = (TOML,)) -> Path | None:
    """The file ``kind/name.toml`` (kind is e.g. ``scenarios`` or ``fixtures/clients``), or None.

    Of other ``endings`` the first that is there; the empty one is a folder's.
    """
    for root in data_roots():
        for ending in endings:
            path = root / kind / f"{name}{ending}"
            if path.is_file() if ending else path.is_dir():
                return path
    return None


def folder(kind: str) -> Path:
    """The first folder of a kind, e.g. ``fixtures/hooks/python``. Raises FileNotFoundError."""
    found = next((root / kind for root in data_roots() if (root / kind).is_dir()), None)
    if found is None:
        raise FileNotFoundError(kind)
    return found


def names(kind: str, endings: Iterable[str] = (TOML,)) -> list[str]:
    """The names of all files of a kind, sorted; a project's file hides a shipped one of the same name.

    The empty ending is a folder's, as in ``find``.
    """
    return sorted(
        {
            path.name.removesuffix(ending)
            for root in data_roots()
            for ending in endings
            for path in (root / kind).glob(f"*{ending}")
            if (path.is_file() if ending else path.is_dir())
        }
    )


def cache_folder() -> Path:
    """The user's cache folder for perfkit (XDG_CACHE_HOME)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "perfkit"


def state_folder() -> Path:
    """Where perfkit remembers what it left running on purpose (XDG_STATE_HOME)."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "perfkit"
