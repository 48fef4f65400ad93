"""Stored results of several releases, with a difference in each, for whatever compares them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.storage.results import write_result
from support.samples import sample_result

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from perfkit.model.result import Result


def release(label: str, factors: Mapping[str, Mapping[str, float]], scenario: str = "startup", **more: Any) -> Result:
    """A result of that label and scenario; ``factors`` by target, see ``sample_result``."""
    result = sample_result(factors, **more)
    named = msgspec.structs.replace(result.scenario, name=scenario)
    return msgspec.structs.replace(result, label=label, scenario=named)


def store(project: Path, result: Result, place: str = "local") -> Path:
    """Write a result where its label belongs."""
    folder = project / "results" / place / result.label
    folder.mkdir(parents=True, exist_ok=True)
    return write_result(result, folder)


def two_releases(project: Path) -> None:
    """``v1`` and ``v2`` of one client: start-up faster, the busy scenario slower, one scenario only in each."""
    for label, factors in (("v1", {}), ("v2", {"startup.ready": 0.8})):
        store(project, release(label, {"lean": factors}))
    for label, factors in (("v1", {}), ("v2", {"startup.ready": 1.2, "cpu.seconds": 1.1})):
        store(project, release(label, {"lean": factors}, "busy"))
    store(project, release("v1", {"lean": {}}, "idle"))
    store(project, release("v2", {"lean": {}}, "scale"))


def many_releases(project: Path) -> None:
    """Six versions of one client: memory shrinks in the third, requests grow in the fourth, CPU goes up and down."""
    changes = [
        {},
        {"cpu.seconds": 1.02},
        {"cpu.seconds": 1.3, "memory.peak": 0.9},
        {"cpu.seconds": 0.8, "memory.peak": 1.1, "api.requests": 1.5},
        {},
        {"cpu.seconds": 1.1},
    ]
    for number, factors in enumerate(changes):
        store(project, release(f"r{number}", {"lean": factors}))
