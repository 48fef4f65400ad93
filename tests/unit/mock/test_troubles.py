"""Shapes in which something is wrong from the start."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from perfkit import bundled
from perfkit.errors import ScenarioError
from perfkit.mock.generator.shape import Group, Shape, load
from perfkit.mock.generator.troubles import Shares
from perfkit.mock.resources.pods import PODS
from support.asgi import Harness, shape_file
from support.life import statuses

GROUPS = (Group(20, 0.5), Group(5, 0.5))
ALL = Shares(crash_loop=0.1, oom_killed=0.1, image_pull=0.1, evicted=0.1, nodes_lost=0.2)


@pytest.fixture(scope="module")
def cluster() -> Harness:
    return Harness(Shape(pods=400, pods_per_node=10, namespaces=3, groups=GROUPS, troubles=ALL))


def pods(cluster: Harness) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cluster.list("/api/v1/pods")["items"]
    return found


def test_about_the_stated_shares_are_in_trouble(cluster: Harness) -> None:
    seen = Counter(statuses(cluster, "/api/v1/pods"))
    assert set(seen) == {"Running", "CrashLoopBackOff", "ImagePullBackOff", "Evicted"}
    assert 50 <= seen["CrashLoopBackOff"] <= 110  # of two kinds, told apart by how they ended
    assert 20 <= seen["ImagePullBackOff"] <= 60
    assert 20 <= seen["Evicted"] <= 60


def test_a_killed_pod_says_how_it_ended(cluster: Harness) -> None:
    ends = Counter(
        status["lastState"]["terminated"]["reason"]
        for pod in pods(cluster)
        for status in pod["status"].get("containerStatuses", ())
        if "terminated" in status["lastState"]
    )
    assert set(ends) == {"Error", "OOMKilled"}


def test_lost_nodes_are_unknown_and_tainted_and_their_pods_not_ready(cluster: Harness) -> None:
    lost = {
        node["metadata"]["name"]
        for node in cluster.list("/api/v1/nodes")["items"]
        if any(each["type"] == "Ready" and each["status"] == "Unknown" for each in node["status"]["conditions"])
    }
    assert 2 <= len(lost) <= 16
    table = statuses(cluster, "/api/v1/nodes")
    assert len(table) == 40
    for pod in pods(cluster):
        if pod["spec"]["nodeName"] in lost:
            assert not _ready(pod)


def test_deployments_count_only_pods_that_are_ready(cluster: Harness) -> None:
    ready = Counter(pod["metadata"]["labels"]["app"] for pod in pods(cluster) if _ready(pod))
    for deployment in cluster.list("/apis/apps/v1/deployments")["items"]:
        status = deployment["status"]
        assert status["readyReplicas"] == ready[deployment["metadata"]["name"]]
        assert status.get("unavailableReplicas", 0) == status["replicas"] - status["readyReplicas"]


def test_endpoints_hold_only_pods_that_are_ready(cluster: Harness) -> None:
    serving = {pod["status"]["podIP"] for pod in pods(cluster) if _ready(pod)}
    for endpoints in cluster.list("/api/v1/endpoints")["items"]:
        assert {each["ip"] for subset in endpoints["subsets"] for each in subset["addresses"]} <= serving


def test_selectors_see_what_the_bodies_say(cluster: Harness) -> None:
    collection = cluster.store.shelf(PODS).collection
    for position, body in enumerate(collection.bodies(0, len(collection))):
        assert collection.facts(position) == PODS.facts(msgspec.json.decode(body))


def test_the_shipped_shape_is_in_trouble_as_its_title_says() -> None:
    path = bundled.find("fixtures/shapes", "crashing")
    assert path is not None
    cluster = Harness(load(path))
    seen = Counter(statuses(cluster, "/api/v1/pods"))
    assert seen.total() == 1000
    assert 90 <= seen.total() - seen["Running"] <= 165


@pytest.mark.parametrize(
    "troubles", ["crash_loop = 1.5", "crash_loop = 0.6\nevicted = 0.6", "nodes_lost = -1.0", "x = 1"]
)
def test_shares_that_cannot_be_are_refused(tmp_path: Path, troubles: str) -> None:
    with pytest.raises(ScenarioError, match="troubles"):
        load(shape_file(tmp_path, f"pods = 3\n[troubles]\n{troubles}"))


@pytest.mark.parametrize("churn", ["rate = -1.0", "rate = 1.0\nmix = { quake = 1.0 }"])
def test_churn_of_a_shape_that_cannot_be_is_refused(tmp_path: Path, churn: str) -> None:
    with pytest.raises(ScenarioError, match="churn"):
        load(shape_file(tmp_path, f"pods = 3\n[churn]\n{churn}"))


def _ready(pod: dict[str, Any]) -> bool:
    return any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"]["conditions"])
