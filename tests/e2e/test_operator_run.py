"""Operators that nobody here wrote a framework for go through the scenario `reconcile`, with small numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.commandline import perfkit

pytestmark = pytest.mark.e2e

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    """What a trial of each operator measured."""
    project = tmp_path_factory.mktemp("reconcile")
    (project / "perfkit.toml").write_text("schema = 1\n")
    (project / "scenarios").mkdir()
    shipped = (CHECKOUT / "scenarios/reconcile.toml").read_text()
    small = shipped.replace("count = 50", "count = 8").replace('"2 s"', '"700 ms"')
    (project / "scenarios/reconcile.toml").write_text(small)
    perfkit(project, "run", "reconcile", "--set", "burst/count=12", "-r", "1", "-w", "1", "--label", "one")
    trials = json.loads((project / "results/local/one/reconcile.perfkit.json").read_text())["trials"]
    assert [each["outcome"] for each in trials] == ["ok"] * 4, [each["reason"] for each in trials]
    return {each["target"]: each["values"] for each in trials[2:]}


@pytest.mark.parametrize(("operator", "writes"), [("kopf", 3), ("kubernetes-operator", 2)])
def test_it_deals_with_every_object_in_as_many_writes_as_its_protocol_needs(
    values: dict[str, dict[str, float]], operator: str, writes: float
) -> None:
    """Both create a ConfigMap and write a status; kopf notes in an annotation what it has dealt with, too."""
    found = values[operator]
    assert found["reconcile.missed"] == 0
    assert found["steady/reconcile.writes"] == found["burst/reconcile.writes"] == writes
    assert 0 < found["steady/reconcile.latency.p50"] <= found["steady/reconcile.settled.p50"]


@pytest.mark.parametrize("operator", ["kopf", "kubernetes-operator"])
def test_it_writes_nothing_after_a_restart(values: dict[str, dict[str, float]], operator: str) -> None:
    assert values[operator]["restart/reconcile.writes"] == 0


def test_who_writes_the_version_that_he_read_meets_conflicts_and_tries_again(
    values: dict[str, dict[str, float]],
) -> None:
    """Patches of kopf name no version: they go through, whatever was written meanwhile."""
    assert values["kubernetes-operator"]["contested/reconcile.conflicts"] >= 1
    assert values["kopf"]["reconcile.conflicts"] == 0
    assert values["kopf"]["api.faults"] >= 1
