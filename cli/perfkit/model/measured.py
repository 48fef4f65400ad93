"""Which metrics a scenario has: the usual ones, and those of what its steps do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.model.metrics import (
    ASKED,
    BY_NAME,
    CATALOGUE,
    CHURNED,
    DRIVEN,
    FAULTY,
    FOLLOWED,
    KEYED,
    LINKED,
    SHOWN,
    SHOWN_TRACED,
    metric_of,
)
from perfkit.model.scenario import Keys, Query, Rescale, Stir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.model.metrics import Metric
    from perfkit.model.scenario import Scenario


def measured(scenario: Scenario, *, linked: bool) -> tuple[Metric, ...]:
    """What is shown of a run: the usual, and what its limits name."""
    families = (CATALOGUE, LINKED if linked else (), *_by_steps(scenario))
    usual = {metric.name: metric for family in families for metric in family}
    limited = (metric_of(each.metric) for each in scenario.limits)
    return tuple((usual | {metric.name: metric for metric in limited if metric is not None}).values())


def _by_steps(scenario: Scenario) -> Iterator[tuple[Metric, ...]]:
    if scenario.faulty:
        yield FAULTY
    if scenario.pass_ == "trace":
        yield tuple(BY_NAME[name] for name in SHOWN_TRACED)
    kinds = {type(step) for step in scenario.steps}
    if Stir in kinds:
        yield CHURNED
    if Query in kinds:
        yield ASKED
    if any(target.terminal for target in scenario.targets):
        yield SHOWN
        yield DRIVEN if kinds & {Keys, Query, Stir, Rescale} else ()
        yield KEYED if Keys in kinds else ()
        yield FOLLOWED if kinds & {Stir, Rescale} else ()
