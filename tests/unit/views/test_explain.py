"""Verdicts explained: each topic says what was done, with the numbers that were used."""

from __future__ import annotations

import msgspec

from perfkit.model.limits import Limit
from perfkit.model.result import Result
from perfkit.model.scenario import MetricLimit
from perfkit.statistics.analysis import Comparison, compare_paired
from perfkit.views.explain import Evidence, explain, lines
from support.samples import sample_result, slower_head


def parts(result: Result, metric: str = "cpu.seconds", differences: tuple[str, ...] = ()) -> dict[str, str]:
    comparison = compare_paired(result, "base", "head")
    return of(comparison, result, metric, differences)


def of(comparison: Comparison, result: Result, metric: str, differences: tuple[str, ...] = ()) -> dict[str, str]:
    row = next(row for row in comparison.rows if row.metric.name == metric)
    return dict(explain(row, Evidence(comparison, result, result, differences)).parts)


def limited(result: Result, metric: str, *limits: Limit) -> Result:
    scenario = msgspec.structs.replace(result.scenario, limits=(MetricLimit(metric=metric, limits=limits),))
    return msgspec.structs.replace(result, scenario=scenario)


def test_a_verdict_names_its_pairs_scale_estimate_interval_limit_and_rule() -> None:
    told = parts(slower_head())
    assert told["samples"].startswith("15 pairs")
    assert told["scale"].startswith("ln(head / base) of each pair")
    assert told["estimate"].startswith("+31 % (Hodges–Lehmann: the median of the 120 averages")
    assert "exact inversion of Wilcoxon's signed-rank test" in told["interval"]
    assert "startup.ready" in told["error"]
    assert told["limit"] == "+5 %, the default; also < 2 s"
    assert told["rule"].startswith("regressed: ")
    assert told["more"] == "decided: no more are needed"
    assert told["floor"].startswith("none measured here")


def test_what_was_left_out_is_counted() -> None:
    result = slower_head()
    warmup = msgspec.structs.replace(result.trials[0], block=-1)
    alone = msgspec.structs.replace(result.trials[0], block=99)
    told = parts(msgspec.structs.replace(result, trials=(warmup, *result.trials, alone)))
    assert told["samples"].endswith("left out: 1 warm-up, 1 trial without a partner")


def test_failed_trials_and_pairs_that_say_nothing_are_counted() -> None:
    result = slower_head()
    trials = tuple(
        msgspec.structs.replace(trial, outcome="timeout", reason="late") if trial.block in {3, 4} else trial
        for trial in result.trials
    )
    told = parts(msgspec.structs.replace(result, trials=trials))
    assert told["failures"].startswith("without a value: base 2 of 15, head 2 of 15")
    assert told["failures"].endswith("2 pairs in which both have none say nothing")


def test_an_amount_is_judged_by_differences() -> None:
    told = parts(limited(slower_head(), "cpu.seconds", Limit.parse("+50 ms", "time")))
    assert told["scale"] == "head − base of each pair, since the limit is an amount"
    assert told["limit"] == "+50 ms, as set"


def test_a_count_that_varies_may_be_zero() -> None:
    result = slower_head()
    trials = tuple(
        msgspec.structs.replace(trial, values={**trial.values, "api.requests": float(trial.block % 3)})
        for trial in result.trials
    )
    assert "since zeros may occur" in parts(msgspec.structs.replace(result, trials=trials), "api.requests")["scale"]


def test_what_is_exact_needs_no_statistics() -> None:
    told = parts(slower_head(), "api.requests")
    assert told["exact"].startswith("always 2 in the base and 3 in the head")
    assert "interval" not in told


def test_too_few_pairs_say_so_and_how_many_more_would_do() -> None:
    told = parts(sample_result({"base": {}, "head": {}}, blocks=3, base="base"))
    assert told["interval"] == "none: 3 are too few for a test at this α"
    assert told["more"].startswith("about ")


def test_several_heads_share_the_error_of_a_look() -> None:
    result = sample_result({"base": {}, "head": {}, "other": {}}, base="base")
    assert "of 2 heads share" in parts(result)["error"]


def test_a_broken_absolute_limit_is_told() -> None:
    told = parts(limited(slower_head(), "cpu.seconds", Limit.parse("< 500 ms", "time")))
    assert told["exceeded"] == "the head's median, 828 ms, is not < 500 ms"


def test_differences_and_floors_are_told() -> None:
    result = slower_head()
    assert parts(result, differences=("python: 3.11 against 3.12",))["differs"] == "python: 3.11 against 3.12"
    comparison = compare_paired(result, "base", "head")
    rows = tuple(msgspec.structs.replace(row, floor=0.031) for row in comparison.rows)
    measured = msgspec.structs.replace(comparison, rows=rows, noise="2026-01-01T00:00:00+00:00")
    assert of(measured, result, "cpu.seconds")["floor"].startswith("between equal targets this machine tells 3.1 %")


def test_lines_are_wrapped_under_themselves() -> None:
    result = slower_head()
    comparison = compare_paired(result, "base", "head")
    text = lines([explain(comparison.rows[0], Evidence(comparison, result, result))], 60)
    assert text[:2] == ["", "Why cpu.seconds is regressed: startup, base → head"]
    assert all(len(line) <= 60 for line in text)
    assert any(line.startswith(" " * 12) for line in text)
