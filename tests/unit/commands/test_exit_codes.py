"""What results mean to a script."""

from __future__ import annotations

import msgspec
import pytest

from perfkit.commands.exit_codes import exit_code, worst
from perfkit.errors import Exit
from perfkit.model.result import Result
from perfkit.statistics.analysis import analyse
from support import samples


def noisy() -> Result:
    """Two versions and too few pairs to tell."""
    return samples.sample_result({"base": {}, "head": {"cpu.seconds": 1.04}}, blocks=6, base="base")


def alike() -> Result:
    return samples.sample_result({"base": {}, "head": {}}, base="base")


def all_dead() -> Result:
    return samples.sample_result({"only": {}}, blocks=3, failing="only")


def one_of_three_dead() -> Result:
    return samples.sample_result({"one": {}, "two": {}, "three": {}}, blocks=3, failing="two")


@pytest.mark.parametrize(
    ("result", "strict", "code"),
    [
        (samples.slower_head(), False, Exit.REGRESSED),
        (samples.dead_head(), False, Exit.REGRESSED),
        (samples.one_client(), False, Exit.REGRESSED),
        (samples.three_clients(), False, Exit.REGRESSED),  # kubernetes exceeds the absolute limit on CPU
        (noisy(), False, Exit.OK),
        (noisy(), True, Exit.UNCLEAR),
        (alike(), True, Exit.OK),
        (all_dead(), False, Exit.TARGET_FAILED),
        (one_of_three_dead(), False, Exit.TARGET_FAILED),  # none of them is a base that it could be worse than
    ],
)
def test_a_result_has_its_exit_code(result: Result, *, strict: bool, code: Exit) -> None:
    assert exit_code(analyse(result), strict=strict) == code


def apart(result: Result) -> Result:
    """The same of two different programs, without limits."""
    one, two = result.scenario.targets
    targets = (one, msgspec.structs.replace(two, program="another"))
    return msgspec.structs.replace(
        result, scenario=msgspec.structs.replace(result.scenario, targets=targets, limits=())
    )


def test_of_different_programs_nothing_regresses_but_one_that_never_works_fails() -> None:
    assert exit_code(analyse(apart(samples.slower_head())), strict=True) == Exit.OK
    assert exit_code(analyse(apart(samples.dead_head())), strict=False) == Exit.REGRESSED


def test_the_gravest_of_several_codes_wins() -> None:
    assert worst([Exit.OK, Exit.UNCLEAR, Exit.REGRESSED]) == Exit.REGRESSED
    assert worst([]) == Exit.OK
