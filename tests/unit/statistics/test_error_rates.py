"""How often verdicts are wrong: the simulation of benchmarks/verdicts.py in short, with fixed seeds.

docs/statistics.md has the long tables. A bound here is the promised rate, of so many checks, rounded up.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from support.benchmarks import load

verdicts = load("verdicts")
BY_RHO = pytest.mark.parametrize("rho", verdicts.RHOS)
LOUD, USUAL = 0.17, 0.10  # SD of a pair


def run(number: int, world: object, **options: object) -> list[Any]:
    return [verdicts.run_check(f"short/{k}", world, **options) for k in range(number)]


def invented(rho: float, pair_sd: float) -> object:
    return partial(verdicts.invented, rho, pair_sd)


def count(checks: list[Any], word: str) -> int:
    return sum(check.word == word for check in checks)


@BY_RHO
def test_equal_targets_are_hardly_ever_regressed_and_most_often_ok(rho: float) -> None:
    """At most 1 % regressed and at least 90 % ok at a pair SD of 10 %."""
    checks = run(40, invented(rho, USUAL))
    assert count(checks, "regressed") <= 1
    assert count(checks, "ok") >= 36


@BY_RHO
def test_on_a_loud_machine_equal_targets_are_unclear_and_not_regressed(rho: float) -> None:
    checks = run(30, invented(rho, LOUD))
    assert count(checks, "regressed") <= 1
    assert count(checks, "unclear") + count(checks, "ok") >= 29


@pytest.mark.parametrize("client", verdicts.CLIENTS)
def test_a_recorded_client_is_hardly_ever_accused_of_itself(client: str) -> None:
    assert count(run(30, partial(verdicts.recorded, client)), "regressed") <= 1


@BY_RHO
def test_a_head_that_is_worse_by_the_whole_limit_is_hardly_ever_ok(rho: float) -> None:
    checks = run(60, invented(rho, 0.05), truth=verdicts.AT_LIMIT)
    assert sum(check.verdict("cpu.seconds") == "ok" for check in checks) <= 1


def test_several_heads_share_the_error_of_one() -> None:
    assert count(run(25, invented(0.9, LOUD), heads=4), "regressed") <= 1


@pytest.mark.parametrize(
    ("metric", "pair_sd", "pairs", "least"),
    [("cpu.seconds", USUAL, 30, 0.9), ("startup.ready", LOUD, 60, 0.95), ("memory.peak", 0.02, 15, 0.95)],
)
def test_a_true_regression_is_found_in_time(metric: str, pair_sd: float, pairs: int, least: float) -> None:
    """+10 % of CPU, +20 % of wall time, +1 % of memory at a limit of +0.5 % and a pair SD of 0.4 %."""
    procedure = verdicts.Procedure(tuple(look for look in verdicts.DEFAULT_LOOKS if look <= pairs))
    checks = run(60, invented(0.9, pair_sd), truth=verdicts.WORSE[metric], procedure=procedure)
    seen = sum(check.verdict(metric) == "regressed" for check in checks)
    assert seen >= 60 * least
