"""Verdicts: examples worked by hand, edges, and the properties that a gate must have."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.errors import ScenarioError
from perfkit.model.catalogue import BY_NAME
from perfkit.model.limits import Limit
from perfkit.model.metrics import Metric
from perfkit.statistics.looks import ALPHA, Risk
from perfkit.statistics.verdict import Judgement, is_exact, judge_paired, judge_unpaired

INF = math.inf
CPU, REQUESTS, MEMORY = BY_NAME["cpu.seconds"], BY_NAME["api.requests"], BY_NAME["memory.peak"]
SPEED = Metric(name="rows.drawn", kind="rate", direction="higher", source="invented", help="Rows a second.")
SHARE = Metric(name="frames.late", kind="ratio", source="invented", help="Compared by differences.")
METHODS = pytest.mark.parametrize("judge", [judge_paired, judge_unpaired])

WORSE = {"improved": 0, "ok": 1, "unclear": 2, "regressed": 3}
MIRROR = {"improved": {"regressed"}, "regressed": {"improved"}, "ok": {"ok", "unclear"}, "unclear": {"ok", "unclear"}}


Samples = list[float | None]
Pairs = Sequence[tuple[float | None, float | None]]
Judge = Callable[..., Judgement]


def noisy(seed: int, n: int, centre: float = 1.0, sd: float = 0.02) -> list[float]:
    source = random.Random(seed)
    return [centre * source.lognormvariate(0, sd) for _ in range(n)]


def limit(text: str, metric: Metric) -> list[Limit]:
    return [Limit.parse(text, metric.kind)]


# Examples


def test_ten_percent_more_in_each_of_fifteen_pairs_regressed() -> None:
    base = noisy(1, 15)
    judgement = judge_paired(base, [1.1 * value for value in base], CPU)
    assert judgement.verdict == "regressed"
    assert judgement.decided
    assert [judgement.change, judgement.low, judgement.high] == pytest.approx([0.1, 0.1, 0.1])
    assert judgement.difference == pytest.approx(0.1, rel=0.05)
    assert (judgement.n, judgement.limit, judgement.method) == (15, "+5 %", "paired")
    assert 0 < judgement.alpha <= 0.0025
    assert judgement.reason == "worse throughout the interval, about +10 %: beyond the limit +5 %"


def test_ten_percent_less_improved() -> None:
    judgement = judge_paired(noisy(1, 20), noisy(2, 20, 0.9), CPU)
    assert judgement.verdict == "improved"
    assert judgement.low < judgement.change < judgement.high < 0  # type: ignore[operator]
    assert judgement.reason == "better throughout the interval, about −9.8 %: more than the size of the limit +5 %"


def test_three_percent_more_is_within_the_limit() -> None:
    """A change can be certain and still ok."""
    judgement = judge_paired(noisy(1, 20, sd=0.001), noisy(2, 20, 1.03, sd=0.001), CPU)
    assert judgement.low > 0
    assert judgement.verdict == "ok"
    assert judgement.reason == "99 % sure that the change is no worse than +3.1 %, within the limit +5 %"


def test_much_noise_is_unclear_and_says_what_would_help() -> None:
    judgement = judge_paired(noisy(1, 15, sd=0.2), noisy(2, 15, sd=0.2), CPU)
    assert judgement.verdict == "unclear"
    assert not judgement.decided
    assert judgement.smallest_visible is not None
    assert judgement.smallest_visible > 0.1
    assert judgement.pairs_to_decide is not None
    assert judgement.pairs_to_decide > 0
    assert "cannot be ruled out (limit +5 %)" in judgement.reason


def test_worse_but_near_the_limit_is_unclear() -> None:
    judgement = judge_paired(noisy(1, 15, sd=0.01), noisy(2, 15, 1.045, sd=0.01), CPU)
    assert judgement.verdict == "unclear"
    assert "whether by more than the limit +5 % is open" in judgement.reason


def test_a_wider_limit_allows_more() -> None:
    base, head = noisy(1, 20), noisy(2, 20, 1.1)
    assert judge_paired(base, head, CPU).verdict == "regressed"
    assert judge_paired(base, head, CPU, limit("+20 %", CPU)).verdict == "ok"


def test_an_amount_in_bytes_is_judged_by_differences() -> None:
    base, head = noisy(1, 20, 100e6, 0.002), noisy(2, 20, 104e6, 0.002)
    judgement = judge_paired(base, head, MEMORY, limit("+2 MB", MEMORY))
    assert judgement.verdict == "regressed"
    assert judgement.difference == pytest.approx(4e6, rel=0.1)
    assert judgement.change == pytest.approx(0.04, rel=0.1)
    assert judge_paired(base, head, MEMORY, limit("+10 MB", MEMORY)).verdict == "ok"


def test_of_a_share_and_an_amount_the_worse_verdict_counts() -> None:
    base, head = noisy(1, 20, 100e6, 0.002), noisy(2, 20, 104e6, 0.002)
    limits = limit("+10 %", MEMORY) + limit("+2 MB", MEMORY)
    judgement = judge_paired(base, head, MEMORY, limits)
    assert (judgement.verdict, judgement.limit) == ("regressed", "+2 MB")


def test_limits_that_contradict_each_other_leave_it_unclear() -> None:
    """Half the pairs grow from 1 to 1.5 MB, half shrink from 100 to 80 MB: more by ratio, less by amount."""
    base, head = [1e6, 100e6] * 30, [1.5e6, 80e6] * 30
    assert judge_paired(base, head, MEMORY, limit("+5 %", MEMORY)).verdict == "regressed"
    assert judge_paired(base, head, MEMORY, limit("+1 MB", MEMORY)).verdict == "improved"
    for one, other in ((base, head), (head, base)):
        assert judge_paired(one, other, MEMORY, limit("+5 %", MEMORY) + limit("+1 MB", MEMORY)).verdict == "unclear"


def test_where_higher_is_better_less_regressed() -> None:
    judgement = judge_paired(noisy(1, 20, 100), noisy(2, 20, 80), SPEED)
    assert judgement.verdict == "regressed"
    assert judgement.limit == "-5 %"
    assert judgement.low < judgement.change < judgement.high < 0  # type: ignore[operator]
    assert judgement.change == pytest.approx(-0.2, abs=0.02)
    assert judge_paired(noisy(1, 20, 100), noisy(2, 20, 125), SPEED).verdict == "improved"


def test_more_metrics_at_a_look_make_each_more_careful() -> None:
    base, head = noisy(1, 15, sd=0.05), noisy(2, 15, sd=0.05)
    alone, shared = (judge_paired(base, head, CPU, risk=Risk(alpha=ALPHA / gates)) for gates in (1, 8))
    assert shared.low < alone.low
    assert shared.alpha < alone.alpha


# Counts


@METHODS
@pytest.mark.parametrize(
    ("head", "verdict", "difference"), [(61.0, "ok", 0.0), (38.0, "improved", -23.0), (62.0, "regressed", 1.0)]
)
def test_constant_counts_are_compared_exactly(judge: Judge, head: float, verdict: str, difference: float) -> None:
    judgement = judge([61.0] * 5, [head] * 5, REQUESTS)
    assert judgement.exact
    assert judgement.decided
    assert judgement.verdict == verdict
    assert judgement.difference == difference
    assert judgement.change == judgement.low == judgement.high == pytest.approx(difference / 61)


def test_exact_counts_have_limits_too() -> None:
    base = [100.0] * 5
    assert judge_paired(base, [104.0] * 5, REQUESTS, limit("+5 %", REQUESTS)).verdict == "ok"
    assert judge_paired(base, [106.0] * 5, REQUESTS, limit("+5 %", REQUESTS)).verdict == "regressed"
    assert judge_paired(base, [106.0] * 5, REQUESTS, limit("+10", REQUESTS)).verdict == "ok"


def test_from_no_request_to_three_has_no_percentage() -> None:
    judgement = judge_paired([0.0] * 5, [3.0] * 5, REQUESTS)
    assert (judgement.verdict, judgement.change, judgement.difference) == ("regressed", None, 3.0)
    assert judge_paired([0.0] * 5, [0.0] * 5, REQUESTS).verdict == "ok"


def test_four_trials_do_not_show_that_a_count_is_constant() -> None:
    judgement = judge_paired([4.0] * 4, [5.0] * 4, REQUESTS)
    assert (judgement.exact, judgement.verdict, judgement.decided) == (False, "unclear", False)


@pytest.mark.parametrize("odd", [None, 5.0])
def test_a_count_that_varies_or_fails_once_is_not_exact(odd: float | None) -> None:
    assert not is_exact(REQUESTS, [4.0] * 19 + [odd], [4.0] * 20)
    judgement = judge_paired([4.0] * 19 + [odd], [4.0] * 20, REQUESTS)
    assert (judgement.exact, judgement.verdict) == (False, "ok")


def test_times_are_never_exact() -> None:
    assert not is_exact(CPU, [1.0] * 20, [1.0] * 20)


def test_counts_that_vary_are_judged_by_differences() -> None:
    source = random.Random(5)
    base = [float(source.choice([40, 41, 42])) for _ in range(20)]
    judgement = judge_paired(base, [value + source.choice([9, 10, 11]) for value in base], REQUESTS)
    assert (judgement.verdict, judgement.difference) == ("regressed", 9.5)


# Failures and edges


@pytest.mark.parametrize(
    ("judge", "base", "head"),
    [
        (judge_paired, [], []),
        (judge_paired, [None] * 2, [None] * 2),
        (judge_unpaired, [], []),
        (judge_unpaired, [1.0], []),
        (judge_unpaired, [None] * 2, [None] * 3),
    ],
)
def test_nothing_to_compare_is_unclear(judge: Judge, base: Samples, head: Samples) -> None:
    judgement = judge(base, head, CPU)
    assert (judgement.verdict, judgement.n, judgement.change, judgement.decided) == ("unclear", 0, None, False)


def test_more_trials_do_not_help_what_is_never_measured() -> None:
    judgement = judge_paired([None] * 15, [None] * 15, MEMORY)
    assert (judgement.verdict, judgement.decided) == ("unclear", True)
    assert judgement.reason == "nothing to compare: no value on either side in 15 trials each"


@METHODS
def test_one_pair_is_too_few(judge: Judge) -> None:
    judgement = judge([1.0], [2.0], CPU)
    assert (judgement.verdict, judgement.low, judgement.high) == ("unclear", -INF, INF)
    assert judgement.change == pytest.approx(1.0)
    assert judgement.smallest_visible is None
    assert judgement.pairs_to_decide is not None
    assert judgement.reason == "only 1 to compare a side: too few for an interval"


@METHODS
def test_all_equal_is_ok(judge: Judge) -> None:
    judgement = judge([1.5] * 15, [1.5] * 15, CPU)
    assert (judgement.verdict, judgement.change, judgement.low, judgement.high) == ("ok", 0.0, 0.0, 0.0)


@METHODS
def test_a_head_that_always_fails_is_worse_than_any_value(judge: Judge) -> None:
    judgement = judge(noisy(1, 15), [None] * 15, CPU)
    assert (judgement.verdict, judgement.change, judgement.difference) == ("regressed", INF, None)
    assert "head failed" in judgement.reason


def test_a_failing_head_regressed_where_higher_is_better_too() -> None:
    judgement = judge_paired(noisy(1, 15), [None] * 15, SPEED)
    assert (judgement.verdict, judgement.change) == ("regressed", -INF)


def test_a_base_that_always_fails_is_mirrored() -> None:
    judgement = judge_paired([None] * 15, noisy(1, 15), CPU)
    assert (judgement.verdict, judgement.change) == ("improved", -INF)


def test_one_failed_trial_among_twenty_does_not_decide() -> None:
    base, head = noisy(1, 20, sd=0.01), [*noisy(2, 19, sd=0.01), None]
    assert judge_paired(base, head, CPU).verdict == "ok"


def test_pairs_in_which_both_failed_are_left_out() -> None:
    judgement = judge_paired([*noisy(1, 15), None, None], [*noisy(2, 15), None, None], CPU)
    assert judgement == judge_paired(noisy(1, 15), noisy(2, 15), CPU)


@METHODS
def test_what_is_no_number_counts_as_missing(judge: Judge) -> None:
    good = noisy(1, 15)
    assert judge([*good, math.nan], [*good, 1.0], CPU) == judge([*good, None], [*good, 1.0], CPU)
    assert judge([*good, 1.0], [*good, INF], CPU) == judge([*good, 1.0], [*good, None], CPU)


def test_zeros_and_negative_values_are_compared_by_differences() -> None:
    judgement = judge_paired([-1.0, 0.0, 1.0] * 6, [9.0, 10.0, 11.0] * 6, CPU)
    assert (judgement.verdict, judgement.difference, judgement.change) == ("regressed", 10.0, None)


def test_huge_ratios_do_not_overflow() -> None:
    judgement = judge_paired([1e-300] * 15, [1e300] * 15, CPU)
    assert judgement.verdict == "regressed"


def test_pairs_need_equal_lengths() -> None:
    with pytest.raises(ValueError, match="longer"):
        judge_paired([1.0], [1.0, 2.0], CPU)


def test_a_limit_on_the_better_side_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"bounds its better side"):
        judge_paired([1.0], [1.0], CPU, limit("-5 %", CPU))


def test_unpaired_samples_are_labelled_and_judged() -> None:
    judgement = judge_unpaired(noisy(1, 20), noisy(2, 30, 1.1), CPU)
    assert (judgement.verdict, judgement.method, judgement.n) == ("regressed", "unpaired", 20)
    assert judge_unpaired(noisy(1, 20), noisy(2, 30), CPU).verdict == "ok"


# Properties

dyadic = st.integers(1, 64).map(lambda value: value / 8)
sample = st.one_of(dyadic, st.none())
blocks = st.lists(st.tuples(sample, sample), min_size=1, max_size=40)
metrics = st.sampled_from([CPU, MEMORY, REQUESTS, SPEED, SHARE])


def judged(both: Pairs, metric: Metric, judge: Judge = judge_paired) -> Judgement:
    base, head = map(list, zip(*both, strict=True))
    return judge(base, head, metric)


@given(blocks, metrics, st.sampled_from([judge_paired, judge_unpaired]))
def test_swapping_base_and_head_mirrors_the_verdict(both: Pairs, metric: Metric, judge: Judge) -> None:
    there = judged(both, metric, judge)
    back = judged([(head, base) for base, head in both], metric, judge)
    assert back.verdict in MIRROR[there.verdict]
    assert back.n == there.n
    if there.change is not None and metric in {CPU, MEMORY, SPEED} and math.isfinite(there.change):
        assert back.change is not None
        assert (1 + there.change) * (1 + back.change) == pytest.approx(1)


@given(blocks, st.sampled_from([REQUESTS, SHARE]), st.sampled_from([0.25, 2.0, 1024.0]))
def test_a_constant_factor_on_both_sides_changes_nothing_in_differences(
    both: Pairs, metric: Metric, factor: float
) -> None:
    scaled = [(base and base * factor, head and head * factor) for base, head in both]
    plain, other = judged(both, metric), judged(scaled, metric)
    assert (other.verdict, other.change, other.low, other.high) == (plain.verdict, plain.change, plain.low, plain.high)


@given(st.integers(0, 10_000), st.floats(1e-6, 1e6), st.sampled_from([0.01, 0.05, 0.2]), st.integers(1, 40))
def test_a_constant_factor_on_both_sides_changes_nothing_in_ratios(seed: int, factor: float, sd: float, n: int) -> None:
    base, head = noisy(seed, n, sd=sd), noisy(seed + 1, n, 1.05, sd)
    plain = judge_paired(base, head, CPU)
    other = judge_paired([value * factor for value in base], [value * factor for value in head], CPU)
    assert other.verdict == plain.verdict
    assert other.change == pytest.approx(plain.change)
    assert [other.low, other.high] == pytest.approx([plain.low, plain.high])


@given(
    st.lists(st.integers(-100, 100), min_size=1, max_size=40),
    st.sampled_from([2, 3, 8]),
    st.sampled_from([0.0, 4.0, 30.0]),
)
def test_more_noise_never_makes_a_verdict_surer(differences: list[int], times: int, margin: float) -> None:
    """The same estimate with every deviation from it stretched: the same verdict, a weaker one, or none."""
    limits = [Limit("+", margin, written=f"+{margin}")]
    quarters = [4.0 * value for value in differences]  # so that the centre is a whole number
    zeros = [0.0] * len(quarters)
    calm = judge_paired(zeros, quarters, SHARE, limits)
    centre = calm.difference
    assert centre is not None
    stretched = [centre + times * (value - centre) for value in quarters]
    noisier = judge_paired(zeros, stretched, SHARE, limits)
    assert noisier.difference == centre
    weaker = {"regressed": {"regressed", "unclear"}, "ok": {"ok", "unclear"}, "unclear": {"unclear"}}
    allowed = weaker | {"improved": {"improved", "ok", "unclear"}}
    assert noisier.verdict in allowed[calm.verdict]


@given(st.lists(st.tuples(dyadic, sample), min_size=1, max_size=30), st.data())
def test_a_worse_head_trial_never_makes_a_better_verdict(
    both: list[tuple[float, float | None]], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(both) - 1))
    base, head = both[place]
    worse = data.draw(st.one_of(st.none(), st.just(head * 4))) if head is not None else None
    changed = [*both[:place], (base, worse), *both[place + 1 :]]
    for metric in (CPU, MEMORY):
        assert WORSE[judged(changed, metric).verdict] >= WORSE[judged(both, metric).verdict]


@given(blocks, metrics, st.sampled_from([judge_paired, judge_unpaired]))
def test_every_judgement_hangs_together(both: Pairs, metric: Metric, judge: Judge) -> None:
    judgement = judged(both, metric, judge)
    assert not any(map(math.isnan, (judgement.low, judgement.high, judgement.alpha)))
    assert judgement.alpha <= 0.0025
    if judgement.change is not None:
        assert judgement.low <= judgement.change <= judgement.high
    if judgement.verdict != "unclear":
        assert judgement.decided
        assert judgement.pairs_to_decide is None
    assert judgement.reason


@given(
    st.lists(st.integers(-100, 100), min_size=1, max_size=15),
    st.lists(st.integers(-100, 100), min_size=1, max_size=15),
    st.integers(-200, 200),
    st.sampled_from([2, 3, 8]),
    st.sampled_from([0.0, 4.0, 30.0]),
)
def test_more_noise_never_makes_an_unpaired_verdict_surer(
    first: list[int], second: list[int], shift: int, times: int, margin: float
) -> None:
    """Each side stretched about its own centre, which moves no estimate of sides that lie alike about theirs.

    It does not hold of sides that lie unalike: there stretching moves the estimate itself, and with it the verdict.
    """
    base = [*(float(value) for value in first), *(-float(value) for value in first)]
    head = [*(float(value) for value in second), *(-float(value) for value in second)]
    limits = [Limit("+", margin, written=f"+{margin}")]
    calm = judge_unpaired(base, [value + shift for value in head], SHARE, limits)
    noisier = judge_unpaired(
        [times * value for value in base], [times * value + shift for value in head], SHARE, limits
    )
    assert noisier.difference == calm.difference == shift
    weaker = {
        "regressed": {"regressed", "unclear"},
        "ok": {"ok", "unclear"},
        "unclear": {"unclear"},
        "improved": {"improved", "ok", "unclear"},
    }
    assert noisier.verdict in weaker[calm.verdict]


@given(st.integers(0, 10_000), st.floats(1e-6, 1e6), st.sampled_from([0.01, 0.05, 0.2]), st.integers(1, 30))
def test_a_constant_factor_on_both_sides_changes_nothing_unpaired(seed: int, factor: float, sd: float, n: int) -> None:
    base, head = noisy(seed, n, sd=sd), noisy(seed + 1, n + 3, 1.05, sd)
    plain = judge_unpaired(base, head, CPU)
    other = judge_unpaired([value * factor for value in base], [value * factor for value in head], CPU)
    assert other.verdict == plain.verdict
    assert other.change == pytest.approx(plain.change)
