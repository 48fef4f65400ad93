"""``perfkit run --cluster context:NAME``, on a mock that stands for somebody's cluster."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from perfkit.clusters.mock import MockCluster
from perfkit.model.scenario import ClusterSpec
from support.commandline import perfkit

pytestmark = pytest.mark.functional

PLUGIN = """
import json, os, pathlib
with pathlib.Path({log!r}).open("a") as log:
    log.write("asked\\n")
status = {{"token": {token!r}, "expirationTimestamp": os.environ.get("PLUGIN_EXPIRES")}}
print(json.dumps({{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": status}}))
"""


class Somebodys:
    """A cluster with a kubeconfig of two contexts, whose login is a plug-in."""

    def __init__(self, mock: MockCluster, folder: Path) -> None:
        config = json.loads(mock.kubeconfig())
        self.log = folder / "logins"
        plugin = folder / "plugin.py"
        plugin.write_text(PLUGIN.format(log=str(self.log), token=config["users"][0]["user"]["token"]))
        login = {"apiVersion": "client.authentication.k8s.io/v1", "command": sys.executable, "args": [str(plugin)]}
        config["users"][0]["user"] = {"exec": {**login, "interactiveMode": "Never"}}
        config["contexts"] += [{"name": "eu-prod", "context": config["contexts"][0]["context"]}]
        self.kubeconfig = folder / "kubeconfig"
        self.kubeconfig.write_text(json.dumps(config))


@pytest.fixture(scope="module")
def somebodys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Somebodys]:
    folder = tmp_path_factory.mktemp("somebodys")
    mock = MockCluster(ClusterSpec(pods=200), folder)
    mock.open()
    yield Somebodys(mock, folder)
    mock.close()


def test_a_run_logs_in_once_reads_through_the_gateway_and_leaves_the_kubeconfig_alone(
    somebodys: Somebodys, tmp_path: Path
) -> None:
    before = somebodys.kubeconfig.read_bytes()
    words = ["run", "startup", "--cluster", "context:perfkit", "-t", "lean", "-r", "2", "--yes", "-o", "json"]
    done = perfkit(tmp_path, *words, KUBECONFIG=str(somebodys.kubeconfig))
    assert "holds 200 pods: up to 3 starts" in done.stderr
    assert "nothing is written" in done.stderr
    assert somebodys.log.read_text() == "asked\n"
    assert somebodys.kubeconfig.read_bytes() == before
    (stored,) = tmp_path.rglob("startup.perfkit.json")
    result = json.loads(stored.read_bytes())
    experiment = result["fingerprint"]["experiment"]
    assert (experiment["cluster.kind"], experiment["cluster.name"]) == ("context", "perfkit")
    assert "cluster.shape" not in experiment
    trials = [trial for trial in result["trials"] if trial["block"] >= 0]
    assert [trial["outcome"] for trial in trials] == ["ok", "ok"]
    assert all(trial["work"] == {"watch pods": 200} for trial in trials)
    assert all(trial["health"]["mock_cpu"] > 0 for trial in trials)


def test_a_login_that_runs_out_in_a_run_is_renewed_and_a_note_says_so(somebodys: Somebodys, tmp_path: Path) -> None:
    words = ["run", "startup", "--cluster", "context:perfkit", "-t", "lean", "-r", "1", "-w", "0", "--yes"]
    somebodys.log.write_text("")
    done = perfkit(tmp_path, *words, KUBECONFIG=str(somebodys.kubeconfig), PLUGIN_EXPIRES="2020-01-01T00:00:00Z")
    assert "in 1 of 1 trial: the login to the cluster was renewed" in done.stdout
    assert "failed 0" in done.stdout
    assert len(somebodys.log.read_text().splitlines()) > 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("context:perfkit",), "say --yes"),
        (("context:eu-prod", "--yes"), "--production eu-prod"),
        (("context:eu-prod", "--yes", "--production", "perfkit"), "--production eu-prod"),
        (("context:nowhere", "--yes"), "no context 'nowhere'"),
    ],
)
def test_nothing_begins_without_consent(
    somebodys: Somebodys, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    asked = ("run", "startup", "-t", "lean", "--cluster", *words)
    done = perfkit(tmp_path, *asked, code=2, KUBECONFIG=str(somebodys.kubeconfig))
    assert said in done.stderr
    assert not list(tmp_path.rglob("*.perfkit.json"))


def test_a_link_lies_before_the_gateway(somebodys: Somebodys, tmp_path: Path) -> None:
    words = ["run", "startup", "--cluster", "context:perfkit", "-t", "kubectl-get", "-r", "1", "--yes", "--rtt", "60ms"]
    perfkit(tmp_path, *words, KUBECONFIG=str(somebodys.kubeconfig))
    (stored,) = tmp_path.rglob("startup.perfkit.json")
    values = json.loads(stored.read_bytes())["trials"][-1]["values"]
    assert values["api.latency.p50"] > 0.06
    assert values["link.bytes"] > values["api.bytes_received"] > 0
