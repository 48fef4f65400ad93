"""The machine as a table, and as data."""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003 - msgspec reads annotations at run time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.measure.allowances import Allowance  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.model.scenario import DEFAULT_LOOKS
from perfkit.statistics.noise import floors
from perfkit.storage.noise import Stored  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.views.grids import Grid
from perfkit.views.noise import noise_data, program
from perfkit.views.text import noise_floor

if TYPE_CHECKING:
    from perfkit.model.noise import Noise

SCHEMA: Final = "perfkit.doctor/1"


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of this machine: the fingerprint's classes, sources, what it allows, and noise floors."""

    machine: dict[str, str]
    context: dict[str, str]
    sources: dict[str, str]  # by metric
    allowances: Sequence[Allowance]
    floors: Stored


def grids(findings: Findings) -> list[Grid]:
    """What the machine is, a row a fact; then a row a noise floor."""
    sources = {f"source of {metric}": source for metric, source in findings.sources.items()}
    facts = {**findings.machine, **findings.context, **sources}
    found = [Grid("machine", ("fact", "here"), list(facts.items()))]
    if findings.floors.noise:
        header = ("measured", "scenario", "program", f"floors of {DEFAULT_LOOKS[-1]} pairs")
        found.append(Grid("noise floors", header, [_row(noise) for noise in findings.floors.noise]))
    return found


def notes(findings: Findings) -> list[str]:
    """What the machine allows, and what follows, ``!`` where results are the worse for it; then what is missing."""
    allowed = [
        f"{'!' if each.limiting else ' '} {each.what}: {each.here}: {each.follows}" for each in findings.allowances
    ]
    missing = [] if findings.floors.noise else ["no floor measured here (perfkit doctor --noise -t TARGET)"]
    return [*allowed, *missing, *(f"! {problem}" for problem in findings.floors.problems)]


def findings_data(findings: Findings) -> dict[str, Any]:
    """All of it as plain data."""
    return {
        "machine": findings.machine,
        "context": findings.context,
        "sources": findings.sources,
        "allows": [each._asdict() for each in findings.allowances],
        "floors": [noise_data(noise) for noise in findings.floors.noise],
        "problems": list(findings.floors.problems),
    }


def _row(noise: Noise) -> tuple[str, ...]:
    known = floors(noise.metrics, DEFAULT_LOOKS[-1])
    gated = [each.metric.name for each in noise.metrics if each.metric.gated and each.metric.name in known]
    told = [f"{name} {noise_floor(known[name])}" for name in gated]
    return noise.created[:10], noise.scenario, program(noise), "\n".join(told)
