"""From a source to what was made of it: where its programs are, and what is known of it."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - msgspec reads annotations at run time
from typing import TYPE_CHECKING

import msgspec

from perfkit import bundled
from perfkit.errors import ScenarioError, UsageError
from perfkit.model.sources import GoPackage, Package, Release
from perfkit.storage.clients import find_client
from perfkit.storage.names import CLIENTS
from perfkit.targets.versions.store import PROGRAMS, Made
from perfkit.targets.written import requirement_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perfkit.storage.clients import ClientRecipe

Downloadable = Package | GoPackage | Release


class Fetched(msgspec.Struct, frozen=True):
    """A version that is here. ``programs`` is searched before PATH; ``python``, if any, runs clients made of it."""

    made: Made
    programs: Path
    python: str = ""


def fetch(source: Downloadable, program: str, tell: Callable[[str], None]) -> Fetched:
    """Have it, from the cache where it is there. ``program`` is what is wanted of it.

    Raises UsageError, TargetError, StorageError.
    """
    match source:
        case Package():
            from perfkit.targets.versions import packages

            kept = packages.had(source, tell)
            python = packages.python_of(kept.folder / packages.ENVIRONMENT)
            return Fetched(kept.made, python.parent, str(python))
        case GoPackage():
            from perfkit.targets.versions import golang

            kept = golang.had(source, tell)
            return Fetched(kept.made, kept.folder / PROGRAMS)
        case Release():
            from perfkit.targets.versions import releases

            kept = releases.had(source, program, tell)
            return Fetched(kept.made, kept.folder / PROGRAMS)


def source_of(recipe: ClientRecipe, version: str) -> Downloadable:
    """Where a version of a client is had from. Raises UsageError: its recipe does not say."""
    requires = recipe.requires
    if recipe.release:
        return Release(recipe.release, version)
    if requires is not None and (package := requires.package or requires.module) and package != "perfkit":
        return Package(f"{package}=={version}")
    if recipe.go:
        return GoPackage(recipe.go, version)
    raise UsageError(
        f"client {recipe.name}: its recipe does not say where versions of it are",
        'release = "OWNER/REPO" or go = "PATH" does, or requires = { package = "…" }',
    )


def recipe_of(source: Downloadable) -> ClientRecipe:
    """The client that is made of a source: of several the one of that name. Raises UsageError: none, or several."""
    found = [recipe for recipe in _recipes() if _made_of(recipe, source)]
    own = _own_name(source)
    best = [recipe for recipe in found if recipe.name == own] or found
    if len(best) == 1:
        return best[0]
    if best:
        names = ", ".join(recipe.name for recipe in best)
        raise UsageError(f"{source}: several clients are made of it: {names}", f"say which: {best[0].name}@VERSION")
    raise UsageError(f"{source}: no client is made of it", f"say what to run of it: -t '{source} -- PROGRAM WORDS'")


def completed(source: Downloadable, recipe: ClientRecipe) -> Downloadable:
    """With what a client needs besides."""
    if not isinstance(source, Package) or recipe.requires is None:
        return source
    return Package(source.requirement, (*source.besides, *recipe.requires.besides))


def _recipes() -> Sequence[ClientRecipe]:
    """All that can be read: a broken one is told of when it is asked for."""
    found = []
    for name in bundled.names(CLIENTS):
        try:
            found.append(find_client(name))
        except ScenarioError:
            continue
    return found


def _made_of(recipe: ClientRecipe, source: Downloadable) -> bool:
    match source:
        case Package():
            requires = recipe.requires
            package = requires and (requires.package or requires.module)
            return bool(package) and requirement_name(package or "") == requirement_name(source.requirement)
        case GoPackage():
            return recipe.go == source.path
        case Release():
            return recipe.release.lower() == source.repository.lower()


def _own_name(source: Downloadable) -> str:
    match source:
        case Package():
            return requirement_name(source.requirement)
        case GoPackage():
            return source.path.rpartition("/")[2]
        case Release():
            return source.repository.rpartition("/")[2]
