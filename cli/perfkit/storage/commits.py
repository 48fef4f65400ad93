"""Which commit a label names, and git's order of commits: a parent before its children, else by date."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

TIMEOUT: Final = 30  # seconds; listing a million commits takes about five

_COMMIT = re.compile(r"(?:[0-9]{8}-[0-9]{6}-)?([0-9a-f]{7,40})(?:-dirty)?(?:-[0-9]+)?")


class Commit(msgspec.Struct, frozen=True):
    """A commit's whole name, and its place in git's order."""

    name: str
    place: int


def commits(folder: Path, labels: Mapping[str, str]) -> dict[str, Commit]:
    """The commits of labels in the repository around ``folder``; a label maps to the commit that its result names.

    A label that is a tag belongs to the tag's commit, one that holds a commit's name to that one, any other to that of
    its result. Empty without git or repository. A branch is none: it has moved on since the label was made.
    """
    wanted = dict(labels)
    order = _git(folder, "rev-list", "--date-order", "--reverse", "--all", "HEAD").split() if wanted else []
    if not order:
        return {}
    places = {name: place for place, name in enumerate(order)}
    names, tags = sorted(order), _tags(folder)
    found = {
        label: tags.get(label) or _whole_name(label, names) or _whole_name(recorded, names)
        for label, recorded in wanted.items()
    }
    return {label: Commit(name, places[name]) for label, name in found.items() if name in places}


def whole_name(folder: Path, ref: str) -> str:
    """The whole name of the commit that a ref names; nothing where git knows no such ref."""
    return _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}").strip()


def described(folder: Path) -> str:
    """The short commit of a work tree, ``-dirty`` when files differ from it; nothing without git or repository."""
    commit = _git(folder, "rev-parse", "--short", "HEAD").strip()
    if not commit:
        return ""
    return f"{commit}-dirty" if _git(folder, "status", "--porcelain", "--untracked-files=no") else commit


def _tags(folder: Path) -> dict[str, str]:
    """Tag → commit; of an annotated tag the commit that it points to."""
    lines = _git(folder, "for-each-ref", "--format=%(refname:strip=2) %(*objectname) %(objectname)", "refs/tags")
    return {words[0]: words[1] for words in map(str.split, lines.splitlines())}


def _whole_name(label: str, names: Sequence[str]) -> str:
    """The only commit whose name begins as the label says, else nothing. ``names`` are in ascending order."""
    match = _COMMIT.fullmatch(label)
    if match is None:
        return ""
    at = bisect_left(names, match[1])
    alike = [name for name in names[at : at + 2] if name.startswith(match[1])]
    return alike[0] if len(alike) == 1 else ""


def _git(folder: Path, *words: str) -> str:
    """What git says; nothing where it fails or is not there."""
    import subprocess  # only here

    command = ["git", "--no-optional-locks", "-C", str(folder), *words]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
