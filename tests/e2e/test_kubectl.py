"""The real kubectl against the mock: what people type, and what it prints."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from perfkit.mock.resources.registry import RESOURCES
from support.kubectl import program
from support.mock import Mock, running

pytestmark = pytest.mark.e2e

Kubectl = Callable[..., str]


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("small") as found:
        yield found


@pytest.fixture
def command(mock: Mock, tmp_path: Path) -> list[str]:
    """Kubectl with a fresh discovery cache and nothing of the user's."""
    kubeconfig = mock.write_kubeconfig(tmp_path / "kubeconfig")
    return [program(), f"--kubeconfig={kubeconfig}", f"--cache-dir={tmp_path / 'cache'}"]


@pytest.fixture
def kubectl(command: list[str]) -> Kubectl:
    def run(*arguments: str, fails: bool = False) -> str:
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode != 0) == fails, done.stderr
        return done.stderr if fails else done.stdout

    return run


def rows(text: str) -> list[list[str]]:
    """The cells of a printed table, below its head; columns are two spaces or more apart."""
    return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()[1:]]


def test_get_pods_everywhere_lists_all_in_pages(kubectl: Kubectl, mock: Mock, tmp_path: Path) -> None:
    mock.reset(tmp_path / "record")
    text = kubectl("get", "pods", "-A")
    assert text.split("\n")[0].split() == ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    found = rows(text)
    assert len(found) == 1000
    assert {tuple(row[2:5]) for row in found} == {("2/2", "Running", "0")}
    traffic = mock.collect()
    assert traffic.work == {"list pods": 1000}
    requests = [json.loads(line) for line in (tmp_path / "record").read_text().splitlines()]
    assert [request["path"] for request in requests if request.get("verb")] == ["/api/v1/pods", "/api/v1/pods"]
    assert {request["http"] for request in requests} == {"2"}


def test_a_second_start_with_a_cold_cache_asks_the_same(kubectl: Kubectl, mock: Mock, tmp_path: Path) -> None:
    digests = []
    for trial in ("one", "two"):
        mock.reset(tmp_path / trial)
        shutil.rmtree(tmp_path / "cache", ignore_errors=True)
        kubectl("get", "pods", "-A")
        digests.append(mock.collect().digest)
    assert digests[0] == digests[1]


def test_a_warm_discovery_cache_saves_requests(kubectl: Kubectl, mock: Mock, tmp_path: Path) -> None:
    mock.reset(tmp_path / "cold")
    kubectl("get", "nodes")
    cold = mock.collect().requests
    mock.reset(tmp_path / "warm")
    kubectl("get", "nodes")
    assert mock.collect().requests == 1 < cold


def test_get_pods_watch_prints_them_and_stays(command: list[str], mock: Mock, tmp_path: Path) -> None:
    mock.reset(tmp_path / "record")
    mock.expect("watch", "pods")
    with subprocess.Popen([*command, "get", "pods", "-A", "-w"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(1001)]
        assert mock.reached().resource == "pods"
        assert process.poll() is None
        process.terminate()
    assert lines[0].split()[0] == "NAMESPACE"
    assert mock.collect().work == {"list pods": 1000, "watch pods": 0}


def test_get_nodes_wide_shows_addresses_and_versions(kubectl: Kubectl) -> None:
    found = rows(kubectl("get", "nodes", "-o", "wide"))
    assert len(found) == 34
    name, status, roles, _, version, internal, external, system, kernel, runtime = found[0]
    assert (name, status, roles, external) == ("node-00000", "Ready", "worker", "<none>")
    assert internal.startswith("172.16.")
    assert version.startswith("v1.")
    assert all((system, kernel, runtime))


def test_get_one_pod_as_yaml_is_the_whole_object(kubectl: Kubectl) -> None:
    namespace, name, *_ = rows(kubectl("get", "pods", "-A"))[7]
    text = kubectl("get", "pod", name, "-n", namespace, "-o", "yaml", "--show-managed-fields")
    assert text.startswith("apiVersion: v1\nkind: Pod\nmetadata:\n")
    assert f"\n  name: {name}\n" in text
    assert "managedFields:" in text
    assert json.loads(kubectl("get", "pod", name, "-n", namespace, "-o", "json"))["status"]["phase"] == "Running"


def test_selectors_select(kubectl: Kubectl) -> None:
    everything = json.loads(kubectl("get", "pods", "-A", "-o", "json"))["items"]
    app = everything[0]["metadata"]["labels"]["app"]
    wanted = {pod["metadata"]["name"] for pod in everything if pod["metadata"]["labels"]["app"] == app}
    assert {row[1] for row in rows(kubectl("get", "pods", "-A", "-l", f"app in ({app}),app!=x"))} == wanted
    there = {pod["metadata"]["name"] for pod in everything if pod["spec"]["nodeName"] == "node-00003"}
    assert {
        row[1] for row in rows(kubectl("get", "pods", "-A", "--field-selector", "spec.nodeName=node-00003"))
    } == there


def test_get_namespaces_and_their_pods(kubectl: Kubectl) -> None:
    spaces = [row[0] for row in rows(kubectl("get", "ns"))]
    assert {"default", "kube-system"} <= set(spaces)
    assert len(rows(kubectl("get", "pods"))) == len(rows(kubectl("get", "pods", "-n", "default"))) > 0
    assert kubectl("get", "pods", "-n", "kube-public") == ""


def test_sorting_takes_whole_objects(kubectl: Kubectl) -> None:
    names = [row[0] for row in rows(kubectl("get", "pods", "-n", "default", "--sort-by=.status.podIP"))]
    assert sorted(names) == sorted(row[0] for row in rows(kubectl("get", "pods", "-n", "default")))


def test_custom_columns_and_names(kubectl: Kubectl) -> None:
    text = kubectl("get", "nodes", "-o", "custom-columns=N:.metadata.name,I:.status.nodeInfo.kubeletVersion")
    assert len(text.splitlines()) == 35
    assert kubectl("get", "nodes", "-o", "name").splitlines()[0] == "node/node-00000"


def test_describe_reads_every_part_of_a_node(kubectl: Kubectl) -> None:
    text = kubectl("describe", "node", "node-00003")
    assert "Ready            True" in text
    assert "Non-terminated Pods:" in text


def test_api_resources_are_those_that_are_served(kubectl: Kubectl) -> None:
    lines = [line.split() for line in kubectl("api-resources", "--no-headers").splitlines()]
    found = {(line[-3], line[0]): line[-1] for line in lines}
    served = {(resource.api_version, resource.name): resource.kind for resource in RESOURCES}
    older = {"autoscaling/v1", "metrics.k8s.io/v1beta1"}  # of each group the preferred version is named
    assert set(found.items()) == {item for item in served.items() if item[0][0] not in older}
    assert set(kubectl("api-versions").split()) == {resource.api_version for resource in RESOURCES}


def test_version_and_cluster_health(kubectl: Kubectl) -> None:
    assert re.search(r"Server Version: v1\.\d+\.\d+\+perfkit", kubectl("version"))
    assert kubectl("get", "--raw", "/readyz") == "ok"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("get", "pod", "nope"), 'Error from server (NotFound): pods "nope" not found'),
        (("get", "widgets"), 'the server doesn\'t have a resource type "widgets"'),
        (("get", "pods", "--field-selector", "spec.color=red"), "field label not supported: spec.color"),
        (("get", "pods", "-l", "a in ("), "unable to parse requirement: found '', expected"),
        (("delete", "nodes.metrics.k8s.io", "node-00000"), "the server does not allow this method"),
        (("get", "pods", "--token=wrong"), "You must be logged in to the server"),
    ],
)
def test_errors_read_as_from_a_real_server(kubectl: Kubectl, arguments: tuple[str, ...], message: str) -> None:
    assert message in kubectl(*arguments, fails=True)
