"""Which metrics a scenario has: the usual ones, and those of what its steps do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.model.catalogue import (
    ASKED,
    BY_NAME,
    CATALOGUE,
    CHURNED,
    DRIVEN,
    FAULTY,
    FOLLOWED,
    KEYED,
    LINKED,
    RESTARTED,
    SHOWN,
    SHOWN_RECONCILED,
    SHOWN_TRACED,
    WAITED,
    metric_of,
)
from perfkit.model.scenario import Keys, Query, Rescale, Stir, Wait

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.model.metrics import Metric
    from perfkit.model.scenario import Scenario


def measured(scenario: Scenario, *, linked: bool) -> tuple[Metric, ...]:
    """What is shown of a run: the usual, and what its limits and the scenario itself name (patterns aside)."""
    families = (CATALOGUE, LINKED if linked else (), *_by_steps(scenario))
    usual = {metric.name: metric for family in families for metric in family}
    names = (*(each.metric for each in scenario.limits), *(name for name in scenario.show if "*" not in name))
    named = filter(None, map(metric_of, names))
    return tuple((usual | {metric.name: metric for metric in named}).values())


def _by_steps(scenario: Scenario) -> Iterator[tuple[Metric, ...]]:
    if scenario.faulty:
        yield FAULTY
    if scenario.pass_ == "trace":
        yield tuple(BY_NAME[name] for name in SHOWN_TRACED)
    kinds = {type(step) for step in scenario.steps}
    if scenario.restarted:
        yield RESTARTED
    if Wait in kinds:
        yield WAITED
    if Stir in kinds:
        yield CHURNED
    if scenario.operated:
        yield tuple(BY_NAME[name] for name in SHOWN_RECONCILED)
    if Query in kinds:
        yield ASKED
    if any(target.terminal for target in scenario.targets):
        yield SHOWN
        yield DRIVEN if kinds & {Keys, Query, Stir, Rescale} else ()
        yield KEYED if Keys in kinds else ()
        yield FOLLOWED if kinds & {Stir, Rescale} else ()
