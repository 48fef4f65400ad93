from __future__ import annotations

from pathlib import Path

from benchmarks.link_accuracy import blind

LIST = Path(blind.__file__).with_suffix(".txt")


def test_the_blind_cases_are_those_that_were_committed_before_they_were_measured() -> None:
    assert [case.name for case in blind.cases()] == LIST.read_text().split()


def test_the_blind_cases_are_cold_and_warm_shaped_and_not_lossy_and_not_idle_and_idle() -> None:
    cases = blind.cases()
    kinds = {(bool(case.before), bool(case.link.down), bool(case.link.loss), bool(case.idle)) for case in cases}
    assert len(cases) == blind.COUNT
    assert all({kind[place] for kind in kinds} == {True, False} for place in range(4))
