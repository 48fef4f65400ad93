from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.errors import NotComparableError
from perfkit.model.catalogue import BY_NAME, CATALOGUE
from perfkit.model.result import Fingerprint, Result
from perfkit.model.scenario import ClusterSpec, Launch, Ready, Repeat, TargetSpec, Trace
from perfkit.storage.fingerprint import compare, compare_targets, experiment, foresee, method, narrowed, scenario_hash
from support.stored import make_fingerprint, make_result, make_scenario

FACTS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz"))
FINGERPRINTS = st.builds(Fingerprint, experiment=FACTS, method=FACTS, machine=FACTS, context=FACTS)


def changed(**classes: dict[str, str]) -> Fingerprint:
    """The usual fingerprint with some facts changed."""
    plain = make_fingerprint()
    return msgspec.structs.replace(plain, **{name: getattr(plain, name) | facts for name, facts in classes.items()})


def result_of(target: TargetSpec, **fields: Any) -> Result:
    return make_result(scenario=msgspec.structs.replace(make_scenario(**fields), targets=(target,)))


KUBECTL = TargetSpec(name="kubectl", program="kubectl", command=("kubectl",), version="1.31", toolchain={"go": "1.22"})


@given(FINGERPRINTS)
def test_a_fingerprint_is_comparable_with_itself(fingerprint: Fingerprint) -> None:
    found = compare(fingerprint, fingerprint)
    assert (found.refused, found.machine, found.warnings) == ((), (), ())
    assert all(found.allows(metric) for metric in CATALOGUE)


@given(FINGERPRINTS, FINGERPRINTS)
def test_both_directions_find_the_same_differences(a: Fingerprint, b: Fingerprint) -> None:
    def found(x: Fingerprint, y: Fingerprint) -> list[list[str]]:
        all_of = compare(x, y)
        return [[difference.key for difference in part] for part in (all_of.refused, all_of.machine, all_of.warnings)]

    assert found(a, b) == found(b, a)


@pytest.mark.parametrize("name", ["experiment", "method"])
def test_another_experiment_or_method_forbids_any_comparison(name: str) -> None:
    found = compare(make_fingerprint(), changed(**{name: {"link": "vpn"}}))
    assert not any(found.allows(metric) for metric in CATALOGUE)
    with pytest.raises(NotComparableError, match=f"^not comparable: {name} link: .* against vpn$"):
        found.demand()


def test_every_reason_is_named() -> None:
    found = compare(make_fingerprint(), changed(experiment={"cluster.pods": "50", "home": "kept"}))
    with pytest.raises(NotComparableError, match="pods: 1000 against 50; experiment home: fresh against kept"):
        found.demand()


@pytest.mark.parametrize(
    ("metric", "allowed"),
    [
        ("startup.ready", False),
        ("startup.first_request", False),
        ("cpu.seconds", False),
        ("memory.peak", False),
        ("api.requests", True),
        ("api.connections", True),
        ("api.bytes_received", True),
    ],
)
def test_another_machine_leaves_what_the_server_counted(metric: str, allowed: bool) -> None:
    found = compare(make_fingerprint(), changed(machine={"cpu": "Babbage 2"}))
    assert found.allows(BY_NAME[metric]) is allowed
    assert [str(difference) for difference in found.machine] == ["cpu: Ada 1 against Babbage 2"]
    found.demand()


def test_another_kernel_is_a_warning() -> None:
    found = compare(make_fingerprint(), changed(context={"kernel": "6.2"}))
    assert all(found.allows(metric) for metric in CATALOGUE)
    assert [str(difference) for difference in found.warnings] == ["kernel: 6.1 against 6.2"]


@pytest.mark.parametrize(("load", "warnings"), [("0.90", 0), ("1.50", 1), ("?", 1)])
def test_load_is_a_warning_from_one_busy_core_on(load: str, warnings: int) -> None:
    assert len(compare(make_fingerprint(), changed(context={"load": load})).warnings) == warnings


def test_what_one_side_did_not_record_is_a_difference() -> None:
    found = compare(make_fingerprint(), changed(experiment={"quota": "1 core"}))
    assert [str(difference) for difference in found.refused] == ["quota: not recorded against 1 core"]


def test_a_targets_version_and_libraries_are_printed_and_forbid_nothing() -> None:
    newer = msgspec.structs.replace(KUBECTL, version="1.37", toolchain={"go": "1.24"}, environment={"GOGC": "50"})
    found = compare_targets(result_of(KUBECTL), "kubectl", result_of(newer), "kubectl")
    assert [str(difference) for difference in found.target] == [
        "environment GOGC: not recorded against 50",
        "go: 1.22 against 1.24",
        "version: 1.31 against 1.37",
    ]
    found.demand()


def test_targets_with_different_ready_conditions_are_not_comparable() -> None:
    exits = msgspec.structs.replace(KUBECTL, ready=Ready(kind="exit"))
    found = compare_targets(result_of(KUBECTL), "kubectl", result_of(exits), "kubectl")
    assert [str(difference) for difference in found.refused] == ["ready: watch pods against exit"]


def test_a_launchs_own_condition_goes_before_the_targets() -> None:
    launch = Launch(until=Ready(kind="log", pattern="synced"))
    result = make_result(scenario=msgspec.structs.replace(make_scenario(), steps=(launch,)))
    assert narrowed(result, "base").experiment["ready"] == "log synced"


def test_the_experiment_holds_cluster_link_steps_and_home() -> None:
    assert experiment(make_scenario(), {"kind": "mock", "pods": "1000"}) == {
        "cluster.kind": "mock",
        "cluster.pods": "1000",
        "link": "direct",
        "steps": "launch, timeout 60; idle settle, duration 0.2; quit, timeout 5",
        "home": "fresh",
    }


def test_the_method_holds_the_source_of_every_metric() -> None:
    assert method(make_scenario(), {"cpu.seconds": "wait4"}) == {"pass": "timing", "source of cpu.seconds": "wait4"}


@pytest.mark.parametrize(
    "change",
    [
        {"cluster": ClusterSpec(pods=50)},
        {"cluster": ClusterSpec(seed=2)},
        {"repeat": Repeat(home="kept")},
        {"steps": (Launch(),)},
        {"pass_": "trace"},
        {"trace": Trace(runtime=True)},
        {"targets": (KUBECTL,)},
    ],
)
def test_the_hash_changes_with_what_makes_trials_different(change: dict[str, Any]) -> None:
    scenario = make_scenario()
    assert scenario_hash(scenario) != scenario_hash(msgspec.structs.replace(scenario, **change))


@pytest.mark.parametrize("change", [{"repeat": Repeat(max_time=9.0, pairs=(2,))}, {"title": "x"}, {"limits": ()}])
def test_the_hash_stays_when_only_more_or_less_is_asked_for(change: dict[str, Any]) -> None:
    scenario = make_scenario()
    assert scenario_hash(scenario) == scenario_hash(msgspec.structs.replace(scenario, **change))


def test_the_hash_depends_on_no_order_that_a_process_may_choose() -> None:
    """Maps are written in the order of their keys."""
    one, other = ({"A": "1", "B": "2"}, {"B": "2", "A": "1"})
    hashes = {
        scenario_hash(
            msgspec.structs.replace(make_scenario(), targets=(msgspec.structs.replace(KUBECTL, environment=each),))
        )
        for each in (one, other)
    }
    assert len(hashes) == 1


def foreseen(**cluster: Any) -> list[str]:
    """What the stored result of 1,000 pods forbids of a run on another cluster."""
    stored = result_of(KUBECTL)
    facts = experiment(stored.scenario, {"kind": "mock", "shape": "small", "pods": "1000", "seed": "1"})
    stored = msgspec.structs.replace(stored, fingerprint=changed(experiment=facts))
    planned = msgspec.structs.replace(stored.scenario, cluster=ClusterSpec(**cluster))
    return [str(difference) for difference in foresee(stored, "kubectl", planned).refused]


def test_what_a_scenario_tells_before_it_runs_is_refused_before_it_runs() -> None:
    assert foreseen() == []
    assert foreseen(deny=("list pods",)) == ["cluster.deny: not recorded against list pods"]
    assert foreseen(pods=1000) == []
    assert foreseen(pods=10) == ["cluster.pods: 1000 against 10"]
    assert foreseen(shape="tiny", seed=2) == ["cluster.seed: 1 against 2", "cluster.shape: small against tiny"]


def test_one_experiment_on_the_mock_and_on_a_real_cluster_is_comparable_and_the_clusters_are_told() -> None:
    held = {"cluster.shape": "small", "cluster.pods": "100", "cluster.seed": "1"}
    mock = changed(experiment={"cluster.kind": "mock", **held}, method={"source of startup.ready": "a"})
    real = {"cluster.kind": "kind", "cluster.name": "perfkit", "cluster.release": "v1.37.0", **held}
    found = compare(mock, changed(experiment=real, method={"source of startup.ready": "b"}))
    assert not found.refused
    assert {each.key.removeprefix("cluster.") for each in found.clusters} >= {"kind", "name", "release"}
    assert all(found.allows(metric) for metric in CATALOGUE)
    other = compare(mock, changed(experiment={**real, "cluster.pods": "200"}))
    assert [each.key for each in other.refused] == ["cluster.pods"]


def test_two_real_clusters_of_one_kind_are_two_experiments() -> None:
    one, two = (changed(experiment={"cluster.kind": "context", "cluster.name": name}) for name in "ab")
    assert [each.key for each in compare(one, two).refused] == ["cluster.name"]
    assert not compare(one, two).clusters
