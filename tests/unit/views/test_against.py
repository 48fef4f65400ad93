from __future__ import annotations

from perfkit.statistics.analysis import analyse
from perfkit.views.against import against_base
from support.samples import sample_result, slower_head, three_clients

HEADS = {"all": {}, "a": {"cpu.seconds": 1.3}, "b": {"memory.peak": 0.5}, "c": {"api.requests": 2.0}}


def test_many_targets_against_one_base_are_a_line_each_with_change_and_interval() -> None:
    grids = against_base(analyse(sample_result(HEADS, base="all")))
    assert grids[0].title == "each against all"
    assert [row[0] for row in grids[0].rows] == ["a", "b", "c"]
    cells = {
        (str(row[0]), title): (str(row[at]), str(row[at + 1]))
        for grid in grids
        for row in grid.rows
        for at, title in enumerate(grid.header)
        if title not in {"", "interval"}
    }
    change, interval = cells["a", "cpu.seconds"]
    assert change.startswith(("+29", "+30", "+31"))
    assert "…" in interval
    assert cells["b", "memory.peak"][0].startswith(("−49", "−50", "−51"))
    assert cells["c", "api.requests"] == ("+100 %", "exact")


def test_few_comparisons_and_rankings_are_read_as_they_are() -> None:
    assert against_base(analyse(slower_head())) == []
    assert against_base(analyse(three_clients())) == []
