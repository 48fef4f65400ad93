from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.errors import TargetError
from perfkit.measure.live.exposition import Exposition, Late, quantile

TEXT = """\
# HELP go_goroutines Number of goroutines.
# TYPE go_goroutines gauge
go_goroutines 42
# TYPE rest_client_requests_total counter
rest_client_requests_total{code="200",host="h:1",method="GET"} 10
rest_client_requests_total{code="500",host="h:1",method="GET"} 2
some_other_thing{with="{braces},\\"quotes\\""} 1
process_resident_memory_bytes NaN
"""


def test_series_are_added_up_by_labels() -> None:
    exposed = Exposition(TEXT)
    assert exposed.one("nothing", "go_goroutines") == 42
    assert exposed.by("rest_client_requests_total", "method") == {("GET",): 12}
    assert exposed.one("rest_client_requests_total", code="500") == 2


def test_what_is_not_a_number_is_not_known() -> None:
    assert Exposition(TEXT).one("process_resident_memory_bytes") is None


@pytest.mark.parametrize("text", ["", "<html><body>Not found</body></html>", "hello", "\x00\xff", "a_metric 1\n"])
def test_what_is_no_exposition_or_a_foreign_one_has_nothing(text: str) -> None:
    assert not Exposition(text)


def test_a_known_metric_written_wrongly_is_told() -> None:
    with pytest.raises(TargetError, match="not Prometheus's text format"):
        Exposition("go_goroutines forty-two\n")


@given(st.text())
def test_whatever_comes_is_read_or_told(text: str) -> None:
    with contextlib.suppress(TargetError):
        Exposition(f"go_goroutines{text}\n")


BUCKETS = {0.1: 50.0, 0.5: 90.0, 1.0: 100.0, math.inf: 100.0}


@pytest.mark.parametrize(("share", "expected"), [(0.5, 0.1), (0.9, 0.5), (0.95, 0.75), (0.25, 0.05), (1.0, 1.0)])
def test_a_quantile_lies_on_the_line_within_its_bucket(share: float, expected: float) -> None:
    assert quantile(share, BUCKETS) == pytest.approx(expected)


def test_above_the_last_bound_that_bound_is_told_and_of_nothing_nothing() -> None:
    assert quantile(0.99, {0.1: 1.0, math.inf: 10.0}) == 0.1
    assert quantile(0.99, {}) is None
    assert quantile(0.99, {0.1: 0.0, math.inf: 0.0}) is None


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=8), st.floats(0.01, 0.5), st.floats(0.5, 1.0))
def test_quantiles_rise_with_their_share(counts: list[int], low: float, high: float) -> None:
    total, buckets = 0, {}
    for place, count in enumerate(counts):
        total += count
        buckets[float(2**place)] = float(total)
    found = quantile(low, buckets), quantile(high, buckets)
    assert (found == (None, None)) if not total else (found[0] or 0.0) <= (found[1] or 0.0) + 1e-9


def test_quantiles_of_late_leave_out_what_is_long_past() -> None:
    late = Late()
    late.keep(0.0, {"h": {0.1: 0.0, 1.0: 1000.0, math.inf: 1000.0}})
    assert late.quantiles("h")[1] == pytest.approx(0.955)
    late.keep(30.0, {"h": {0.1: 10.0, 1.0: 1010.0, math.inf: 1010.0}})
    assert late.quantiles("h") == pytest.approx((0.05, 0.095, 0.099))
    late.keep(90.0, {"h": {0.1: 10.0, 1.0: 1010.0, math.inf: 1010.0}})
    assert late.quantiles("h") == (None, None, None)


def test_a_program_that_began_anew_is_told_by_what_it_counts_now() -> None:
    late = Late()
    late.keep(0.0, {"h": {0.1: 1000.0, math.inf: 1000.0}})
    late.keep(1.0, {"h": {0.1: 10.0, math.inf: 10.0}})
    assert late.quantiles("h")[0] == pytest.approx(0.05)
