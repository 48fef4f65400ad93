"""A real kube-apiserver on etcd, both on loopback, for as long as a test session lasts. No kubelet, no controllers."""

from __future__ import annotations

import json
import secrets
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from support import foreign

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 120.0  # seconds for both to answer, on a machine that does much else


class RealCluster(msgspec.Struct, frozen=True):
    """A cluster that is there already. ``token`` is an administrator's; ``context`` its name in ``kubeconfig``."""

    url: str
    token: str
    kubeconfig: Path
    context: str

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    def write_kubeconfig(self, _path: Path) -> Path:
        """Where it is."""
        return self.kubeconfig

    def tls(self) -> ssl.SSLContext:
        """Its certificate is its own, and new."""
        return _unchecked()

    def is_ready(self) -> bool:
        """Whether all that it does at its start is done."""
        request = urllib.request.Request(f"{self.url}/readyz", headers={"Authorization": f"Bearer {self.token}"})
        try:
            with urllib.request.urlopen(request, context=_unchecked()):
                return True
        except OSError:
            return False

    def ask(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """What the API server itself answers, decoded; None for what is not there."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, context=_unchecked()) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise AssertionError(error.read().decode()) from error


class Written(msgspec.Struct, frozen=True):
    """A request that changes something, as the server's audit has it: what it names, and its path and query."""

    verb: str
    resource: str
    namespace: str
    name: str
    uri: str


def written_by(cluster: RealCluster, agent: str) -> list[Written]:
    """All that a user agent has written, or tried to, since the server started."""
    entries = (json.loads(line) for line in (cluster.kubeconfig.parent / "audit.log").read_text().splitlines())
    return [
        Written(
            verb=entry["verb"],
            resource=place["resource"],
            namespace=place.get("namespace", ""),
            name=place.get("name", ""),
            uri=entry["requestURI"],
        )
        for entry in entries
        if entry.get("userAgent") == agent and (place := entry["objectRef"])
    ]


@contextmanager
def running(folder: Path, *flags: str) -> Iterator[RealCluster]:
    """Start etcd and the API server, which keep all they have in ``folder``; ``flags`` are more of the server's."""
    api_server, etcd = foreign.kube_apiserver(), foreign.etcd()
    ports = [_free_port() for _ in range(3)]
    database = f"http://127.0.0.1:{ports[0]}"
    with (
        _process(
            folder / "etcd.log",
            str(etcd),
            f"--data-dir={folder / 'etcd'}",
            f"--listen-client-urls={database}",
            f"--advertise-client-urls={database}",
            f"--listen-peer-urls=http://127.0.0.1:{ports[1]}",
            "--unsafe-no-fsync",
        ),
        _process(folder / "api.log", str(api_server), *_flags(folder, database, ports[2]), *flags) as process,
    ):
        cluster = _described(folder, ports[2])
        _wait(cluster, process, folder / "api.log")
        yield cluster


@contextmanager
def running_alone(folder: Path) -> Iterator[RealCluster]:
    """As ``running``, with what controllers would have made by the time a client comes: pods can be created."""
    with running(folder, "--disable-admission-plugins=ServiceAccount") as cluster:
        for kind, name in (("serviceaccounts", "default"), ("configmaps", "kube-root-ca.crt")):
            cluster.ask(f"/api/v1/namespaces/default/{kind}", "POST", {"metadata": {"name": name}})
        yield cluster


def _flags(folder: Path, database: str, port: int) -> list[str]:
    key = folder / "account.key"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    token = secrets.token_urlsafe(24)
    (folder / "tokens.csv").write_text(f"{token},admin,1,system:masters\n")
    writes = ["create", "update", "patch", "delete", "deletecollection"]
    rules = [{"level": "Metadata", "verbs": writes}, {"level": "None"}]
    policy = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"], "rules": rules}
    (folder / "audit.json").write_text(json.dumps(policy))
    return [
        f"--audit-policy-file={folder / 'audit.json'}",
        f"--audit-log-path={folder / 'audit.log'}",
        "--audit-log-mode=blocking",
        f"--etcd-servers={database}",
        f"--secure-port={port}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--cert-dir={folder / 'certificates'}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--endpoint-reconciler-type=none",
    ]


def _described(folder: Path, port: int) -> RealCluster:
    token = (folder / "tokens.csv").read_text().partition(",")[0]
    url, name = f"https://127.0.0.1:{port}", "envtest"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": url, "insecure-skip-tls-verify": True}}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(config))
    return RealCluster(url, token, path, name)


def _wait(cluster: RealCluster, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if cluster.is_ready() and cluster.ask("/api/v1/namespaces/default"):
            return
        time.sleep(0.1)
    pytest.fail(f"the API server does not answer: {log.read_text()[-2000:]}")


@contextmanager
def _process(log: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            yield process
        finally:
            process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


def _unchecked() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
