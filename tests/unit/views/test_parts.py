"""What two versions are made of stands beside their verdict, where it differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from perfkit.model.scenario import TargetSpec
from perfkit.statistics.analysis import Comparison, compare_paired
from perfkit.views.grids import grids
from perfkit.views.notes import comparison_notes
from support.samples import sample_result

OLD = {"name": "kr8s@0.17.0", "version": "0.17.0", "toolchain": {"python": "3.11.7", "httpx": "0.27.2"}}
NEW = {"name": "kr8s@0.20.15", "version": "0.20.15", "toolchain": {"python": "3.11.7", "httpx": "0.28.1"}}


def _compared(old: Mapping[str, Any], new: Mapping[str, Any], program: str = "kr8s") -> Comparison:
    found = compare_paired(sample_result({"a": {}, "b": {}}, base="a"), "a", "b")
    sides = [
        msgspec.structs.replace(spec, program=program if number else "kr8s", **fields)
        for number, (spec, fields) in enumerate(((found.base, old), (found.head, new)))
    ]
    return msgspec.structs.replace(found, base=sides[0], head=sides[1], versions=sides[0].program == sides[1].program)


def _parts(comparison: Comparison) -> list[str]:
    return [line for line in comparison_notes(comparison) if "other parts" in line]


def test_a_library_that_came_along_is_named_and_what_was_asked_for_is_not() -> None:
    old = {**OLD, "dependencies": {"kr8s": "0.17.0", "asyncache": "0.3.1", "anyio": "4.16.0"}}
    new = {**NEW, "dependencies": {"kr8s": "0.20.15", "packaging": "26.4", "anyio": "4.16.0"}}
    assert _parts(_compared(old, new)) == [
        "  made of other parts: asyncache 0.3.1 → none, httpx 0.27.2 → 0.28.1, packaging none → 26.4"
    ]


def test_many_are_counted() -> None:
    old = {**OLD, "dependencies": {f"lib{number:02}": "1" for number in range(20)}}
    new = {**NEW, "dependencies": {f"lib{number:02}": "2" for number in range(20)}}
    (line,) = _parts(_compared(old, new))
    assert line.endswith("lib06 1 → 2, and 13 more (-o json)")


@pytest.mark.parametrize(
    ("new", "program"),
    [({**OLD, "version": "0.20.15"}, "kr8s"), (NEW, "another"), ({**NEW, "toolchain": {}}, "kr8s")],
    ids=["the same parts", "another program", "not known"],
)
def test_nothing_is_said_where_nothing_differs_or_is_known(new: Mapping[str, Any], program: str) -> None:
    assert _parts(_compared(OLD, new, program)) == []


def test_a_version_is_shown_once_and_apart_from_the_name() -> None:
    (grid,) = grids(_compared(OLD, NEW))
    assert grid.title.startswith("base kr8s 0.17.0 → head kr8s 0.20.15 · ")


def test_a_target_remembers_where_it_came_from() -> None:
    spec = TargetSpec(name="x", program="x", command=("x",), origin="pip:x==1", hashes={"x.whl": "00"})
    assert msgspec.json.decode(msgspec.json.encode(spec), type=TargetSpec) == spec
