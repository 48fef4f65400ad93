from __future__ import annotations

from perfkit.statistics.analysis import analyse
from perfkit.views.against import against_base
from perfkit.views.notes import notes
from support.samples import sample_result, slower_head, three_clients

HEADS = {"all": {}, "a": {"cpu.seconds": 1.3}, "b": {"memory.peak": 0.5}, "c": {"api.requests": 2.0}}


def test_many_targets_against_one_base_are_a_line_each_with_change_and_interval() -> None:
    [grid] = against_base(analyse(sample_result(HEADS, base="all")))
    assert grid.title.startswith("each against all · ")
    assert [row[0] for row in grid.rows] == ["all", "a", "", "b", "", "c", ""]
    titles = [title.replace("\n", "") for title in grid.header]
    lines = [dict(zip(titles, map(str, row), strict=True)) for row in grid.rows]
    assert lines[1]["cpu.seconds"].startswith(("+29", "+30", "+31"))
    assert lines[1]["cpu.seconds"].endswith("!")
    assert "…" in lines[2]["cpu.seconds"]
    assert lines[3]["memory.peak"].startswith(("−49", "−50", "−51"))
    assert (lines[5]["api.requests"], lines[6]["api.requests"]) == ("+100 % !", "exact")
    assert "! beyond its limit" in grid.footer[0]


def test_the_metrics_that_a_scenario_shows_are_its_columns() -> None:
    [grid] = against_base(analyse(sample_result(HEADS, base="all")), ["cpu.*", "memory.peak"])
    assert [title.replace("\n", "") for title in grid.header] == ["", "cpu.seconds", "memory.peak"]
    assert len({len(row) for row in grid.rows}) == 1


def test_few_comparisons_and_rankings_are_read_as_they_are() -> None:
    assert against_base(analyse(slower_head())) == []
    assert against_base(analyse(three_clients())) == []


def test_what_is_unclear_of_many_is_told_once_a_metric() -> None:
    noisy = {"all": {}, "a": {"cpu.seconds": 1.3}, "b": {}, "c": {}}
    result = sample_result(noisy, blocks=3, base="all")
    told = [note for note in notes(result, analyse(result)) if "unclear" in note]
    assert len(told) == len({note.split(":")[0] for note in told}) > 0
    assert any(note.startswith("! cpu.seconds: unclear of 3 targets") for note in told)
