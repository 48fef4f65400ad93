"""Plays what a cluster has beside its API server, for Jobs: controller, scheduler and kubelet, on this machine.

Pods of Indexed Jobs become local processes; their logs are served over TLS, where the API server asks for them.
"""

from __future__ import annotations

import contextlib
import os
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perfkit.clusters import certificates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.real import RealCluster

LOOKS = 0.2  # seconds between two
INDEX = "batch.kubernetes.io/job-completion-index"


class Kubelet:
    """``nodes`` nodes; ``stuck`` is the reason for which no pod starts; ``processes`` are those of pods, by path."""

    def __init__(self, cluster: RealCluster, folder: Path, nodes: int = 2) -> None:
        self.cluster, self.folder = cluster, folder
        self.nodes = [f"node-{number}" for number in range(nodes)]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environment: dict[str, str] = {}
        self.stuck = ""
        self.jobs: list[dict[str, Any]] = []
        self._over = threading.Event()
        self._server = _server(folder)
        self._server.folder = folder  # type: ignore[attr-defined]  # what its handler serves

    def start(self) -> None:
        port = self._server.server_port
        for name in self.nodes:
            self.cluster.ask("/api/v1/nodes", "POST", {"metadata": {"name": name}})
            status = {
                "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
                "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
            }
            node = self.cluster.ask(f"/api/v1/nodes/{name}")
            self.cluster.ask(f"/api/v1/nodes/{name}/status", "PUT", {**node, "status": status})
        self._threads = [
            threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}),
            threading.Thread(target=self._work),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        self._server.shutdown()
        for thread in self._threads:
            thread.join()
        self._server.server_close()
        for process in self.processes.values():
            process.kill()
            process.wait()
        for name in self.nodes:
            self.cluster.ask(f"/api/v1/nodes/{name}", "DELETE")

    def _work(self) -> None:
        done: set[str] = set()
        while not self._over.wait(LOOKS):
            for job in self._jobs():
                if job["metadata"]["uid"] not in done:
                    done.add(job["metadata"]["uid"])
                    self.jobs.append(job)
                    for index in range(job["spec"]["completions"]):
                        with contextlib.suppress(AssertionError):  # its namespace is going
                            self._schedule(job, index)
            for path, process in self.processes.items():
                if process.poll() is not None and path not in done:
                    done.add(path)
                    with contextlib.suppress(AssertionError):  # it is gone
                        self._set_status(path, {"phase": "Failed" if process.returncode else "Succeeded"})

    def _jobs(self) -> list[dict[str, Any]]:
        """Those of namespaces that are there: of others nobody here takes them away, as a controller would."""
        spaces = {each["metadata"]["name"] for each in self.cluster.ask("/api/v1/namespaces")["items"]}
        jobs = self.cluster.ask("/apis/batch/v1/jobs")["items"]
        return [job for job in jobs if job["metadata"]["namespace"] in spaces]

    def _schedule(self, job: dict[str, Any], index: int) -> None:
        """A pod of an index, as the Job's controller makes it, on the next node; and its process."""
        space = job["metadata"]["namespace"]
        template = job["spec"]["template"]
        container = template["spec"]["containers"][0]
        env = [*container.get("env", []), {"name": "JOB_COMPLETION_INDEX", "value": str(index)}]
        labels = {**template["metadata"]["labels"], INDEX: str(index)}
        name = f"{job['metadata']['name']}-{index}-x"
        spec = {
            **template["spec"],
            "containers": [{**container, "env": env}],
            "nodeName": self.nodes[index % len(self.nodes)],
        }
        self.cluster.ask(
            f"/api/v1/namespaces/{space}/pods", "POST", {"metadata": {"name": name, "labels": labels}, "spec": spec}
        )
        path = f"/api/v1/namespaces/{space}/pods/{name}"
        if self.stuck:
            waiting = {"waiting": {"reason": self.stuck, "message": "no such image"}}
            state = {
                "name": container["name"],
                "image": container["image"],
                "imageID": "",
                "ready": False,
                "restartCount": 0,
            }
            self._set_status(path, {"phase": "Pending", "containerStatuses": [{**state, "state": waiting}]})
            return
        given = {each["name"]: each["value"] for each in env}
        folder = self.folder / f"{space}-{name}"
        folder.mkdir()
        with (self.folder / f"{space}.{name}.log").open("wb") as log:
            self.processes[path] = subprocess.Popen(
                [sys.executable, *container["command"][1:]],
                cwd=folder,
                env={**os.environ, "XDG_STATE_HOME": str(folder), **given, **self.environment},
                stdout=log,
                stderr=log,
            )

    def _set_status(self, path: str, status: dict[str, Any]) -> None:
        pod = self.cluster.ask(path)
        if pod is not None:
            self.cluster.ask(f"{path}/status", "PUT", {**pod, "status": {**pod["status"], **status}})


@contextmanager
def playing(cluster: RealCluster, folder: Path) -> Iterator[Kubelet]:
    found = Kubelet(cluster, folder)
    found.start()
    try:
        yield found
    finally:
        found.stop()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """``/containerLogs/NAMESPACE/POD/CONTAINER``."""
        _, _, space, pod, *_ = self.path.partition("?")[0].split("/")
        content = (self.server.folder / f"{space}.{pod}.log").read_bytes()  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def _server(folder: Path) -> ThreadingHTTPServer:
    _, certificate, key = certificates.server_pem(())
    for name, content in (("kubelet.pem", certificate), ("kubelet.key", key)):
        (folder / name).write_bytes(content)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "kubelet.pem", folder / "kubelet.key")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server
