"""Finding what a person named: scenarios, clients, shapes, links; and what they may have meant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from perfkit import bundled
from perfkit.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

SCENARIOS: Final = "scenarios"
CLIENTS: Final = "fixtures/clients"
SHAPES: Final = "fixtures/shapes"
LINKS: Final = "fixtures/links"
MANIFESTS: Final = "fixtures/manifests"

NOUNS: Final = {SCENARIOS: "scenario", CLIENTS: "client", SHAPES: "shape", LINKS: "link", MANIFESTS: "manifest"}
OBJECTS: Final = ("", ".yaml", ".yml", ".json", ".jsonl")  # how folders and files of manifests and snapshots end


def find(kind: str, name: str) -> Path:
    """The file of that kind and name: the project's own, else the shipped one. Raises ScenarioError."""
    try:
        path = bundled.find(kind, name)
    except OSError:  # a name longer than file systems allow
        path = None
    if path is None:
        noun, known = NOUNS[kind], bundled.names(kind)
        raise ScenarioError(f"no {noun} named {name!r}", did_you_mean(name, known) or _all(noun, known))
    return path


def find_shape(name: str) -> Path:
    """The file of a shape, which is named or, with a ``/`` or ``.toml`` in it, a path. Raises ScenarioError."""
    if "/" not in name and not name.endswith(".toml"):
        return find(SHAPES, name)
    path = Path(name)
    if not path.is_file():
        raise ScenarioError(f"{name}: no such file", "name a shape, or the path of a shape's file")
    return path


def find_manifests(name: str) -> Path:
    """The file or folder of manifests, which is named or, with a ``/`` or an ending, a path. Raises ScenarioError."""
    path = Path(name)
    if "/" not in name and path.suffix not in OBJECTS[1:]:
        found = bundled.find(MANIFESTS, name, OBJECTS)
        if found is None:
            known = bundled.names(MANIFESTS, OBJECTS)
            raise ScenarioError(f"no manifest named {name!r}", did_you_mean(name, known) or _all("manifest", known))
        return found
    if not path.exists():
        raise ScenarioError(f"{name}: no such file or folder", "name manifests, a snapshot, or a folder of them")
    return path


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``did you mean 'timeout'?`` when one of ``known`` is close to ``word``, else nothing."""
    from difflib import get_close_matches  # only where something is wrong already

    close = get_close_matches(word, list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else ""


def _all(noun: str, known: Collection[str]) -> str:
    return f"{noun}s are {', '.join(known)}" if known else f"there are no {noun}s"
