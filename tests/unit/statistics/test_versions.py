"""Several versions side by side."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from perfkit.statistics.analysis import Comparison, compare_paired, compare_unpaired
from perfkit.statistics.versions import Versions, VersionsRow, line_up
from support.examples import examples
from support.samples import sample_result

FACTORS = [1.0, 1.3, 0.7, 1.0]


def lined_up(factors: list[float], metric: str = "cpu.seconds", *, paired: bool = True) -> Versions:
    names = [f"v{place}" for place in range(len(factors))]
    result = sample_result({name: {metric: factor} for name, factor in zip(names, factors, strict=True)}, base="v0")

    def compare(base: int, head: int) -> Comparison:
        if paired:
            return compare_paired(result, names[base], names[head])
        return compare_unpaired((result, names[base]), (result, names[head]), {})

    return line_up(names, compare)


def row(section: Versions, metric: str = "cpu.seconds") -> VersionsRow:
    return next(each for each in section.rows if each.metric.name == metric)


def verdicts(judgements: tuple[object, ...]) -> list[str | None]:
    return [getattr(each, "verdict", None) for each in judgements]


def test_each_is_judged_against_the_first_and_the_one_before() -> None:
    section = lined_up(FACTORS)
    assert (section.names, section.trials) == (("v0", "v1", "v2", "v3"), (15,) * 4)
    assert (section.versions, section.paired) == (True, True)
    cpu = row(section)
    assert verdicts(cpu.against_first) == [None, "regressed", "improved", "ok"]
    assert verdicts(cpu.against_previous) == [None, "regressed", "improved", "regressed"]


def test_best_and_worst_are_told_where_the_trials_tell_them_apart() -> None:
    section = lined_up(FACTORS)
    assert (row(section).best, row(section).worst) == (2, 1)
    assert (row(section, "startup.ready").best, row(section, "startup.ready").worst) == (None, None)
    assert (row(section, "api.requests").best, row(section, "api.requests").worst) == (None, None)


def test_versions_of_different_sessions_are_not_called_paired() -> None:
    assert not lined_up(FACTORS, paired=False).paired


@settings(max_examples=examples(5))
@given(st.permutations([1, 2, 3]))
def test_the_order_of_the_others_changes_neither_verdicts_nor_best_and_worst(order: list[int]) -> None:
    result = sample_result({f"v{place}": {"cpu.seconds": factor} for place, factor in enumerate(FACTORS)}, base="v0")
    names = ["v0", *(f"v{place}" for place in order)]
    section = line_up(names, lambda base, head: compare_paired(result, names[base], names[head]))
    cpu = row(section)
    found = dict(zip(names, verdicts(cpu.against_first), strict=True))
    assert found == {"v0": None, "v1": "regressed", "v2": "improved", "v3": "ok"}
    assert cpu.best is not None
    assert cpu.worst is not None
    assert (names[cpu.best], names[cpu.worst]) == ("v2", "v1")


def test_all_neighbours_are_compared_once() -> None:
    asked: list[tuple[int, int]] = []
    result = sample_result({f"v{place}": {} for place in range(4)}, base="v0")

    def compare(base: int, head: int) -> Comparison:
        asked.append((base, head))
        return compare_paired(result, f"v{base}", f"v{head}")

    line_up([f"v{place}" for place in range(4)], compare)
    assert {(0, 1), (0, 2), (0, 3), *itertools.pairwise(range(4))} <= set(asked)


MIRROR = {"regressed": "improved", "improved": "regressed"}


@settings(max_examples=examples(10))
@given(st.sampled_from([0.7, 0.9, 1.0, 1.02, 1.3]), st.sampled_from([0.5, 1.0, 1.5]), st.booleans())
def test_swapping_base_and_head_mirrors_a_whole_comparison(cpu: float, requests: float, paired: bool) -> None:
    result = sample_result({"a": {}, "b": {"cpu.seconds": cpu, "api.requests": requests}}, base="a")

    def compare(base: str, head: str) -> dict[str, str]:
        found = compare_paired(result, base, head) if paired else compare_unpaired((result, base), (result, head), {})
        return {each.metric.name: each.verdict for each in found.rows}

    there, back = compare("a", "b"), compare("b", "a")
    for metric, verdict in there.items():
        assert back[metric] == MIRROR.get(verdict, back[metric])
        assert (verdict in MIRROR) == (back[metric] in MIRROR)
