"""Intervals drawn."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from perfkit.model.catalogue import BY_NAME
from perfkit.model.limits import Limit
from perfkit.statistics.analysis import Comparison, Row, Summary, analyse
from perfkit.statistics.verdict import Judgement
from perfkit.views.plot import limit_of, plot
from support import samples

CPU = BY_NAME["cpu.seconds"]
SUMMARY = Summary(n=15, failed=0, median=2.0, q1=1.9, q3=2.1, lowest=1.5, highest=2.5)


def comparison(*changes: tuple[float | None, float, float], exact: bool = False, limit: str = "+5 %") -> Comparison:
    """A comparison with a CPU row for each (change, low, high)."""
    (given_,) = analyse(samples.slower_head())
    assert isinstance(given_, Comparison)
    rows = tuple(
        Row(
            metric=CPU,
            base=SUMMARY,
            head=SUMMARY,
            judgement=Judgement(
                metric=CPU.name,
                method="paired",
                verdict="ok",
                change=change,
                low=low,
                high=high,
                n=15,
                exact=exact,
                decided=True,
                limit=limit,
                reason="invented",
            ),
            limits=(Limit.parse(limit, CPU.kind),),
        )
        for change, low, high in changes
    )
    return msgspec.structs.replace(given_, rows=rows)


def lines(*changes: tuple[float | None, float, float], width: int = 80, exact: bool = False) -> list[str]:
    return [line.plain for line in plot(comparison(*changes, exact=exact), width)]


def test_an_interval_stands_around_its_estimate_right_of_no_change_where_it_is_worse() -> None:
    _, line, legend = lines((0.10, 0.08, 0.12))
    drawn = line.removeprefix("cpu.seconds ")
    assert drawn.index("│") < drawn.index("¦") < drawn.index("├") < drawn.index("●") < drawn.index("┤")
    assert "interval and estimate" in legend


def test_no_change_and_the_limit_are_seen_within_an_interval() -> None:
    _, line, _ = lines((0.03, -0.04, 0.10))
    assert line.index("├") < line.index("┼") < line.index("●") < line.index("¦") < line.index("┤")


def test_the_zero_of_the_scale_stands_above_the_line_of_no_change() -> None:
    scale, line, _ = lines((0.10, 0.08, 0.12))
    assert scale.index(" 0 ") + 1 == line.index("│")


def test_ends_that_are_not_known_are_arrows() -> None:
    _, line, _ = lines((0.10, float("-inf"), float("inf")))
    assert line.removeprefix("cpu.seconds ")[0] == "◀"
    assert line[-1] == "▶"


def test_a_huge_change_does_not_squash_the_others() -> None:
    _, huge, small, _ = lines((30.0, 29.0, 31.0), (0.01, -0.1, 0.1))
    assert huge.endswith("▶")
    assert small.index("┤") - small.index("├") >= 4


def test_an_exact_change_is_one_mark() -> None:
    _, line, _ = lines((0.5, 0.5, 0.5), exact=True)
    assert line.count("◆") == 1
    assert "├" not in line


def test_what_has_no_number_is_not_drawn() -> None:
    assert lines((None, 0.0, 0.0), (float("inf"), 0.0, float("inf"))) == []
    assert lines((0.1, 0.0, 0.2), width=30) == []


@pytest.mark.parametrize(("written", "limit"), [("+5 %", 0.05), ("+100 ms", 0.05), ("+0", None), ("-5 %", -0.05)])
def test_a_limit_is_drawn_as_a_share_of_the_base(written: str, limit: float | None) -> None:
    row = comparison((0.1, 0.0, 0.2), limit=written).rows[0]
    assert row.judgement is not None
    assert limit_of(row, row.judgement) == (None if limit is None else pytest.approx(limit))


ends = st.floats(-1, 100)


@given(st.lists(st.tuples(ends, ends, ends), min_size=1, max_size=5), st.integers(40, 200))
@example([(0.0, 0.0, -0.25)], 40)
def test_every_plot_fits_its_width(rows: list[tuple[float, float, float]], width: int) -> None:
    changes = [(change, low, high) for low, change, high in map(sorted, rows)]
    drawn = lines(*changes, width=width)
    assert all(len(line) <= max(width, 66) for line in drawn)
    assert all(len(line) <= width for line in drawn[:-1])


def test_the_scale_does_not_go_below_the_loss_of_all() -> None:
    scale, *_ = lines((-0.95, -0.97, -0.90))
    assert scale.removeprefix("cpu.seconds").split()[:2] == ["−100", "%"]
