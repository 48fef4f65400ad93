"""Where and what was measured: the fingerprints of all results in one table, and the targets."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from perfkit.views.grids import Grid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from perfkit.model.result import Result
    from perfkit.model.scenario import TargetSpec

CLASSES: Final = ("machine", "context", "method", "experiment")
MOST: Final = 4  # different values of one thing that are told
LONGEST: Final = 160  # characters of a command


def environment(results: Sequence[Result]) -> list[Grid]:
    """A table for each class of the fingerprint, one of the results and one of the targets; none that is empty."""
    found = [_results(results), _targets(results), *(_class(name, results) for name in CLASSES)]
    return [grid for grid in found if grid.rows]


def _class(name: str, results: Sequence[Result]) -> Grid:
    facts = [(getattr(result.fingerprint, name), result.scenario.name) for result in results]
    grid = Grid(name.capitalize(), ("what", "value"))
    for key in dict.fromkeys(key for each, _ in facts for key in each):
        grid.rows.append((key, _told(key, facts)))
    return grid


def _told(key: str, facts: Sequence[tuple[Mapping[str, str], str]]) -> str:
    """The value; of several each with the scenarios that have it."""
    having: dict[str, dict[str, None]] = {}
    for each, name in facts:
        having.setdefault(each.get(key, "–"), {})[name] = None
    if len(having) == 1:
        return next(iter(having))
    if len(having) > MOST:
        return f"{len(having)} values: {', '.join(list(having)[:MOST])} …"
    return "; ".join(f"{value} ({_few(names)})" for value, names in having.items())


def _few(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:MOST]) + (f" and {len(listed) - MOST} more" if len(listed) > MOST else "")


def _results(results: Sequence[Result]) -> Grid:
    labels: dict[tuple[str, str, str], list[str]] = {}
    for each in results:
        labels.setdefault((each.label, each.created[:19].replace("T", " "), each.commit), []).append(each.scenario.name)
    grid = Grid("Results", ("label", "what"))
    for (label, created, commit), names in labels.items():
        told = [f"measured {created} UTC", *([f"at commit {commit}"] if commit else []), _few(names)]
        grid.rows.append((label, " · ".join(told)))
    return grid


def _targets(results: Iterable[Result]) -> Grid:
    grid = Grid("Targets", ("target", "command, versions"))
    seen = {(spec.name, _spec(spec)): None for result in results for spec in result.scenario.targets}
    grid.rows.extend(seen)
    return grid


def _spec(spec: TargetSpec) -> str:
    command = shlex.join(spec.command)
    short = command if len(command) <= LONGEST else f"{command[: LONGEST - 1]}…"
    chain = ", ".join(f"{name} {version}" for name, version in spec.toolchain.items())
    return " · ".join(filter(None, (spec.version, short, chain)))
