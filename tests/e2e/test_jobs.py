"""``perfkit run --on``: a Job of a real API server, whose pods are played by local processes."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support import real
from support.commandline import Completed, command, perfkit
from support.kubelet import Kubelet, playing
from support.real import RealCluster

pytestmark = pytest.mark.e2e

PATIENCE = 60.0  # seconds for a Job to be made, on a machine that does much else


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCluster]:
    with real.running_alone(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest.fixture
def kubelet(cluster: RealCluster, tmp_path: Path) -> Iterator[Kubelet]:
    folder = tmp_path / "kubelet"
    folder.mkdir()
    with playing(cluster, folder) as found:
        yield found


def _words(cluster: RealCluster, *words: str) -> tuple[str, ...]:
    on = ("--on", f"context:{cluster.context}", "--image", "example.com/perfkit:1", "--yes", "--shape", "tiny")
    return ("run", *on, *words)


def _run(cluster: RealCluster, folder: Path, *words: str, code: int = 0) -> Completed:
    return perfkit(folder, *_words(cluster, *words), code=code, KUBECONFIG=str(cluster.kubeconfig))


def _left(cluster: RealCluster) -> list[str]:
    spaces = cluster.ask("/api/v1/namespaces")["items"]
    return [name for each in spaces if (name := each["metadata"]["name"]).startswith("perfkit-")]


def _result(folder: Path, label: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"results/local/{label}/startup.perfkit.json").read_text())
    return found


def test_blocks_are_shared_by_pods_and_make_one_result(cluster: RealCluster, kubelet: Kubelet, tmp_path: Path) -> None:
    words = ("-r", "5", "-t", "a=cmd:true", "-t", "b=cmd:true", "--base", "a", "--label", "one")
    done = _run(cluster, tmp_path, *words)
    assert "base a → head b · 5 pairs" in done.stdout
    result = _result(tmp_path, "one")
    trials = [trial for trial in result["trials"] if trial["block"] >= 0]
    blocks: dict[int, list[dict[str, Any]]] = {}
    for trial in trials:
        blocks.setdefault(trial["block"], []).append(trial)
    assert sorted(blocks) == [0, 1, 2, 3, 4]
    for pair in blocks.values():
        assert sorted(trial["target"] for trial in pair) == ["a", "b"]
        assert len({trial["node"] for trial in pair}) == 1, "a pair runs on one node"
    assert {trial["node"] for trial in trials} == {"node-0", "node-1"}
    assert [trial["index"] for trial in result["trials"]] == list(range(len(result["trials"])))
    assert result["fingerprint"]["context"]["nodes"] == "node-0, node-1"
    (job,) = kubelet.jobs
    assert job["spec"]["completionMode"] == "Indexed"
    assert job["spec"]["template"]["spec"]["automountServiceAccountToken"] is False
    assert _left(cluster) == []
    assert perfkit(tmp_path, "compare", "one").stdout.count("a → ") == 1, "stored as any result is"


def test_what_goes_wrong_in_a_pod_is_told_and_nothing_is_left(
    cluster: RealCluster, kubelet: Kubelet, tmp_path: Path
) -> None:
    done = _run(cluster, tmp_path, "-r", "2", "--workers", "1", "-t", "cmd:no-such-program", code=3)
    assert "part 0 on node-0: no-such-program: no such program on PATH" in done.stderr
    kubelet.stuck = "ImagePullBackOff"
    done = _run(cluster, tmp_path, "-r", "2", "--workers", "1", "-t", "cmd:true", code=4)
    assert "example.com/perfkit:1: ImagePullBackOff: no such image" in done.stderr
    assert _left(cluster) == []


def _begin(cluster: RealCluster, kubelet: Kubelet, folder: Path) -> subprocess.Popen[bytes]:
    """A run whose pods have started and will not end by themselves."""
    words, environment = command(folder, *_words(cluster, "-r", "2", "--workers", "1", "-t", "cmd:sleep 1000"))
    process = subprocess.Popen(words, cwd=folder, env={**environment, "KUBECONFIG": str(cluster.kubeconfig)})
    deadline = time.monotonic() + PATIENCE
    while not kubelet.processes:
        assert time.monotonic() < deadline, "no pods"
        assert process.poll() is None
        time.sleep(0.05)
    return process


def test_an_interrupted_run_takes_everything_with_it(cluster: RealCluster, kubelet: Kubelet, tmp_path: Path) -> None:
    process = _begin(cluster, kubelet, tmp_path)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 130
    assert _left(cluster) == []


def test_what_a_killed_run_left_goes_with_cluster_down(cluster: RealCluster, kubelet: Kubelet, tmp_path: Path) -> None:
    process = _begin(cluster, kubelet, tmp_path)
    process.kill()
    process.wait(PATIENCE)
    assert len(_left(cluster)) == 1
    perfkit(tmp_path, "cluster", "down", "--all")
    assert _left(cluster) == []
