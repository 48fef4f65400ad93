"""Invented results of each kind, for views: the same on every machine."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec

from perfkit.model.catalogue import CATALOGUE
from perfkit.model.limits import Limit
from perfkit.model.link import LinkProfile
from perfkit.model.result import Fingerprint, Health, Result, Trial
from perfkit.model.scenario import MetricLimit
from support.fakes import scenario, spec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

USUAL = {
    "startup.first_request": 0.151,
    "startup.ready": 0.672,
    "cpu.seconds": 0.641,
    "memory.peak": 118.0 * 1024**2,
    "api.requests": 2.0,
    "api.bytes_received": 1_482_883.0,
    "api.connections": 1.0,
}
CONSTANT = {"api.requests", "api.bytes_received", "api.connections"}
HEALTH = Health(duration=1.0, engine_cpu=0.006, launcher_cpu=0.002, mock_cpu=0.08, steal=0.001, load=0.5)


def sample_result(
    factors: Mapping[str, Mapping[str, float]],
    *,
    blocks: int = 15,
    base: str | None = None,
    failing: str = "",
    seed: int = 1,
) -> Result:
    """A result whose targets differ from USUAL by a factor a metric; ``failing`` never becomes ready."""
    chance = random.Random(seed)
    trials = []
    for block in range(blocks):
        disturbance = chance.gauss(1, 0.05)
        for order, (name, factor) in enumerate(factors.items()):
            trials.append(_trial(chance, (block, order), name, disturbance, factor, failed=name == failing))
    spec_ = msgspec.structs.replace(
        scenario(),
        targets=tuple(spec(name, version="1.2.3") for name in factors),
        limits=(MetricLimit(metric="cpu.seconds", limits=(Limit("<", 2.0, written="< 2 s"),)),),
    )
    return Result(
        label="a-label",
        created="2026-01-01T00:00:00+00:00",
        scenario=spec_,
        scenario_hash="0",
        seed=1,
        base=base,
        fingerprint=Fingerprint(experiment={"cluster.pods": "1000"}),
        metrics=CATALOGUE,
        trials=tuple(trials),
        stopped="decided",
        elapsed=63.2,
    )


def _trial(
    chance: random.Random,
    place: tuple[int, int],
    name: str,
    disturbance: float,
    factor: Mapping[str, float],
    *,
    failed: bool,
) -> Trial:
    values = {
        metric: value * factor.get(metric, 1.0) * (1.0 if metric in CONSTANT else disturbance * chance.gauss(1, 0.01))
        for metric, value in USUAL.items()
    }
    return Trial(
        index=place[0] * 10 + place[1],
        block=place[0],
        order=place[1],
        target=name,
        outcome="timeout" if failed else "ok",
        reason="not ready (watch pods) within 30 s" if failed else "",
        values=values,
        work={"list pods": 1000, "watch pods": 0},
        digest="d",
        health=HEALTH,
    )


def slower_head() -> Result:
    """Two versions; the head uses 30 % more CPU and one more request."""
    return sample_result({"base": {}, "head": {"cpu.seconds": 1.3, "api.requests": 1.5}}, base="base")


def three_clients() -> Result:
    """A ranking."""
    return sample_result(
        {
            "kubernetes": {"startup.ready": 5, "cpu.seconds": 5, "memory.peak": 2.4, "startup.first_request": 4},
            "lean": {"startup.ready": 0.2, "cpu.seconds": 0.2, "memory.peak": 0.2, "api.requests": 0.5},
            "lightkube": {},
        }
    )


def one_client() -> Result:
    """A survey, its limit broken."""
    return sample_result({"slow": {"cpu.seconds": 10}}, blocks=3)


def dead_head() -> Result:
    """Two versions; the head never becomes ready."""
    return sample_result({"base": {}, "head": {}}, blocks=6, base="base", failing="head")


def in_cell(result: Result, place: int, at: dict[str, str | int | float], **changes: object) -> Result:
    """A result as that of one cell of the matrix ``sizes``."""
    name = "-".join(["sizes", *map(str, at.values())])
    cell = msgspec.structs.replace(result.scenario, name=name, sweep="sizes", at=at, place=place, **changes)
    return msgspec.structs.replace(result, scenario=cell, fingerprint=Fingerprint(experiment={}))


def size_sweep(names: Sequence[str] = ("kubernetes", "lean", "lightkube"), *, base: str | None = None) -> list[Result]:
    """Three sizes: the first target's costs grow with the size, the second's with its square, other's not at all."""
    powers = dict(zip(names, (1.0, 2.0, 0.0), strict=False))
    found = []
    for place, pods in enumerate((100, 1000, 10_000)):
        factors = {
            name: {"startup.ready": (pods / 100) ** powers[name], "cpu.seconds": (pods / 100) ** powers[name]}
            for name in names
        }
        result = sample_result(factors, blocks=8, base=base, seed=place)
        found.append(in_cell(result, place, {"cluster.pods": pods}))
    return found


def link_sweep() -> list[Result]:
    """Two axes: sizes, and links over which ``far`` starts in 4 round trips more; one cell failed, one never ran."""
    found = []
    for place, (pods, rtt) in enumerate((pods, rtt) for pods in (100, 1000) for rtt in (0.0, 0.05, 0.2)):
        factor = {"startup.ready": (USUAL["startup.ready"] + 4 * rtt) / USUAL["startup.ready"]}
        failing = "far" if place == 4 else ""
        result = sample_result({"near": {}, "far": factor}, blocks=8, failing=failing, seed=place)
        at: dict[str, str | int | float] = {"cluster.pods": pods, "link.rtt": f"{rtt * 1e3:g} ms"}
        cell = in_cell(result, place, at, link=LinkProfile(name="custom", rtt=rtt))
        found.append(cell if place != 5 else msgspec.structs.replace(cell, trials=(), stopped="interrupted"))
    return found
