"""What is typed after a colon. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

ALL: Final = frozenset({"all", "-", "*"})
"""How people write all namespaces."""


class Quit(msgspec.Struct, frozen=True):
    """End the program."""


class Help(msgspec.Struct, frozen=True):
    """Show the keys."""


class Performance(msgspec.Struct, frozen=True):
    """Show the performance view."""


class Aliases(msgspec.Struct, frozen=True):
    """Show which resources there are."""


class Switch(msgspec.Struct, frozen=True):
    """Go to another context; empty: tell which there are."""

    context: str


class Show(msgspec.Struct, frozen=True):
    """Show a resource. ``namespace`` None: the one that is shown; empty: all. ``labels`` is a label selector.

    ``context``: in another one; empty: where one is.
    """

    resource: str
    namespace: str | None = None
    labels: str = ""
    pattern: str = ""
    context: str = ""


Command = Quit | Help | Performance | Aliases | Switch | Show

WORDS: Final[dict[str, Command]] = {
    "q": Quit(),
    "q!": Quit(),
    "qa": Quit(),
    "quit": Quit(),
    "exit": Quit(),
    "help": Help(),
    "h": Help(),
    "?": Help(),
    "perf": Performance(),
    "performance": Performance(),
    "pulse": Performance(),
    "pulses": Performance(),
    "pu": Performance(),
    "aliases": Aliases(),
    "alias": Aliases(),
    "a": Aliases(),
}


def parse(text: str) -> Command | None:
    """``po``, ``pods kube-system``, ``po all``, ``po app=web``, ``po /web @kind``, ``ctx NAME``; None: nothing."""
    words = text.split()
    if not words:
        return None
    if len(words) == 1 and words[0] in WORDS:
        return WORDS[words[0]]
    if words[0] in {"ctx", "context", "contexts"}:
        return Switch(" ".join(words[1:]))
    return _show(words[0], words[1:])


def _show(resource: str, words: list[str]) -> Show:
    contexts = [word[1:] for word in words if word.startswith("@")]
    words = [word for word in words if not word.startswith("@")]
    labels = ",".join(word for word in words if "=" in word and not word.startswith("/"))
    patterns = [word[1:] for word in words if word.startswith("/")]
    names = [word for word in words if "=" not in word and not word.startswith("/")]
    namespace = None if not names else "" if names[-1] in ALL else names[-1]
    return Show(resource, namespace, labels, " ".join(patterns), "".join(contexts[-1:]))


def completed(typed: str, names: Iterable[str]) -> str:
    """The first of the names that begins so, or ``typed`` itself."""
    return next((name for name in names if typed and name.startswith(typed)), typed)
