"""Real clusters: a kube-apiserver on etcd, where one is found or was built (``support.foreign``)."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from perfkit.client.access import load_access
from perfkit.clusters.context import ContextCluster
from perfkit.model.scenario import ClusterSpec
from support import real
from support.kubectl import program

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[real.RealCluster]:
    with real.running(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest.fixture(scope="module")
def gateway(cluster: real.RealCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kubeconfig that a target gets."""
    folder = tmp_path_factory.mktemp("gateway")
    gateway = ContextCluster(ClusterSpec(kind="context", name=cluster.context), load_access(cluster.kubeconfig), folder)
    try:
        gateway.open()
        path = folder / "kubeconfig"
        path.write_text(gateway.kubeconfig())
        yield path
    finally:
        gateway.close()


def kubectl(kubeconfig: Path, *words: str) -> subprocess.CompletedProcess[str]:
    line = [program(), f"--kubeconfig={kubeconfig}", f"--cache-dir={kubeconfig.parent / 'cache'}", *words]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)


def test_kubectl_reads_the_same_through_the_gateway(cluster: real.RealCluster, gateway: Path) -> None:
    for words in (("get", "ns,clusterroles,svc", "-A", "-o", "json"), ("api-resources",), ("explain", "pod.spec")):
        straight, through = kubectl(cluster.kubeconfig, *words), kubectl(gateway, *words)
        assert through.returncode == 0, through.stderr
        assert through.stdout == straight.stdout


def test_kubectl_may_ask_what_it_may(gateway: Path) -> None:
    assert kubectl(gateway, "auth", "can-i", "delete", "pods").stdout.strip() == "yes"  # says the cluster
    assert "system:masters" in kubectl(gateway, "auth", "whoami").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("create", "namespace", "a"),
        ("delete", "namespace", "default"),
        ("label", "namespace", "default", "a=b"),
        ("create", "token", "default"),
        ("exec", "web", "--", "ls"),
        ("attach", "web"),
        ("get", "--raw", "/api/v1/nodes/a/proxy/pods"),
        ("get", "pods", "--as", "system:anonymous"),
        ("drain", "a", "--force"),
    ],
)
def test_kubectl_changes_nothing_through_the_gateway(
    cluster: real.RealCluster, gateway: Path, words: tuple[str, ...]
) -> None:
    before = namespaces(cluster)
    assert kubectl(gateway, *words).returncode
    assert namespaces(cluster) == before


def namespaces(cluster: real.RealCluster) -> dict[str, str]:
    """By name, the version in which they are."""
    found = cluster.ask("/api/v1/namespaces")["items"]
    return {each["metadata"]["name"]: each["metadata"]["resourceVersion"] for each in found}
