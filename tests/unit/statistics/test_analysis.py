"""From trials to what a view shows."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.model.catalogue import CATALOGUE
from perfkit.model.limits import Limit
from perfkit.model.result import Fingerprint, Result, Trial
from perfkit.model.scenario import MetricLimit, Scenario
from perfkit.statistics.analysis import (
    Comparison,
    Ranking,
    Row,
    Survey,
    analyse,
    compare_paired,
    compare_unpaired,
    look,
    measure,
    summarise,
)
from support.fakes import scenario, spec
from support.samples import sample_result


def trials(values: dict[str, list[float | None]], metric: str = "cpu.seconds") -> list[Trial]:
    """Blocks of trials in which one metric varies and all others are 1; None is a failed trial."""
    found = []
    for name, samples in values.items():
        for block, value in enumerate(samples):
            filled = {each.name: 1.0 for each in CATALOGUE} | ({metric: value} if value is not None else {})
            outcome = "timeout" if value is None else "ok"
            found.append(Trial(index=block, block=block, order=0, target=name, outcome=outcome, values=filled))  # type: ignore[arg-type]
    return found


def result(spec: Scenario, found: list[Trial], base: str | None) -> Result:
    return Result(
        label="a-label",
        created="2026-01-01T00:00:00+00:00",
        scenario=spec,
        scenario_hash="0",
        seed=1,
        base=base,
        fingerprint=Fingerprint(),
        metrics=CATALOGUE,
        trials=tuple(found),
    )


def wobble(centre: float) -> list[float | None]:
    return [centre * (1 + 0.01 * ((k * 7) % 5 - 2)) for k in range(15)]


def test_one_target_is_described_two_are_compared_three_are_ranked() -> None:
    one = analyse(result(scenario("a"), trials({"a": wobble(1)}), None))
    two = analyse(result(scenario("a", "b"), trials({"a": wobble(1), "b": wobble(1)}), "a"))
    three = analyse(result(scenario(*"abc"), trials({name: wobble(1) for name in "abc"}), None))
    assert [type(section) for section in (*one, *two, *three)] == [Survey, Comparison, Ranking]


def test_a_named_base_is_compared_with_each_of_the_others() -> None:
    sections = analyse(result(scenario(*"abc"), trials({name: wobble(1) for name in "abc"}), "b"))
    pairs = [(each.base.name, each.head.name) for each in sections if isinstance(each, Comparison)]
    assert pairs == [("b", "a"), ("b", "c")]


def test_a_slower_head_is_regressed_and_stands_first() -> None:
    found = trials({"a": wobble(1), "b": wobble(1.2)})
    comparison = compare_paired(result(scenario("a", "b"), found, "a"), "a", "b")
    assert comparison.overall == "regressed"
    assert comparison.rows[0].metric.name == "cpu.seconds"
    assert comparison.rows[0].verdict == "regressed"


def test_gated_metrics_stand_before_the_others() -> None:
    comparison = compare_paired(result(scenario("a", "b"), trials({"a": wobble(1), "b": wobble(1)}), "a"), "a", "b")
    gated = [row.metric.gated for row in comparison.rows]
    assert gated == sorted(gated, reverse=True)


def test_a_head_that_always_fails_is_regressed_and_a_base_that_always_fails_is_told_apart() -> None:
    good, bad = wobble(1)[:6], [None] * 6
    head_fails = compare_paired(result(scenario("a", "b"), trials({"a": good, "b": [*bad]}), "a"), "a", "b")
    base_fails = compare_paired(result(scenario("a", "b"), trials({"a": [*bad], "b": good}), "a"), "a", "b")
    assert (head_fails.overall, base_fails.overall) == ("regressed", "failed")


def test_an_absolute_limit_is_broken_by_the_head_alone() -> None:
    limits = (MetricLimit(metric="cpu.seconds", limits=(Limit("<", 1.1, written="< 1.1 s"),)),)
    found = trials({"a": wobble(1.2), "b": wobble(1)})
    comparison = compare_paired(result(scenario("a", "b", limits=limits), found, "a"), "a", "b")
    assert not comparison.broken
    mirrored = compare_paired(result(scenario("a", "b", limits=limits), found, "b"), "b", "a")
    assert mirrored.broken


def test_nothing_is_open_where_targets_are_alike_and_noise_is_low() -> None:
    found = trials({"a": wobble(1), "b": wobble(1)})
    assert look(found, scenario("a", "b"), "a") == ()


def test_what_is_open_is_named() -> None:
    loud: list[float | None] = [1 + 0.5 * ((k * 7) % 5 - 2) / 2 for k in range(15)]
    found = trials({"a": wobble(1), "b": loud})
    assert look(found, scenario("a", "b"), "a") == ("cpu.seconds",)


def test_several_heads_share_the_error_of_a_look() -> None:
    samples: dict[str, list[float | None]] = {
        name: [v and v * (1 + k / 900) for v in wobble(1)] for k, name in enumerate("abcde")
    }
    two = compare_paired(result(scenario("a", "b"), trials(samples), "a"), "a", "b")
    five = compare_paired(result(scenario(*"abcde"), trials(samples), "a"), "a", "b")
    alphas = [next(row.judgement for row in each.rows if row.metric.name == "cpu.seconds") for each in (two, five)]
    assert alphas[0] is not None
    assert alphas[1] is not None
    assert 0 < alphas[1].alpha < alphas[0].alpha / 2


def test_results_of_two_runs_are_compared_as_independent_samples() -> None:
    base = result(scenario("a"), trials({"a": wobble(1)}), None)
    head = result(scenario("a"), trials({"a": wobble(1.5)}), None)
    comparison = compare_unpaired((base, "a"), (head, "a"), {"memory.peak": "another machine"})
    assert not comparison.paired
    by_name = {row.metric.name: row for row in comparison.rows}
    assert by_name["cpu.seconds"].verdict == "regressed"
    assert by_name["memory.peak"].verdict == "not comparable"
    assert by_name["memory.peak"].refused == "another machine"


def test_different_programs_are_no_versions_of_each_other() -> None:
    mixed = msgspec.structs.replace(scenario("a", "b"), targets=(spec("a", "one"), spec("b", "two")))
    comparison = compare_paired(result(mixed, trials({"a": wobble(1), "b": wobble(2)}), "a"), "a", "b")
    assert not comparison.versions


def test_a_half_block_is_paired_with_nothing() -> None:
    found = trials({"a": wobble(1), "b": wobble(1)[:14]})
    comparison = compare_paired(result(scenario("a", "b"), found, "a"), "a", "b")
    assert comparison.pairs == 14


@given(st.lists(st.none() | st.floats(min_value=0, max_value=1e9), max_size=20))
def test_a_summary_lies_within_its_samples_and_counts_the_failed(samples: list[float | None]) -> None:
    summary = summarise(samples)
    assert summary.n == len(samples)
    assert summary.failed == samples.count(None)
    if summary.median is not None:
        numbers = [summary.lowest, summary.q1, summary.median, summary.q3, summary.highest]
        assert numbers == sorted(numbers, key=lambda value: value or 0.0)


def test_the_spread_is_half_the_interquartile_range_over_the_median() -> None:
    assert summarise([1.0, 2.0, 3.0, 4.0, 5.0]).spread == pytest.approx(1 / 3)
    assert summarise([0.0, 0.0]).spread is None


def test_only_times_of_good_trials_can_be_set_by_a_late_relay() -> None:
    """p99 above 1 ms is late; what failed has no value that could be doubted."""
    found = sample_result({"one": {}}, blocks=4)
    lateness = (0.0009, 0.0011, 0.5, 0.5)
    doubtful = [
        msgspec.structs.replace(
            trial,
            values={**trial.values, "link.lateness.p99": late},
            outcome="timeout" if trial.block == 3 else "ok",
        )
        for trial, late in zip(found.trials, lateness, strict=True)
    ]
    late = {metric.name: measure(doubtful, "one", metric, ()).summary.late for metric in found.metrics}
    assert {name for name, count in late.items() if count} == {"startup.first_request", "startup.ready"}
    assert late["startup.ready"] == 2


def test_what_a_working_side_never_has_is_no_failure_of_it() -> None:
    """A client that only watches has no answers that it waited for; one that fails has none either, and is worse."""
    found = sample_result({"base": {}, "head": {}}, base="base")
    silent = [
        msgspec.structs.replace(trial, values={k: v for k, v in trial.values.items() if k != "startup.first_request"})
        if trial.target == "head"
        else trial
        for trial in found.trials
    ]
    row = first_request(msgspec.structs.replace(found, trials=tuple(silent)))
    assert (row.judgement, row.refused) == (None, "head never has it")
    failing = first_request(sample_result({"base": {}, "head": {}}, base="base", failing="head"))
    assert failing.verdict == "regressed"


def first_request(found: Result) -> Row:
    (comparison,) = analyse(found)
    assert isinstance(comparison, Comparison)
    return next(row for row in comparison.rows if row.metric.name == "startup.first_request")
