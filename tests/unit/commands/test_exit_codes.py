"""What results mean to a script."""

from __future__ import annotations

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
    ],
)
def test_a_result_has_its_exit_code(result: Result, *, strict: bool, code: Exit) -> None:
    assert exit_code(analyse(result), strict=strict) == code


def test_of_different_programs_nothing_regresses() -> None:
    import msgspec

    result = samples.slower_head()
    one, two = result.scenario.targets
    apart = msgspec.structs.replace(
        result.scenario, targets=(one, msgspec.structs.replace(two, program="another")), limits=()
    )
    assert exit_code(analyse(msgspec.structs.replace(result, scenario=apart)), strict=True) == Exit.OK


def test_the_gravest_of_several_codes_wins() -> None:
    assert worst([Exit.OK, Exit.UNCLEAR, Exit.REGRESSED]) == Exit.REGRESSED
    assert worst([]) == Exit.OK
