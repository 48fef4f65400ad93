"""The line that says whether targets did the same work."""

from __future__ import annotations

import msgspec
import pytest

from perfkit.model.faults import ApiFault
from perfkit.model.result import Fingerprint, Result
from perfkit.statistics.work import Work
from perfkit.views.evidence import told
from perfkit.views.notes import notes
from support import samples

WATCHED = Work((("pods", 1000),), ("pods",))
LISTED = Work((("pods", 1000),))


def test_like_work_is_told_once() -> None:
    assert told({"a": (WATCHED, True)}) == "✓ 1,000 pods delivered, watched"
    assert told({"a": (LISTED, True), "b": (LISTED, True)}) == "✓ same work: 1,000 pods delivered to each"


def test_who_watches_does_more_than_who_lists_and_who_paints_more_still() -> None:
    painted = WATCHED._replace(on_screen=True)
    assert told({"get": (LISTED, True), "lean": (WATCHED, True), "ui": (painted, True)}) == (
        "! not the same work: get: 1,000 pods; lean: 1,000 pods, watched; ui: 1,000 pods, watched, on screen"
    )


def test_what_is_watched_is_named_where_it_is_not_what_was_delivered() -> None:
    assert told({"a": (Work((("pods", 0),), ("pods",)), True)}) == "✓ nothing delivered, watching pods"
    mixed = Work((("nodes", 3), ("pods", 9)), ("pods",))
    assert told({"a": (mixed, True)}) == "✓ 3 nodes, 9 pods delivered, watching pods"


def test_work_that_differs_from_trial_to_trial_is_named() -> None:
    assert told({"a": (LISTED, False), "b": (LISTED, True)}) == "! not the same work in each trial: a"


def test_who_never_did_its_work_is_not_said_to_have_done_nothing() -> None:
    assert told({"a": (LISTED, True), "b": None}) == "✓ a: 1,000 pods delivered"
    assert told({"a": (LISTED, True), "b": None, "c": (LISTED, True)}) == "✓ same work: 1,000 pods delivered to each"
    assert told({"a": None}) == "  no trial tells what work it was"


def without_work(*faults: ApiFault, requests: float = 0.0) -> Result:
    result = samples.sample_result({"a": {}, "b": {}}, blocks=3)
    cluster = msgspec.structs.replace(result.scenario.cluster, fault=faults)
    scenario = msgspec.structs.replace(result.scenario, cluster=cluster)
    values = {**result.trials[0].values, "api.requests": requests}
    idle = [msgspec.structs.replace(trial, work={}, values=values) for trial in result.trials]
    return msgspec.structs.replace(result, scenario=scenario, trials=tuple(idle))


def test_a_cluster_that_saw_no_request_is_suspicious_unless_it_was_down_on_purpose() -> None:
    assert any("does it read KUBECONFIG?" in note for note in notes(without_work(), []))
    down = notes(without_work(ApiFault(kind="restart")), [])
    assert not [note for note in down if note.startswith("!")]
    assert any("the cluster failed, as the scenario has it" in note for note in down)


def test_who_asks_for_no_resource_asks_all_the_same() -> None:
    assert "✓ same work: nothing delivered to each" in notes(without_work(requests=2.0), [])


@pytest.mark.parametrize(("cpus", "crowded"), [("2", True), ("8", False), ("", False)])
def test_a_crowded_machine_is_told(cpus: str, crowded: bool) -> None:
    """Load 5: of two CPUs too much."""
    result = without_work(requests=1.0)
    health = msgspec.structs.replace(samples.HEALTH, load=5.0, sampler_cpu=0.02)
    trials = tuple(msgspec.structs.replace(trial, health=health) for trial in result.trials)
    machine = Fingerprint(machine={"cpus": cpus} if cpus else {})
    lines = notes(msgspec.structs.replace(result, trials=trials, fingerprint=machine), [])
    assert ("! the machine was crowded, load 5.0 on 2 CPUs: trust counts, then CPU, before times" in lines) == crowded
    assert any(line.startswith("  perfkit 2.8% of a core") for line in lines), "the sampler's CPU is perfkit's own"
