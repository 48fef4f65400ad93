"""Ranking: order, ties, failures."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.model.catalogue import BY_NAME
from perfkit.model.metrics import Metric
from perfkit.statistics.ranking import Place, holm_levels, rank_blocks

READY, REQUESTS = BY_NAME["startup.ready"], BY_NAME["api.requests"]
SPEED = Metric(name="rows.drawn", kind="rate", direction="higher", source="invented", help="Rows a second.")


def blocks(n: int, noise: float = 0.02, seed: int = 1, **medians: float) -> dict[str, list[float | None]]:
    """Values that share each block's state of the machine."""
    source = random.Random(seed)
    states = [source.lognormvariate(0, 0.3) for _ in range(n)]
    return {
        name: [value * state * source.lognormvariate(0, noise) for state in states] for name, value in medians.items()
    }


def ranks(places: tuple[Place, ...]) -> list[tuple[str, int]]:
    return [(place.target, place.rank) for place in places]


def test_three_targets_in_order_with_ratios_to_the_best() -> None:
    places = rank_blocks(blocks(15, kubernetes=1.8, lean=1.0, kr8s=1.2), READY)
    assert ranks(places) == [("lean", 1), ("kr8s", 2), ("kubernetes", 3)]
    best, second, third = places
    assert (best.ratio, best.low, best.high) == (1.0, 1.0, 1.0)
    assert second.ratio == pytest.approx(1.2, rel=0.03)
    assert third.ratio == pytest.approx(1.8, rel=0.03)
    assert third.low is not None
    assert third.high is not None
    assert third.ratio is not None
    assert third.low < third.ratio < third.high
    assert all(place.decided and place.failed == 0 and place.n == 15 for place in places)


def test_noise_that_a_block_shares_does_not_matter() -> None:
    """The machine's state varies by 30 %, a difference of 5 % is seen all the same."""
    assert ranks(rank_blocks(blocks(20, noise=0.01, a=1.0, b=1.05), READY)) == [("a", 1), ("b", 2)]


def test_targets_that_cannot_be_told_apart_share_a_rank() -> None:
    places = rank_blocks(blocks(15, noise=0.1, a=1.0, b=1.01, c=3.0), READY)
    assert sorted(ranks(places)) == [("a", 1), ("b", 1), ("c", 3)]
    tied = places[1]
    assert tied.low is not None
    assert tied.high is not None
    assert tied.low < 1 < tied.high
    assert not tied.decided


def test_a_tie_is_decided_when_the_difference_is_certainly_small() -> None:
    places = rank_blocks(blocks(15, noise=0.002, seed=3, a=1.0, b=1.0), READY)
    assert [place.rank for place in places] == [1, 1]
    assert all(place.decided for place in places)


def test_five_blocks_are_too_few_to_rank() -> None:
    places = rank_blocks(blocks(5, a=1.0, b=2.0, c=3.0), READY)
    assert ranks(places) == [("a", 1), ("b", 1), ("c", 1)]
    assert places[1].low is None
    assert places[1].high is None


def test_a_target_that_never_worked_comes_last_and_says_so() -> None:
    samples = blocks(15, slow=9.0, quick=1.0) | {"broken": [None] * 15}
    places = rank_blocks(samples, READY)
    assert ranks(places) == [("quick", 1), ("slow", 2), ("broken", 3)]
    assert places[-1] == Place(target="broken", rank=3, ratio=None, n=15, failed=15, decided=True)


def test_a_target_that_mostly_fails_has_no_ratio_and_is_worst() -> None:
    samples = blocks(15, flaky=0.5, quick=1.0, slow=2.0)
    samples["flaky"][:12] = [None] * 12
    places = rank_blocks(samples, READY)
    assert [place.target for place in places] == ["quick", "slow", "flaky"]
    assert (places[-1].ratio, places[-1].failed) == (None, 12)


def test_a_single_failure_is_counted_and_not_fatal() -> None:
    samples = blocks(20, a=1.0, b=1.5)
    samples["a"][3] = None
    places = rank_blocks(samples, READY)
    assert ranks(places) == [("a", 1), ("b", 2)]
    assert places[0].failed == 1


def test_all_broken() -> None:
    assert ranks(rank_blocks({"a": [None] * 3, "b": [None] * 3}, READY)) == [("a", 1), ("b", 1)]


def test_nothing_to_rank() -> None:
    assert rank_blocks({}, READY) == ()
    assert ranks(rank_blocks({"a": [1.0]}, READY)) == [("a", 1)]
    assert ranks(rank_blocks({"a": [], "b": []}, READY)) == [("a", 1), ("b", 1)]


def test_constant_counts_are_ranked_exactly_from_five_blocks_on() -> None:
    places = rank_blocks({"a": [40.0] * 5, "b": [4.0] * 5, "c": [4.0] * 5}, REQUESTS)
    assert ranks(places) == [("b", 1), ("c", 1), ("a", 3)]
    assert places[-1].ratio == places[-1].low == places[-1].high == pytest.approx(10.0)
    assert all(place.decided for place in places)


def test_counts_with_zeros_have_a_ratio_of_medians_or_none() -> None:
    places = rank_blocks({"a": [0.0] * 15, "b": [4.0] * 15}, REQUESTS)
    assert ranks(places) == [("a", 1), ("b", 2)]
    assert places[1].ratio is None


def test_higher_is_better() -> None:
    places = rank_blocks(blocks(15, a=100.0, b=50.0), SPEED)
    assert ranks(places) == [("a", 1), ("b", 2)]
    assert places[1].ratio == pytest.approx(0.5, rel=0.03)


def test_holm_by_hand() -> None:
    """Of three, α = 0.06: 0.01 ≤ 0.02 rejected, 0.04 > 0.03 stands, and so do all after it at the same level."""
    p_values = {("a", "b"): 0.04, ("a", "c"): 0.01, ("b", "c"): 0.05}
    assert holm_levels(p_values, 0.06) == {("a", "c"): 0.02, ("a", "b"): 0.03, ("b", "c"): 0.03}


@given(st.integers(0, 10_000), st.integers(1, 25), st.permutations("abc"), st.floats(1e-6, 1e6))
def test_ranks_do_not_depend_on_the_order_of_targets_or_on_a_factor(
    seed: int, n: int, names: list[str], factor: float
) -> None:
    samples = blocks(n, noise=0.1, seed=seed, a=1.0, b=1.1, c=1.5)
    other = {name: [value and factor * value for value in samples[name]] for name in names}
    assert ranks(rank_blocks(other, READY)) == ranks(rank_blocks(samples, READY))


@given(st.integers(0, 1000), st.integers(1, 25))
def test_ranks_and_ratios_never_fall(seed: int, n: int) -> None:
    places = rank_blocks(blocks(n, noise=0.2, seed=seed, a=1.0, b=1.1, c=1.2, d=1.3), READY)
    assert places[0].rank == 1
    assert [place.rank for place in places] == sorted(place.rank for place in places)
    assert all(place.rank <= position for position, place in enumerate(places, start=1))
    ratios = [place.ratio or 0.0 for place in places[1:]]
    assert ratios == sorted(ratios)
