"""A real kwok controller beside a real API server: it plays the kubelets of the nodes that are annotated for it."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from perfkit.mock.server import free_port
from support import foreign

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.real import RealCluster

PATIENCE = 60.0  # seconds until it looks after nodes
_OPTIONS = {  # as its own manifests have them
    "manageAllNodes": False,
    "manageNodesWithAnnotationSelector": "kwok.x-k8s.io/node=fake",
    "nodeLeaseDurationSeconds": 40,
    "nodeLeaseParallelism": 4,
    "nodePlayStageParallelism": 4,
    "podPlayStageParallelism": 4,
    "cidr": "10.0.0.0/24",
    "enableDebuggingHandlers": True,
    "nodeIP": "127.0.0.1",
}


@contextmanager
def running(cluster: RealCluster, folder: Path, *more: dict[str, object]) -> Iterator[None]:
    """Let it run until the block ends; ``more`` configuration of its own kinds."""
    program, port = foreign.kwok(), free_port("127.0.0.1", 0)
    config = {
        "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
        "kind": "KwokConfiguration",
        "options": {**_OPTIONS, "nodePort": port},
    }
    path = folder / "kwok.yaml"
    path.write_text("\n---\n".join(map(json.dumps, (config, *more))))
    files = [path, *sorted((program / "stages").iterdir())]
    line = [str(program / "kwok"), f"--kubeconfig={cluster.kubeconfig}", *(f"--config={each}" for each in files)]
    log = folder / "kwok.log"
    with log.open("wb") as output, subprocess.Popen(line, stdout=output, stderr=output) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/healthz", process, log)
            yield
        finally:
            process.kill()


def _wait(health: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(health):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"kwok does not answer: {log.read_text()[-2000:]}")
