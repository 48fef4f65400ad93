"""Real clusters: a kube-apiserver on etcd, where one is found or was built (``support.foreign``)."""

import fcntl
import hashlib
import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from perfkit import bundled
from perfkit.client.access import load_access
from perfkit.clusters.context import ContextCluster
from perfkit.clusters.filling import Way, owner_of
from perfkit.clusters.population.journal import Begun
from perfkit.clusters.population.manifests import OWNER, real_namespace
from perfkit.commands.watch.endpoint import watched_endpoint
from perfkit.errors import ClusterError, UsageError
from perfkit.mock.generator.population import populate
from perfkit.mock.generator.shape import load
from perfkit.model.churn import Churn
from perfkit.model.control import Scale
from perfkit.model.scenario import ClusterSpec
from perfkit.storage.names import find_shape
from support import foreign, real
from support.commandline import command, perfkit
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
    gateway = ContextCluster(ClusterSpec(kind="context", name=cluster.context), way(cluster), folder)
    try:
        gateway.open()
        path = folder / "kubeconfig"
        path.write_text(gateway.kubeconfig())
        yield path
    finally:
        gateway.close()


def way(cluster: real.RealCluster) -> Way:
    return Way(load_access(cluster.kubeconfig), str(cluster.kubeconfig), cluster.context)


def test_an_api_servers_own_metrics_are_understood(
    cluster: real.RealCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a client of itself, too: the names and labels of client-go's requests, of queues, of Go's runtime."""
    monkeypatch.setenv("PERFKIT_TOKEN", cluster.token)
    monkeypatch.setenv("SSL_CERT_FILE", str(cluster.kubeconfig.parent / "certificates" / "apiserver.crt"))
    with watched_endpoint(cluster.url, tmp_path) as source:
        found = source.read()
    assert found.memory is not None
    assert found.memory > 50_000_000
    assert (found.goroutines or 0) > 50
    assert found.gc is not None
    assert found.gc.runs > 0
    assert {"get", "post"} <= {call.verb for call in found.calls if call.count}
    assert all(queue.depth is not None and queue.added is not None for queue in found.queues)
    assert found.queues


def test_top_watches_a_command_through_the_gateway(cluster: real.RealCluster, tmp_path: Path) -> None:
    words = ("top", "--cluster", f"context:{cluster.context}", "-o", "json", "--label", "real")
    line = (program(), "get", "namespaces")
    done = perfkit(tmp_path, *words, "--", *line, KUBECONFIG=str(cluster.kubeconfig))
    assert "only what reads passes" in done.stderr
    shown = json.loads(done.stdout)
    assert "list namespaces" in {f"{call['verb']} {call['resource']}" for call in shown["readings"]["calls"]}
    assert shown["values"]["memory.peak"] > 0


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
    assert "*.*" in kubectl(gateway, "auth", "can-i", "--list").stdout
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


SHAPE = ClusterSpec(kind="context", name="envtest", populate=True, pods=90)
_ASKED = ("method", "path", "status", "verb", "resource", "objects")
_VERSIONS = re.compile(r"(resourceVersion|continue|timeoutSeconds)=[^&]*")
OURS = f"labelSelector={OWNER}"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


@contextmanager
def populated(cluster: real.RealCluster, folder: Path) -> Iterator[ContextCluster]:
    filled = ContextCluster(SHAPE, way(cluster), folder)
    try:
        filled.open()
        yield filled
    finally:
        filled.close()
    writes = real.written_by(cluster, "perfkit-population")
    assert writes
    assert all(map(is_ours, writes))


@cache
def spaces() -> set[str]:
    return {name.partition("/")[0] for name in generated()}


def is_ours(write: real.Written) -> bool:
    """Whether a write of perfkit's is to what it made: by the label, or to its namespaces, nodes and their leases."""
    if write.verb == "deletecollection":
        return f"labelSelector={OWNER}" in write.uri.replace("%2F", "/")
    if write.resource in {"nodes", "leases"}:  # of which none but perfkit's are here
        name = write.name
        return write.verb == "create" or bool(re.fullmatch(r"node-\d{5}", name))
    return write.namespace in spaces() or (write.resource == "namespaces" and write.verb == "create")


def ours(cluster: real.RealCluster, resource: str) -> dict[str, Any]:
    """All of a resource that perfkit made: by name, without what each write changes."""
    found = cluster.ask(f"/api/v1/{resource}?{OURS}")["items"]
    for each in found:
        for name in ("resourceVersion", "uid", "managedFields", "creationTimestamp", "generation"):
            each["metadata"].pop(name, None)
        for name in [name for name in each.get("status", {}) if name in {"startTime", "observedGeneration"}]:
            each["status"].pop(name)
    return {f"{each['metadata'].get('namespace', '')}/{each['metadata']['name']}": each for each in found}


def generated() -> dict[str, dict[str, Any]]:
    """The pods of the same shape and seed as the mock has them."""
    collection = populate(load(find_shape("small"), 90), 1).collections["pods"]
    bodies = map(json.loads, collection.bodies(0, len(collection)))
    return {f"{real_namespace(pod['metadata']['namespace'])}/{pod['metadata']['name']}": pod for pod in bodies}


def test_a_cluster_is_filled_with_the_mocks_own_pods_and_emptied_again(cluster: real.RealCluster, state: Path) -> None:
    before = namespaces(cluster)
    with populated(cluster, state) as filled:
        assert filled.pods == 90
        found, wanted = ours(cluster, "pods"), generated()
        assert found.keys() == wanted.keys()
        for name, pod in found.items():
            assert pod["status"]["phase"] == wanted[name]["status"]["phase"]
            assert pod["status"]["podIP"] == wanted[name]["status"]["podIP"]
            assert pod["spec"]["nodeName"] == wanted[name]["spec"]["nodeName"]
        nodes = ours(cluster, "nodes")
        assert len(nodes) == 3
        leases = cluster.ask(f"{LEASES}?{OURS}")["items"]
        assert {f"/{each['metadata']['name']}" for each in leases} == nodes.keys()
        assert len(list((state / "state").rglob("*.json"))) == 1
    assert namespaces(cluster) == before
    assert not ours(cluster, "nodes")
    assert not cluster.ask("/api/v1/pods")["items"]
    assert not list((state / "state").rglob("*.json"))


def test_churn_is_the_mocks_and_a_reset_brings_the_first_state_back(cluster: real.RealCluster, state: Path) -> None:
    with populated(cluster, state) as filled:
        first = ours(cluster, "pods")
        filled.reset(state / "requests.jsonl")
        filled.churn(Churn(rate=40, mix={"status": 2, "restart": 1, "replace": 2, "event": 1, "node": 1}))
        until(lambda: len(ours(cluster, "pods").keys() - first.keys()) > 2)
        done = filled.churn(None)
        assert done.events > 0
        filled.reset(state / "requests.jsonl")
        assert ours(cluster, "pods") == first
        assert not ours(cluster, "events")


def test_scaling_is_the_mocks_too_and_is_undone_by_a_reset(cluster: real.RealCluster, state: Path) -> None:
    with populated(cluster, state) as filled:
        first = ours(cluster, "pods")
        filled.scale(Scale(pods=7), 100)
        more = ours(cluster, "pods")
        assert len(more) == len(first) + 7
        assert all(pod["status"]["phase"] == "Running" for pod in more.values())
        assert all(pod["spec"]["nodeName"] for pod in more.values())
        filled.reset(state / "requests.jsonl")
        assert ours(cluster, "pods") == first


@pytest.fixture
def left_behind(cluster: real.RealCluster, state: Path) -> dict[str, Any]:
    """What a run leaves in the cluster that is killed in the middle of it."""
    words = [
        "run",
        "startup",
        "-t",
        "lean",
        "--cluster=context:envtest",
        "--populate",
        "--pods=90",
        "--yes",
        "-r",
        "500",
    ]
    line, environment = command(state, *words)
    environment |= {"KUBECONFIG": str(cluster.kubeconfig), "XDG_STATE_HOME": str(state / "state")}
    with subprocess.Popen(line, cwd=state, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
        assert run.stderr is not None
        while b"90 of 90 pods" not in run.stderr.readline():
            assert run.poll() is None
        run.kill()
    return {name: cluster.ask(pod_path(name))["metadata"]["uid"] for name in ours(cluster, "pods")}


def test_what_a_killed_run_began_is_gone_on_with(
    cluster: real.RealCluster, state: Path, left_behind: dict[str, Any]
) -> None:
    first, second, *others = left_behind
    cluster.ask(pod_path(first), "DELETE", {"gracePeriodSeconds": 0})
    unfinished = cluster.ask(pod_path(second))
    cluster.ask(f"{pod_path(second)}/status", "PUT", {**unfinished, "status": {"phase": "Pending"}})
    with populated(cluster, state):
        assert ours(cluster, "pods").keys() == left_behind.keys()
        assert ours(cluster, "pods")[second]["status"]["containerStatuses"]
        kept = {name: cluster.ask(pod_path(name))["metadata"]["uid"] for name in others}
        assert kept.items() <= left_behind.items()


def test_down_all_removes_what_a_killed_run_left_and_nothing_else(
    cluster: real.RealCluster, state: Path, left_behind: dict[str, Any]
) -> None:
    mine = {"metadata": {"name": "mine", "namespace": "default"}, "data": {"a": "b"}}
    cluster.ask("/api/v1/namespaces/default/configmaps", "POST", mine)
    assert left_behind
    done = perfkit(state, "cluster", "down", "--all", XDG_STATE_HOME=str(state / "state"))
    assert "what a killed run left there" in done.stderr
    assert not cluster.ask("/api/v1/pods")["items"]
    assert not ours(cluster, "nodes")
    assert namespaces(cluster).keys() == {"default", "kube-node-lease", "kube-public", "kube-system"}
    assert cluster.ask("/api/v1/namespaces/default/configmaps/mine")["data"] == {"a": "b"}
    assert not list((state / "state").rglob("populations/*.json"))


@pytest.mark.parametrize("moment", [b"cluster: 0 of", b"keeps the nodes alive", b"cluster: removing"])
def test_whenever_a_run_is_killed_down_all_removes_what_it_left(
    cluster: real.RealCluster, state: Path, moment: bytes
) -> None:
    """At its first pod, at its first trial, in the middle of removing; and another time nothing is left to do."""
    words = ["run", "startup", "-t", "lean", "--cluster=context:envtest", "--populate", "--pods=30", "--yes"]
    line, environment = command(state, *words, "-r", "1", "-w", "0")
    environment |= {"KUBECONFIG": str(cluster.kubeconfig), "XDG_STATE_HOME": str(state / "state")}
    with subprocess.Popen(line, cwd=state, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
        assert run.stderr is not None
        while moment not in run.stderr.readline():
            assert run.poll() is None
        run.kill()
    for _ in range(2):
        perfkit(state, "cluster", "down", "--all", XDG_STATE_HOME=str(state / "state"))
        assert not cluster.ask("/api/v1/pods")["items"]
        assert not cluster.ask("/api/v1/nodes")["items"]
        assert not cluster.ask(f"{LEASES}?{OURS}")["items"]
        assert namespaces(cluster).keys() == {"default", "kube-node-lease", "kube-public", "kube-system"}
        assert not list((state / "state").rglob("populations/*.json"))


def test_what_is_somebody_elses_is_neither_filled_nor_removed(cluster: real.RealCluster, state: Path) -> None:
    """A namespace of the same name was there before us."""
    name = next(iter(generated())).partition("/")[0]
    cluster.ask("/api/v1/namespaces", "POST", {"metadata": {"name": name}})
    try:
        said = f"namespace '{name}' is there already and not perfkit's"
        with pytest.raises(ClusterError, match=said), populated(cluster, state):
            pass
        assert cluster.ask(f"/api/v1/namespaces/{name}")["status"]["phase"] == "Active"
        assert not cluster.ask(f"/api/v1/namespaces/{name}/pods")["items"]
    finally:
        cluster.ask(f"/api/v1/namespaces/{name}", "DELETE")
        found = cluster.ask(f"/api/v1/namespaces/{name}")
        cluster.ask(f"/api/v1/namespaces/{name}/finalize", "PUT", {**found, "spec": {"finalizers": []}})


def test_a_node_of_somebody_elses_stays_as_it_is(cluster: real.RealCluster, state: Path) -> None:
    path = "/api/v1/nodes/node-00000"
    before = cluster.ask("/api/v1/nodes", "POST", {"metadata": {"name": "node-00000"}})
    try:
        said = "node 'node-00000' is there already and not perfkit's"
        with pytest.raises(ClusterError, match=said), populated(cluster, state):
            pass
        assert cluster.ask(path) == before
    finally:
        cluster.ask(path, "DELETE")


def test_two_cannot_keep_one_population(cluster: real.RealCluster, state: Path) -> None:
    held = Begun(owner=owner_of(SHAPE, find_shape("small")), server=cluster.url, kubeconfig="", context="")
    path = state / "state" / "perfkit" / "populations"
    path.mkdir(parents=True)
    with (path / f"{held.owner}@{hashlib.sha256(cluster.url.encode()).hexdigest()[:12]}.json").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(UsageError, match="another perfkit keeps"), populated(cluster, state):
            pass


# Of the other bundled clients, kubectl-top needs a metrics server; kubernetes-raw and kubernetes-operator are the same
# library as kubernetes.
CLIENTS = (
    *("lean", "lean-ui", "kubectl-get", "kubectl-watch", "kubectl-api-resources"),
    *("kubernetes", "kubernetes-asyncio", "kr8s", "lightkube"),
)


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The bundled clients, and k9s where it was built."""
    try:
        k9s = foreign.k9s()
    except pytest.skip.Exception:
        return [*CLIENTS]
    monkeypatch.setenv("PATH", f"{k9s.parent}{os.pathsep}{os.environ['PATH']}")
    return [*CLIENTS, "k9s"]


def test_clients_ask_the_mock_and_a_real_cluster_the_same_and_compare_says_where_else_they_differ(
    cluster: real.RealCluster, state: Path, clients: list[str]
) -> None:
    """The mock's own fidelity: one scenario on both, request by request. Neither has a metrics server."""
    perform_on_both(cluster, state, clients)
    for client in clients:
        asked_the_same(state, client)
    done = perfkit(state, "compare", "mock#lean", "real#lean", "-o", "json")
    (compared,) = json.loads(done.stdout)["results"]
    text = json.dumps(compared)
    assert "two kinds of cluster" in text
    assert "regressed" not in text
    assert "api.requests" in text


@pytest.fixture
def widgets(cluster: real.RealCluster) -> Iterator[None]:
    """What the operator works on, and served: a server that sets up what is new answers 429."""
    file = bundled.find("fixtures/manifests", "widgets", (".yaml",))
    assert kubectl(cluster.kubeconfig, "apply", f"--filename={file}").returncode == 0
    until(lambda: kubectl(cluster.kubeconfig, "get", "widgets").returncode == 0)
    yield
    assert kubectl(cluster.kubeconfig, "delete", f"--filename={file}").returncode == 0


@pytest.mark.usefixtures("widgets")
def test_an_operator_asks_the_mock_and_a_real_cluster_the_same(cluster: real.RealCluster, state: Path) -> None:
    perform_on_both(cluster, state, ["kopf"], "--set", "cluster.manifests=widgets")
    asked_the_same(state, "kopf")


def perform_on_both(cluster: real.RealCluster, folder: Path, clients: list[str], *of_mock: str) -> None:
    targets = [word for client in clients for word in ("-t", client)]
    asked = ("run", "startup", "--shape=bare", "--pods=60", *targets, "-r", "1", "-w", "0")
    there = ("--cluster=context:envtest", "--populate", "--yes")
    perfkit(folder, *asked, *of_mock, "--label=mock")
    perfkit(folder, *asked, *there, "--label=real", KUBECONFIG=str(cluster.kubeconfig))


def asked_the_same(folder: Path, client: str) -> None:
    on_mock, on_real = (requests(folder / "results" / "local" / label, client) for label in ("mock", "real"))
    assert on_mock == on_real, client
    assert on_real


def requests(folder: Path, client: str) -> list[tuple[Any, ...]]:
    """What a client asked in its trial, without what no two clusters have in common: versions, how many namespaces."""
    (path,) = folder.rglob(f"*[0-9]-{client}.requests.jsonl")
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    last = {entry.get("number", 0): entry for entry in entries}.values()
    for each in last:
        if each.get("resource") == "namespaces":
            each.pop("objects", None)
    return sorted(
        (*(each.get(name, 0) for name in _ASKED), _VERSIONS.sub(r"\1", each.get("query", ""))) for each in last
    )


def pod_path(name: str) -> str:
    space, _, pod = name.partition("/")
    return f"/api/v1/namespaces/{space}/pods/{pod}"


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def namespaces(cluster: real.RealCluster) -> dict[str, str]:
    """By name, the version in which they are."""
    found = cluster.ask("/api/v1/namespaces")["items"]
    return {each["metadata"]["name"]: each["metadata"]["resourceVersion"] for each in found}
