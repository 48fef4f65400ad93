"""Exec, attach, port-forward and logs of kubectl through the gateway and a real API server, to kwok as the kubelet."""

import os
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from perfkit.client.access import load_access
from perfkit.clusters.context import ContextCluster
from perfkit.clusters.filling import Way
from perfkit.model.scenario import ClusterSpec
from support import kwok, real
from support.kubectl import program

pytestmark = pytest.mark.e2e

SAID = "said by the container\n"
both = pytest.mark.parametrize("websockets", ["true", "false"], ids=["WebSocket", "SPDY"])


class Staged(msgspec.Struct, frozen=True):
    """A pod ``NAMESPACE/NAME``, and kubeconfigs that lead to it through gateways; ``port`` is what it forwards to."""

    pod: str
    writable: Path
    guarded: Path

    def kubectl(self, config: Path, *words: str, websockets: str = "true") -> subprocess.Popen[str]:
        """Start it; ``POD`` stands for the pod."""
        space, _, name = self.pod.partition("/")
        words = tuple(name if word == "POD" else word for word in words)
        line = [program(), f"--kubeconfig={config}", f"--cache-dir={config.parent / 'cache'}", f"--namespace={space}"]
        chosen = {f"KUBECTL_{what}_WEBSOCKETS": websockets for what in ("REMOTE_COMMAND", "PORT_FORWARD")}
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [*line, *words], stdin=pipe, stdout=pipe, stderr=pipe, text=True, env={**os.environ, **chosen}
        )


@pytest.fixture(scope="module")
def staged(bare_cluster: real.RealCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    folder = tmp_path_factory.mktemp("upgrades")
    (folder / "container.log").write_text(f"2026-01-15T09:30:00Z stdout F {SAID}")
    way = Way(load_access(bare_cluster.kubeconfig), str(bare_cluster.kubeconfig), bare_cluster.context)
    spec = ClusterSpec(kind="context", name=bare_cluster.context)
    filled = msgspec.structs.replace(spec, shape="tiny", populate=True, writes=True)
    with ExitStack() as stack:
        stack.enter_context(pytest.MonkeyPatch.context()).setenv("XDG_STATE_HOME", str(folder / "state"))
        port = stack.enter_context(answering())
        stack.enter_context(kwok.running(bare_cluster, folder, *kubelet(folder / "container.log", port)))
        configs = []
        for name, each in (("writable", filled), ("guarded", spec)):
            (folder / name).mkdir()
            gateway = ContextCluster(each, way, folder / name)
            stack.callback(gateway.close)
            gateway.open()
            gateway.reset(folder / name / "requests.jsonl")
            configs.append(folder / name / "kubeconfig")
            configs[-1].write_text(gateway.kubeconfig())
        pod = bare_cluster.ask("/api/v1/pods")["items"][0]["metadata"]
        yield Staged(f"{pod['namespace']}/{pod['name']}", *configs)


@contextmanager
def answering() -> Iterator[int]:
    """A server that pods are said to run; its port."""

    class Hello(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(SAID)))
            self.end_headers()
            self.wfile.write(SAID.encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Hello) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def kubelet(log: Path, port: int) -> list[dict[str, object]]:
    """What kwok's kubelet does for all pods: commands run here, logs are a file, ports lead to one."""
    does: dict[str, dict[str, Any]] = {
        "ClusterExec": {"execs": [{"local": {}}]},
        "ClusterAttach": {"attaches": [{"logsFile": str(log)}]},
        "ClusterLogs": {"logs": [{"logsFile": str(log)}]},
        "ClusterPortForward": {"forwards": [{"target": {"address": "127.0.0.1", "port": port}}]},
    }
    return [
        {"apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": kind, "metadata": {"name": "all"}, "spec": spec}
        for kind, spec in does.items()
    ]


def finished(running: subprocess.Popen[str], given: str = "") -> tuple[str, str, int]:
    """What it wrote, and its exit code."""
    with running:
        try:
            output, errors = running.communicate(given, timeout=60)
        finally:
            running.kill()
    return output, errors, running.returncode


@both
def test_a_command_runs_in_a_pod_where_writes_are_allowed(staged: Staged, websockets: str) -> None:
    words = ("exec", "--stdin", "POD", "--container=main", "--", "head", "-1")
    assert finished(staged.kubectl(staged.writable, *words, websockets=websockets), "a\nb\n") == ("a\n", "", 0)


@both
def test_a_command_that_fails_there_is_told(staged: Staged, websockets: str) -> None:
    """Which needs the newer protocols of exec; kwok tells no exit code."""
    words = ("exec", "POD", "--container=main", "--", "sh", "-c", "echo oh >&2; exit 3")
    output, errors, code = finished(staged.kubectl(staged.writable, *words, websockets=websockets))
    assert output == ""
    assert errors.startswith("oh\n")
    assert "exit status 3" in errors
    assert code


@both
def test_a_port_is_forwarded_where_writes_are_allowed(staged: Staged, websockets: str) -> None:
    with staged.kubectl(staged.writable, "port-forward", "POD", ":80", websockets=websockets) as running:
        assert running.stdout is not None
        place = running.stdout.readline().split()[2]  # Forwarding from 127.0.0.1:PORT -> 80
        try:
            assert urllib.request.urlopen(f"http://{place}", timeout=60).read().decode() == SAID
        finally:
            running.kill()


def test_logs_pass_everywhere(staged: Staged) -> None:
    for config in (staged.guarded, staged.writable):
        assert finished(staged.kubectl(config, "logs", "POD", "--container=main")) == (SAID, "", 0)


@both
@pytest.mark.parametrize(
    "words",
    [
        ("exec", "POD", "--container=main", "--", "true"),
        ("attach", "POD", "--container=main"),
        ("port-forward", "POD", ":80"),
    ],
    ids=["exec", "attach", "port-forward"],
)
def test_nothing_reaches_into_a_pod_where_they_are_not(staged: Staged, words: tuple[str, ...], websockets: str) -> None:
    """Of a pod that is there, and whose kubelet would have done it."""
    _, errors, code = finished(staged.kubectl(staged.guarded, *words, websockets=websockets))
    assert code
    assert "is refused" in errors
