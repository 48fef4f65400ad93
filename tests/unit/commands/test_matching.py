"""Which scenarios and targets of several results belong together."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from perfkit.commands.matching import Version, compare_sides, match, name_of
from perfkit.errors import ResultError, UsageError
from perfkit.storage.results import Loaded
from support.releases import release


def version(name: str, *results: Loaded) -> Version:
    return Version(name, results)


def loaded(label: str, *programs: str, scenario: str = "startup", target: str | None = None) -> Loaded:
    """A result whose targets are called as their programs, ``program:target`` where they are not."""
    names = [each.rpartition(":")[2] for each in programs]
    result = release(label, {name: {} for name in names}, scenario, blocks=2)
    specs = tuple(
        msgspec.structs.replace(spec, program=each.partition(":")[0])
        for spec, each in zip(result.scenario.targets, programs, strict=True)
    )
    result = msgspec.structs.replace(result, scenario=msgspec.structs.replace(result.scenario, targets=specs))
    return Loaded(result=result, path=Path(label) / f"{scenario}.perfkit.json", target=target)


def test_each_program_that_all_have_is_matched() -> None:
    found = match([version("a", loaded("a", "lean", "kr8s")), version("b", loaded("b", "kr8s", "lean", "kubectl"))])
    assert [[side.named for side in each.sides] for each in found.matches] == [
        ["a#lean", "b#lean"],
        ["a#kr8s", "b#kr8s"],
    ]
    assert found.remarks == ["! startup: only in b: kubectl"]


def test_the_head_stands_for_its_program_unless_a_target_is_named() -> None:
    checked = loaded("b", "mine:older", "mine:mine")
    found = match([version("a", loaded("a", "mine")), version("b", checked)])
    assert [side.target for side in found.matches[0].sides] == ["mine", "mine"]
    assert found.remarks == ["  of b's targets older, mine the last stands for it; another: b#older"]
    named = msgspec.structs.replace(checked, target="older")
    found = match([version("a", loaded("a", "mine")), version("b", named)])
    assert [side.target for side in found.matches[0].sides] == ["mine", "older"]
    assert found.remarks == []


def test_single_results_belong_together_whatever_they_are_called() -> None:
    one, other = loaded("a", "lean"), loaded("b", "kubectl", scenario="renamed")
    (only,) = match([version("a", one), version("b", other)]).matches
    assert [side.target for side in only.sides] == ["lean", "kubectl"]


def test_scenarios_that_are_only_on_one_side_are_named() -> None:
    found = match(
        [
            version("a", loaded("a", "lean"), loaded("a", "lean", scenario="busy")),
            version("b", loaded("b", "lean"), loaded("b", "lean", scenario="idle")),
        ]
    )
    assert [each.scenario for each in found.matches] == ["startup"]
    assert found.remarks == ["! only in a: scenario busy", "! only in b: scenario idle"]


def test_no_scenario_in_common_tells_what_there_is() -> None:
    with pytest.raises(ResultError, match="no scenario in common") as caught:
        match(
            [
                version("a", loaded("a", "lean"), loaded("a", "lean", scenario="busy")),
                version("b", loaded("b", "lean", scenario="idle")),
            ]
        )
    assert caught.value.advice == "a has startup, busy; b has idle"


def test_no_program_in_common_tells_the_targets() -> None:
    with pytest.raises(UsageError, match="no program in common: a has lean, kr8s; b has kubectl") as caught:
        match([version("a", loaded("a", "lean", "kr8s")), version("b", loaded("b", "kubectl"))])
    assert caught.value.advice == "pick a target of each: b#kubectl"


def test_targets_of_one_run_are_compared_in_pairs_and_of_two_runs_are_not() -> None:
    one = loaded("a", "mine:base", "mine:head")
    sides = (
        match(
            [
                version("a", msgspec.structs.replace(one, target="base")),
                version("a", msgspec.structs.replace(one, target="head")),
            ]
        )
        .matches[0]
        .sides
    )
    assert compare_sides(*sides).comparison.paired
    apart = match([version("a", loaded("a", "mine")), version("b", loaded("b", "mine"))]).matches[0].sides
    assert not compare_sides(*apart).comparison.paired


@pytest.mark.parametrize(("word", "name"), [("v1", "v1"), ("v1#lean", "v1"), ("./c##base", "./c#")])
def test_an_argument_is_called_without_its_target(word: str, name: str) -> None:
    assert name_of(word) == name
