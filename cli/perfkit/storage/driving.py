"""What scenario files say of terminals, and of steps that do something to a running target."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.model.scenario import Keys, Query, Resize, Scenario, Terminal
from perfkit.storage.keys import parse_keys
from perfkit.storage.ready import read_ready
from perfkit.storage.tables import choice, duration, integer, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.model.scenario import Step, TargetSpec
    from perfkit.storage.tables import Value

MOST_TIMES: Final = 10_000
WAYS: Final = ("keys", "signal", "stdin")


def read_keys(value: Value) -> str:
    """Keys as written, ``:q<Enter>``, as what a terminal sends for them. Raises ScenarioError."""
    return value.parsed(parse_keys)


def read_terminal(value: Value) -> Terminal | None:
    """``true``, or a size: ``{ columns = 140, rows = 45 }``. Raises ScenarioError."""
    return Terminal() if value.data is True else Terminal(**value.fields(SIZE))


def check_query(value: Value) -> None:
    """Whether a query step asks in exactly one way. Raises ScenarioError."""
    if sum(way in value.data for way in WAYS) != 1:
        raise value.error(f"a query asks in one way; allowed: {', '.join(WAYS)}")


def with_terminals(scenario: Scenario) -> Scenario:
    """The scenario with every target in a terminal, or with an input, where the steps or its own condition need one."""
    needed = scenario.terminal is not None or any(map(_needs_terminal, scenario.steps))
    reads = any(isinstance(step, Query) and step.stdin for step in scenario.steps)

    def fitted(target: TargetSpec) -> TargetSpec:
        wanted = needed or target.ready.kind == "screen"
        terminal = target.terminal or ((scenario.terminal or Terminal()) if wanted else None)
        return msgspec.structs.replace(target, terminal=terminal, stdin=reads)

    return msgspec.structs.replace(scenario, targets=tuple(map(fitted, scenario.targets)))


def _needs_terminal(step: Step) -> bool:
    until = getattr(step, "until", None)
    typed = isinstance(step, Keys | Resize) or (isinstance(step, Query) and bool(step.keys or step.reset))
    return typed or (until is not None and until.kind == "screen")


def _signal(value: Value) -> int:
    names = {each.name.removeprefix("SIG"): each.value for each in signal.Signals}
    return names[choice(*names)(value)]


def _line(value: Value) -> str:
    """A text as a line of input."""
    return text(value).rstrip("\n") + "\n"


_READ_TIMES = integer(1, MOST_TIMES)
SIZE: Final[dict[str, Callable[[Value], Any]]] = {"columns": integer(2, 1000), "rows": integer(1, 1000)}
ANSWERED: Final[dict[str, Callable[[Value], Any]]] = {
    "until": read_ready,
    "times": _READ_TIMES,
    "pause": duration,
    "timeout": duration,
}
KEYS: Final[dict[str, Callable[[Value], Any]]] = {"send": read_keys}
QUERY: Final[dict[str, Callable[[Value], Any]]] = {
    "keys": read_keys,
    "signal": _signal,
    "stdin": _line,
    "reset": read_keys,
}
