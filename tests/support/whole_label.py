"""A label with everything that a report can be made of, as large as the reports are promised for."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec

from perfkit.model.profile import Frame, Profile, ProfileBuilder, ValueType
from perfkit.profilers.files import write_profile
from perfkit.storage.labels import profiles_folder
from support.artifacts import store_with_artifacts
from support.samples import in_cell, sample_result

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.model.scenario import Scenario

PLAIN, SWEEPS, SIZES = 10, 4, (100, 1000, 5000, 10_000, 100_000)
TARGETS = ("kubernetes", "lean", "lightkube")
REQUESTS, LOOKS = 300, 6000
STACKS = 3000


def build(project: Path) -> int:
    """Store all of it under one label; the number of trials."""
    (project / "perfkit.toml").write_text("schema = 1\n")
    found = []
    for number in range(PLAIN):
        result = sample_result(
            {"base": {}, "head": {"cpu.seconds": 0.9 + number / 20}}, blocks=30, base="base", seed=number
        )
        found.append(msgspec.structs.replace(result, scenario=_named(result.scenario, f"scenario-{number:02d}")))
    for number in range(SWEEPS):
        for place, pods in enumerate(SIZES):
            factors = {name: {"startup.ready": (pods / 100) ** (power / 2)} for power, name in enumerate(TARGETS)}
            result = in_cell(sample_result(factors, blocks=15, seed=place), place, {"cluster.pods": pods})
            scenario = _named(result.scenario, f"sweep-{number}-{pods}", f"sweep-{number}")
            found.append(msgspec.structs.replace(result, scenario=scenario))
    for result in found:
        store_with_artifacts(project, result, requests=REQUESTS, looks=LOOKS)
    for result in found[:PLAIN]:
        folder = profiles_folder(project / "results" / "local" / result.label, result.scenario.name)
        for seed, target in enumerate(result.scenario.targets):
            write_profile(_profile(seed), folder / f"{target.name}.py-spy.speedscope.json")
    return sum(len(result.trials) for result in found)


def _named(scenario: Scenario, name: str, sweep: str = "") -> Scenario:
    return msgspec.structs.replace(scenario, name=name, sweep=sweep)


def _profile(seed: int) -> Profile:
    """Stacks that branch as a program's do: few functions call many."""
    chance = random.Random(seed)
    builder = ProfileBuilder([ValueType("cpu", "nanoseconds")])
    for _ in range(STACKS):
        depth = chance.randrange(8, 40)
        stack = [Frame("main", "app/main.py", 1)]
        for level in range(depth):
            number = min(int(chance.expovariate(1.2)), 9)
            stack.append(Frame(f"step_{level}_{number}", f"app/part{number}.py", level))
        builder.add(stack, 5_000_000)
    return builder.profile(samples=STACKS)
