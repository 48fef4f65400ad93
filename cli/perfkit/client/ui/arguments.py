"""What the terminal UI begins with."""

from __future__ import annotations

import getopt
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.client import Options
from perfkit.client.ui.commands import Show
from perfkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE: Final = (
    "python -m perfkit.client [RESOURCE [NAMESPACE]] [-n NAMESPACE | -A] [--context NAME] "
    "[--no-metrics] [--without SWITCH,…] [--set OPTION=VALUE]…"
)
LONG: Final = ["namespace=", "context=", "no-metrics", "without=", "set="]

USUAL: Final = Options(coalesce=0.1)  # somebody is looking, and what is painted costs more than what is read


class Beginning(msgspec.Struct, frozen=True):
    """A resource, a context (empty: the current one), the client's options, and whether metrics.k8s.io is asked."""

    show: Show = Show("pods")
    context: str = ""
    options: Options = USUAL
    metered: bool = True


def parse(words: Sequence[str]) -> Beginning:
    """Read the words of a command line. Raises UsageError."""
    try:
        flags, names = getopt.gnu_getopt(list(words), "n:A", LONG)
    except getopt.GetoptError as error:
        raise UsageError(str(error), USAGE) from None
    if len(names) > 2:
        raise UsageError(f"{names[2]!r}: a resource and a namespace are all", USAGE)
    given = dict(flags)
    options = USUAL.switched(flags)
    namespace = given.get("-n") or given.get("--namespace") or "".join(names[1:2])
    show = Show(names[0] if names else "pods", namespace)
    return Beginning(show, given.get("--context", ""), options, metered="--no-metrics" not in given)
