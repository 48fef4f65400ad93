"""Which commit a label names, and git's order of commits: a parent before its children, else by date."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

TIMEOUT: Final = 30  # seconds; listing a million commits takes about five

_COMMIT = re.compile(r"(?:[0-9]{8}-[0-9]{6}-)?([0-9a-f]{7,40})(?:-dirty)?(?:-[0-9]+)?")


class Commit(msgspec.Struct, frozen=True):
    """A commit's whole name, and its place in git's order."""

    name: str
    place: int


def commits(folder: Path, labels: Iterable[str]) -> dict[str, Commit]:
    """The commits of those labels that are tags of the repository around ``folder``, or hold a commit's name.

    Empty without git or repository. A branch is none: it has moved on since the label was made.
    """
    wanted = list(labels)
    order = _git(folder, "rev-list", "--date-order", "--reverse", "--all", "HEAD").split() if wanted else []
    if not order:
        return {}
    places = {name: place for place, name in enumerate(order)}
    names, tags = sorted(order), _tags(folder)
    found = {label: tags.get(label) or _whole_name(label, names) for label in wanted}
    return {label: Commit(name, places[name]) for label, name in found.items() if name in places}


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
