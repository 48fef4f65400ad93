"""A comparison as gates: what fails a build, what only warns, and what a second run leaves of it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.model.limits import Limit
from perfkit.model.result import Result
from perfkit.model.scenario import MetricLimit
from perfkit.statistics.analysis import Comparison, compare_paired
from perfkit.statistics.gates import FAILURES, GRAVEST_FIRST, Gate, confirmed, counts, every, gates
from support.samples import dead_head, sample_result, slower_head


def compared(result: Result) -> Comparison:
    return compare_paired(result, "base", "head")


def levels(found: tuple[Gate, ...]) -> dict[str, str]:
    return {gate.subject: gate.level for gate in found}


def gate(subject: str = "cpu.seconds", level: str = "failed", seen: str = "1 s → 2 s, +100 %") -> Gate:
    return Gate(scenario="startup", head="head", subject=subject, level=level, seen=seen, message=f"regressed: {seen}")  # type: ignore[arg-type]


def with_limit(result: Result, metric: str, limit: Limit) -> Result:
    limits = (MetricLimit(metric=metric, limits=(limit,)),)
    return msgspec.structs.replace(result, scenario=msgspec.structs.replace(result.scenario, limits=limits))


def test_each_gated_metric_each_absolute_limit_and_the_failures_are_a_gate() -> None:
    found = gates("startup", compared(slower_head()), every)
    assert levels(found) == {
        "cpu.seconds": "failed",
        "api.requests": "failed",
        "trials": "passed",
        "startup.ready": "passed",
        "memory.peak": "passed",
        "cpu.seconds < 2 s": "passed",
    }


def test_the_gravest_come_first() -> None:
    found = [gate.level for gate in gates("startup", compared(slower_head()), every)]
    assert found == sorted(found, key=GRAVEST_FIRST.index)


def test_where_only_counts_decide_a_slower_head_warns_and_a_request_more_fails() -> None:
    found = levels(gates("startup", compared(slower_head()), counts))
    assert found["cpu.seconds"] == "warned"
    assert found["api.requests"] == "failed"


def test_an_absolute_limit_fails_also_where_only_counts_decide() -> None:
    result = with_limit(slower_head(), "memory.peak", Limit("<", 1e6, written="< 1 MB"))
    assert levels(gates("startup", compared(result), counts))["memory.peak < 1 MB"] == "failed"


def test_a_head_that_never_works_fails_by_that_alone() -> None:
    (found,) = gates("startup", compared(dead_head()), every)
    assert (found.subject, found.level) == (FAILURES, "failed")
    assert "head in 6 of 6" in found.message


def test_a_base_that_never_works_leaves_nothing_to_judge() -> None:
    result = sample_result({"base": {}, "head": {}}, blocks=6, base="base", failing="base")
    (found,) = gates("startup", compared(result), every)
    assert found.level == "broken"
    assert "nothing to compare with" in found.message


def test_too_few_pairs_are_unclear_and_say_why() -> None:
    found = gates("startup", compared(sample_result({"base": {}, "head": {}}, blocks=3, base="base")), every)
    cpu = next(gate for gate in found if gate.subject == "cpu.seconds")
    assert cpu.level == "unclear"
    assert "too few" in cpu.message


def test_a_message_tells_both_values_the_change_and_the_limit() -> None:
    found = gates("startup", compared(slower_head()), every)
    cpu = next(gate for gate in found if gate.subject == "cpu.seconds")
    assert cpu.message.startswith("regressed: ")
    assert " ms → " in cpu.message
    assert cpu.message.endswith(", +31 %, limit +5 %")


def test_what_fails_twice_is_confirmed() -> None:
    (found,) = confirmed([gate()], [gate(seen="1 s → 3 s, +200 %")])
    assert found.level == "failed"
    assert found.message == "regressed: 1 s → 2 s, +100 %; confirmed with the head moved: 1 s → 3 s, +200 %"


@pytest.mark.parametrize("level", ["passed", "unclear", "warned"])
def test_what_does_not_fail_again_is_a_warning(level: str) -> None:
    (found,) = confirmed([gate()], [gate(level=level, seen="1 s → 1 s, +0.1 %")])
    assert found.level == "warned"
    assert found.message == "not confirmed: 1 s → 2 s, +100 %; with the head moved: 1 s → 1 s, +0.1 %"


def test_another_metric_that_fails_in_the_second_run_confirms_nothing() -> None:
    (found,) = confirmed([gate()], [gate("memory.peak")])
    assert found.level == "warned"


ANY = st.lists(
    st.builds(gate, st.sampled_from(["cpu.seconds", "memory.peak", FAILURES]), st.sampled_from(GRAVEST_FIRST)),
    unique_by=lambda each: each.subject,
)


@given(ANY, ANY)
def test_a_second_run_never_makes_anything_worse(first: list[Gate], second: list[Gate]) -> None:
    before = {gate.subject: GRAVEST_FIRST.index(gate.level) for gate in first}
    after = confirmed(first, second)
    assert {gate.subject for gate in after} == before.keys()
    assert all(GRAVEST_FIRST.index(gate.level) >= before[gate.subject] for gate in after)
    failed = {gate.subject for gate in after if gate.level == "failed"}
    assert failed <= {gate.subject for gate in second if gate.level == "failed"}
