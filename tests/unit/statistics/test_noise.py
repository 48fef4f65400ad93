"""The noise floor: what pairs of one and the same target tell of the changes that others can show."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.model.catalogue import BY_NAME
from perfkit.model.limits import Limit
from perfkit.model.noise import MetricNoise
from perfkit.model.scenario import DEFAULT_LOOKS, MetricLimit
from perfkit.statistics.analysis import analyse, compare_paired
from perfkit.statistics.noise import FEWEST_PAIRS, floors, limits_below, measure, suggest, with_floors
from perfkit.statistics.stopping import visible_in_advance
from support.noise import make_noise
from support.samples import sample_result

if TYPE_CHECKING:
    from perfkit.model.result import Result
    from perfkit.statistics.analysis import Comparison

READY = BY_NAME["startup.ready"]


def twins(blocks: int = 60) -> Result:
    """Both sides alike; each trial varies by 1 %, each pair by another 5 % that cancels."""
    return sample_result({"a": {}, "b": {}}, blocks=blocks, base="a")


def by_name(noise: tuple[MetricNoise, ...]) -> dict[str, MetricNoise]:
    return {each.metric.name: each for each in noise}


def one(spread: float, change: float = 0.0) -> list[MetricNoise]:
    return [MetricNoise(metric=READY, pairs=60, spread=spread, change=change)]


def test_the_spread_is_that_of_a_pair_without_what_disturbs_both_sides() -> None:
    found = by_name(measure(twins(200)))
    for name in ("startup.ready", "cpu.seconds", "memory.peak"):
        assert found[name].spread == pytest.approx(0.01 * math.sqrt(2), rel=0.25)
        assert found[name].low < 0 < found[name].high
        assert found[name].pairs == 200


def test_what_never_varies_is_exact() -> None:
    found = by_name(measure(twins()))
    assert [name for name, each in found.items() if each.exact] == [
        "api.requests",
        "api.bytes_received",
        "api.connections",
    ]


def test_swapping_the_sides_turns_the_change_and_keeps_the_spread() -> None:
    there = by_name(measure(twins()))
    swapped = sample_result({"a": {}, "b": {}}, blocks=60, base="a")
    scenario = msgspec.structs.replace(swapped.scenario, targets=swapped.scenario.targets[::-1])
    back = by_name(measure(msgspec.structs.replace(swapped, scenario=scenario)))
    for name, each in there.items():
        assert back[name].spread == pytest.approx(each.spread)
        assert (1 + back[name].change) * (1 + each.change) == pytest.approx(1)


def test_failed_trials_leave_their_pair_out() -> None:
    result = twins(20)
    trials = tuple(
        msgspec.structs.replace(trial, outcome="timeout") if trial.block == 3 and trial.target == "b" else trial
        for trial in result.trials
    )
    found = measure(msgspec.structs.replace(result, trials=trials))
    assert {each.pairs for each in found} == {19}


def test_too_few_pairs_tell_nothing() -> None:
    assert measure(twins(FEWEST_PAIRS - 1)) == ()
    assert len(measure(twins(FEWEST_PAIRS))) == len(twins().metrics)


def test_a_metric_that_varies_around_zero_has_no_floor() -> None:
    result = twins(20)
    trials = tuple(
        msgspec.structs.replace(trial, values={**trial.values, "api.requests": float(trial.block % 2)})
        for trial in result.trials
    )
    assert "api.requests" not in by_name(measure(msgspec.structs.replace(result, trials=trials)))


def test_a_metric_that_seldom_varies_is_not_called_exact() -> None:
    result = twins(20)
    trials = tuple(
        msgspec.structs.replace(trial, values={**trial.values, "api.requests": 3.0})
        if trial.block == 7 and trial.target == "b"
        else trial
        for trial in result.trials
    )
    found = by_name(measure(msgspec.structs.replace(result, trials=trials)))["api.requests"]
    assert not found.exact
    assert 0 < found.spread < math.log(1.5)


def test_the_floor_is_the_change_that_so_many_pairs_show() -> None:
    assert floors(one(0.1), 15) == {"startup.ready": visible_in_advance(15, "time", gates=1, spread=0.1)}


def test_gated_metrics_that_vary_share_the_error_of_a_look() -> None:
    noise = make_noise()
    expected = visible_in_advance(60, "time", gates=3, spread=0.06)
    assert floors(noise.metrics, 60)["startup.ready"] == expected


def test_the_floor_is_never_below_what_a_a_showed() -> None:
    assert floors(one(0.01, change=-0.2), 60) == {"startup.ready": 0.2}


def test_too_few_pairs_have_no_floor_but_for_what_is_exact() -> None:
    assert floors(make_noise().metrics, 3) == {"api.requests": 0, "api.bytes_received": 0, "api.connections": 0}


@given(st.floats(1e-4, 1.0), st.integers(FEWEST_PAIRS, 500))
def test_more_pairs_and_less_noise_lower_the_floor(spread: float, pairs: int) -> None:
    (floor,) = floors(one(spread), pairs).values()
    assert floors(one(spread), pairs + 1)["startup.ready"] < floor < floors(one(spread * 1.1), pairs)["startup.ready"]


@given(st.floats(1e-4, 1.0), st.sampled_from(["startup.ready", "memory.peak", "api.requests"]))
def test_a_suggested_limit_can_be_decided_by_the_last_look(spread: float, name: str) -> None:
    noise = [MetricNoise(metric=BY_NAME[name], pairs=60, spread=spread)]
    (suggestion,) = suggest(noise)
    limit = Limit.parse(suggestion.limit, BY_NAME[name].kind)
    assert suggestion.floor is not None
    assert suggestion.pairs is not None
    assert limit.relative
    assert limit.value >= suggestion.floor
    assert suggestion.pairs <= DEFAULT_LOOKS[-1]


def test_times_are_not_limited_to_less_than_layout_moves_them() -> None:
    (time,) = suggest(one(0.0001))
    assert time.limit == "+5 %"
    memory, requests = suggest(make_noise({"memory.peak": 0.0001, "api.requests": 0.0}).metrics)
    assert memory.limit == "+1 %"
    assert requests.limit == "+0"


def test_where_nothing_can_be_decided_no_limit_is_suggested() -> None:
    (suggestion,) = suggest(one(50.0))
    assert (suggestion.limit, suggestion.pairs) == ("", None)


# ---- beside a comparison


def comparison(**limits: str) -> Comparison:
    """Of slower_head's kind, with these limits; floors at 60 pairs of noise with cpu at 2 % and memory at 0.4 %."""
    result = sample_result({"base": {}, "head": {"cpu.seconds": 1.3}}, base="base")
    written = tuple(
        MetricLimit(metric=name, limits=(Limit.parse(text, BY_NAME[name].kind),))
        for name, text in ((name.replace("_", ".", 1), text) for name, text in limits.items())
    )
    scenario = msgspec.structs.replace(result.scenario, limits=written)
    found = compare_paired(msgspec.structs.replace(result, scenario=scenario), "base", "head")
    return with_floors(found, make_noise(), 60)


def test_rows_take_the_floor_of_their_metric() -> None:
    found = {row.metric.name: row.floor for row in comparison().rows}
    assert found == floors(make_noise().metrics, 60)
    assert comparison().noise == make_noise().created


def test_floors_change_no_verdict() -> None:
    (before,) = analyse(sample_result({"base": {}, "head": {"cpu.seconds": 1.3}}, base="base"))
    assert [row.verdict for row in comparison().rows] == [row.verdict for row in before.rows]  # type: ignore[union-attr]


def test_a_limit_below_the_floor_is_found() -> None:
    assert limits_below(comparison(memory_peak="+0.1 %").rows).keys() == {"memory.peak"}
    assert limits_below(comparison(memory_peak="+0.1 %").rows)["memory.peak"][0] == "+0.1 %"
    assert limits_below(comparison(memory_peak="+1 %").rows) == {}


def test_a_limit_in_the_metrics_own_unit_is_compared_with_the_base() -> None:
    assert limits_below(comparison(memory_peak="+10 KiB").rows).keys() == {"memory.peak"}
    assert limits_below(comparison(memory_peak="+10 MiB").rows) == {}


def test_the_usual_limit_counts_where_a_metric_is_gated() -> None:
    noisy = make_noise({"startup.ready": 0.5, "startup.first_request": 0.5})
    found = with_floors(comparison(), noisy, 60)
    assert limits_below(found.rows).keys() == {"startup.ready"}


def test_absolute_limits_have_nothing_to_do_with_the_floor() -> None:
    noisy = make_noise({"startup.first_request": 0.5})
    assert limits_below(with_floors(comparison(startup_first_request="< 1 ms"), noisy, 60).rows) == {}


def test_what_never_varies_has_no_limit_below_its_floor() -> None:
    assert "api.requests" not in limits_below(comparison(api_requests="+0").rows)


@pytest.mark.parametrize("seed", range(3))
def test_a_floor_measured_again_is_about_the_same(seed: int) -> None:
    """The spread of 60 normal pairs is known to about ±15 % (one SD): within ±50 % here."""
    chance = random.Random(seed)
    result = twins(60)
    noisy = tuple(
        msgspec.structs.replace(trial, values={**trial.values, "startup.ready": math.exp(chance.gauss(0, 0.1))})
        for trial in result.trials
    )
    found = by_name(measure(msgspec.structs.replace(result, trials=noisy)))["startup.ready"]
    assert found.spread == pytest.approx(0.1 * math.sqrt(2), rel=0.5)
