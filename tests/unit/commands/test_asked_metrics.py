"""Which metrics are shown beside the usual ones."""

from __future__ import annotations

import msgspec
import pytest

from perfkit.commands.asked_metrics import check_patterns, with_metrics
from perfkit.errors import UsageError
from perfkit.model.limits import Limit
from perfkit.model.result import Result
from perfkit.model.scenario import MetricLimit
from perfkit.statistics.analysis import Comparison, analyse
from perfkit.storage.exports.csv_rows import export
from support.stored import make_result, make_scenario, make_trials

PART, LISTS, STRANGE = "settle/api.requests", "api.requests{resource=pods,verb=list}", "tea.cups"


def detailed() -> Result:
    """A result whose trials have parts of metrics, and one that this version knows nothing of."""
    values = {"startup.ready": 1.0, "api.requests": 4.0, PART: 2.0, LISTS: 1.0, STRANGE: 3.0}
    return make_result(trials=tuple(msgspec.structs.replace(trial, values=values) for trial in make_trials(5)))


def names(result: Result) -> list[str]:
    return [metric.name for metric in result.metrics]


def test_without_a_wish_only_the_usual_metrics_are_shown() -> None:
    assert with_metrics(detailed()) == detailed()


def test_a_pattern_adds_what_was_measured_and_is_known_and_never_gates() -> None:
    result = with_metrics(detailed(), ["*api.*", "tea.*"])
    added = result.metrics[len(detailed().metrics) :]
    assert {metric.name for metric in added} == {PART, LISTS}
    assert not any(metric.gated for metric in added)


def test_what_a_limit_names_is_shown_judged_and_held_against_it() -> None:
    limits = (MetricLimit(metric=PART, limits=(Limit.parse("< 1", "count"),)),)
    scenario = msgspec.structs.replace(make_scenario(), limits=limits)
    limited = msgspec.structs.replace(detailed(), scenario=scenario)
    (section,) = analyse(with_metrics(limited))
    assert isinstance(section, Comparison)
    (row,) = [row for row in section.rows if row.metric.name == PART]
    assert (row.base.median, row.verdict, len(row.broken)) == (2.0, "ok", 1)


def test_exports_hold_the_parts_that_are_asked_for() -> None:
    assert PART not in export(detailed())
    assert PART in export(with_metrics(detailed(), [PART]))


def test_a_wish_for_what_was_not_measured_is_refused_with_the_nearest() -> None:
    check_patterns([detailed()], ["settle/*", "memory.peak"])
    with pytest.raises(UsageError, match="nothing of that name") as caught:
        check_patterns([detailed()], ["settel/api.requests"])
    assert PART in caught.value.advice
