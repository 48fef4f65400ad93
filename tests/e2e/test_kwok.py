"""Populations that a real kwok runs, on a real API server, where both were built (``support.foreign``)."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from perfkit.client.access import load_access
from perfkit.clusters.context import ContextCluster
from perfkit.clusters.filling import Way
from perfkit.clusters.population.kwok import is_ready
from perfkit.clusters.population.manifests import KWOK, OWNER, lease_path, real_namespace
from perfkit.mock.generator.population import populate
from perfkit.mock.generator.shape import load
from perfkit.model.churn import Churn
from perfkit.model.scenario import ClusterSpec
from perfkit.storage.names import find_shape
from support import kwok, real
from support.kubectl import program

pytestmark = pytest.mark.e2e

PODS = 120
SHAPE = "crashing"  # pods that are not well, which kwok alone would not have


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture
def running(bare_cluster: real.RealCluster, tmp_path: Path) -> Iterator[real.RealCluster]:
    """A cluster with a kwok."""
    with kwok.running(bare_cluster, tmp_path):
        yield bare_cluster


@contextmanager
def populated(cluster: real.RealCluster, folder: Path) -> Iterator[ContextCluster]:
    spec = ClusterSpec(kind="context", name=cluster.context, shape=SHAPE, populate=True, pods=PODS)
    way = Way(load_access(cluster.kubeconfig), str(cluster.kubeconfig), cluster.context)
    filled = ContextCluster(spec, way, folder)
    try:
        filled.open()
        yield filled
    finally:
        filled.close()


def ours(cluster: real.RealCluster, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cluster.ask(f"{path}?labelSelector={OWNER}")["items"]
    return found


def seen(pod: dict[str, Any]) -> tuple[Any, ...]:
    """What a person sees of a pod: phase; of each container whether it is ready, its restarts and why it waits."""
    containers = pod["status"].get("containerStatuses", ())
    return (
        pod["status"]["phase"],
        [(each["ready"], each["restartCount"], *each["state"].get("waiting", {}).values()) for each in containers],
    )


def by_name(pods: list[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    return {f"{real_namespace(pod['metadata']['namespace'])}/{pod['metadata']['name']}": seen(pod) for pod in pods}


def generated() -> list[dict[str, Any]]:
    collection = populate(load(find_shape(SHAPE), PODS), 1).collections["pods"]
    return [json.loads(body) for body in collection.bodies(0, len(collection))]


def wanted() -> dict[str, tuple[Any, ...]]:
    """The mock's pods; but those that never came to run do, since kwok starts whatever is pending."""
    found = by_name(generated())
    well = next(pod for pod in found.values() if pod[0] == "Running" and all(ready for ready, *_ in pod[1]))
    return {name: well if pod[0] == "Pending" else pod for name, pod in found.items()}


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


def test_kwok_keeps_the_nodes_and_runs_the_mocks_own_pods_and_all_is_removed(
    running: real.RealCluster, state: Path
) -> None:
    with populated(running, state) as filled:
        assert filled.describe()["run_by"] == "kwok"
        pods, nodes = ours(running, "/api/v1/pods"), ours(running, "/api/v1/nodes")
        assert len(pods) == filled.pods == PODS
        assert by_name(pods) == wanted()
        assert all("kwok" in {each["manager"] for each in pod["metadata"]["managedFields"]} for pod in pods)
        assert all(is_ready(node["status"]) for node in nodes)
        assert {node["status"]["capacity"]["cpu"] for node in nodes} == {"8"}  # the shape's, not kwok's thousand
        names, leases = {node["metadata"]["name"] for node in nodes}, ours(running, LEASES)
        assert {lease["metadata"]["name"] for lease in leases} == names
        assert names.isdisjoint(lease["spec"]["holderIdentity"] for lease in leases)
        assert len(listed(filled, state)) == PODS
    for path in ("/api/v1/pods", "/api/v1/nodes", LEASES):
        assert not running.ask(path)["items"]


def test_what_churn_did_beside_kwok_is_undone_by_a_reset(running: real.RealCluster, state: Path) -> None:
    with populated(running, state) as filled:
        first = by_name(ours(running, "/api/v1/pods"))
        filled.reset(state / "requests.jsonl")
        filled.churn(Churn(rate=40, mix={"status": 2, "restart": 1, "replace": 2, "event": 1, "node": 1}))
        until(lambda: len(by_name(ours(running, "/api/v1/pods")).keys() - first.keys()) > 2)
        assert filled.churn(None).events > 0
        filled.reset(state / "requests.jsonl")
        assert by_name(ours(running, "/api/v1/pods")) == first


def test_a_kwok_that_comes_later_leaves_perfkits_nodes_alone(bare_cluster: real.RealCluster, state: Path) -> None:
    """Their leases are held."""
    with populated(bare_cluster, state) as filled, kwok.running(bare_cluster, state):
        assert filled.describe()["run_by"] == "perfkit"
        late = {"metadata": {"name": "late", "annotations": {KWOK: "fake"}}}
        bare_cluster.ask("/api/v1/nodes", "POST", late)
        until(lambda: is_ready(bare_cluster.ask("/api/v1/nodes/late")["status"]))  # kwok is at work
        pods = ours(bare_cluster, "/api/v1/pods")
        assert {each["manager"] for pod in pods for each in pod["metadata"]["managedFields"]} == {"perfkit-population"}
        leases = ours(bare_cluster, LEASES)
        assert all(lease["spec"]["holderIdentity"] == lease["metadata"]["name"] for lease in leases)
        bare_cluster.ask("/api/v1/nodes/late", "DELETE")
        bare_cluster.ask(lease_path("late"), "DELETE")


def listed(filled: ContextCluster, folder: Path) -> list[str]:
    """The pods as a target sees them, one a line."""
    config = folder / "target"
    config.write_text(filled.kubeconfig())
    line = [program(), f"--kubeconfig={config}", f"--cache-dir={folder}", "get", "pods", "-A", "--no-headers"]
    return subprocess.run(line, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
