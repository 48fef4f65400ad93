"""Scenarios, trials, journal headers and results to store, with one plain value wherever none matters."""

from __future__ import annotations

from typing import Any

from perfkit.model.catalogue import CATALOGUE
from perfkit.model.limits import Limit
from perfkit.model.result import Fingerprint, Health, Result, Trial
from perfkit.model.scenario import Idle, Launch, MetricLimit, Quit, Scenario, TargetSpec
from perfkit.storage.journal import Header

CREATED = "2026-01-31T09:30:00Z"


def make_scenario(name: str = "startup", targets: tuple[str, ...] = ("base", "head"), **fields: Any) -> Scenario:
    return Scenario(
        name=name,
        title="Start-up",
        targets=tuple(
            TargetSpec(name=target, program="kubectl", command=("kubectl", "get", "pods")) for target in targets
        ),
        steps=(Launch(), Idle(name="settle", duration=0.2), Quit()),
        limits=(MetricLimit(metric="startup.ready", limits=(Limit.parse("< 2 s", "time"),)),),
        **fields,
    )


def make_trial(index: int = 0, target: str = "base", **fields: Any) -> Trial:
    given: dict[str, Any] = {
        "block": index // 2,
        "order": index % 2,
        "values": {"startup.ready": 1.0 + index / 100, "memory.peak": 50_000_000.0, "api.requests": 4.0},
        "work": {"list pods": 1000},
        "health": Health(duration=1.5, engine_cpu=0.01, launcher_cpu=0.01, mock_cpu=0.2, steal=0.0, load=0.5),
    }
    return Trial(index=index, target=target, **given | fields)


def make_trials(blocks: int, targets: tuple[str, ...] = ("base", "head")) -> tuple[Trial, ...]:
    """A warm-up of each target, then whole blocks."""
    warmups = [make_trial(place, target, block=-1) for place, target in enumerate(targets)]
    rest = [
        make_trial(len(targets) * (block + 1) + place, target, block=block, order=place)
        for block in range(blocks)
        for place, target in enumerate(targets)
    ]
    return (*warmups, *rest)


def make_fingerprint(**fields: dict[str, str]) -> Fingerprint:
    given = {
        "experiment": {"cluster.kind": "mock", "cluster.pods": "1000", "link": "direct", "home": "fresh"},
        "method": {"pass": "timing", "source of cpu.seconds": "wait4"},
        "machine": {"cpu": "Ada 1", "cores": "2"},
        "context": {"kernel": "6.1", "load": "0.10"},
    }
    return Fingerprint(**given | fields)


def make_header(scenario: Scenario | None = None, label: str = "before") -> Header:
    return Header(
        run="r-1",
        label=label,
        created=CREATED,
        scenario=scenario or make_scenario(),
        scenario_hash="0123456789abcdef",
        seed=1,
        base="base",
        fingerprint=make_fingerprint(),
        metrics=CATALOGUE,
    )


def make_result(**fields: Any) -> Result:
    given: dict[str, Any] = {
        "label": "before",
        "created": CREATED,
        "scenario": make_scenario(),
        "scenario_hash": "0123456789abcdef",
        "seed": 1,
        "base": "base",
        "fingerprint": make_fingerprint(),
        "metrics": CATALOGUE,
        "trials": make_trials(3),
        "stopped": "pairs",
        "elapsed": 12.5,
    }
    return Result(**given | fields)
