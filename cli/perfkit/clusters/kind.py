"""Clusters made by the ``kind`` command line: created, reused, removed. Which ones are ours is remembered."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit import bundled
from perfkit.errors import ClusterError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perfkit.model.scenario import ClusterSpec

ENGINES: Final = ("docker", "podman", "nerdctl")
DEFAULT: Final = "default"  # the config
PATIENCE: Final = 900.0  # seconds for a cluster, with its image fetched over a slow line
_STEPS: Final = ("Creating", " •")  # how kind's lines of progress begin
READY: Final = "180s"  # of these, that kind waits for the node to be ready
_YAML: Final = (".yaml", ".yml")

# What kind and the engines say, and what to do. The first that is found in their words counts.
_ADVICE: Final[tuple[tuple[str, str, str], ...]] = (
    (
        r"executable file not found",
        "no container engine: {engine} is not installed",
        "install docker, podman or nerdctl, or choose one that is there with --engine",
    ),
    (
        r"permission denied.*sock|sock.*permission denied",
        "{engine} does not let this user in",
        "join its group (docker: `sudo usermod -aG docker $USER`, then log in again)",
    ),
    (
        r"cannot connect to (the docker daemon|podman)|is the docker daemon running|containerd.*refused",
        "no container engine: {engine} does not run",
        "start it (docker: `sudo systemctl start docker`)",
    ),
    (r"no space left on device", "no space left for the cluster", "free some: `{engine} system prune`"),
    (
        r"port is already allocated|address already in use",
        "a port of the cluster is taken",
        "leave ports out of the config, or end what listens there",
    ),
    (
        r"manifest unknown|pull access denied|failed to (pull image|ensure node images)|no such image|toomanyrequests",
        "the node image cannot be had",
        "does it exist for this kind? name one with --kubernetes or --node-image, or pull it first with {engine}",
    ),
    (
        r"could not find a log line that matches|kubelet.*(not healthy|isn't running)|timed out waiting",
        "the node does not come up",
        "often cgroups or too few inotify watches: see kind's known issues",
    ),
    (
        r"unable to decode config|unknown apiversion|error reading file|strict decoding|invalid configuration",
        "kind does not take the config",
        "see kind's configuration, and fixtures/kind",
    ),
    (r"rootless", "{engine} runs rootless, and kind does not like how", "see kind's page on rootless engines"),
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A cluster to be there: its name, and how it is made where it is not. Empty: as kind does it."""

    name: str
    engine: str = ""
    image: str = ""
    config: str = DEFAULT  # a name among fixtures/kind, or a path


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A cluster that perfkit made, and has to remove."""

    name: str
    engine: str = ""
    image: str = ""
    config: str = ""


def asked(spec: ClusterSpec) -> Asked:
    """The cluster of a scenario. Raises UsageError: it cannot be made like that."""
    making = spec.making
    if making.kubernetes and making.node_image:
        raise UsageError("a version of Kubernetes and a node image say the same thing twice", "leave one of them away")
    image = making.node_image or (node_image(making.kubernetes) if making.kubernetes else "")
    config_path(making.config)
    _known_engine(making.engine)
    return Asked(name=spec.name, engine=making.engine, image=image, config=making.config)


def node_image(version: str) -> str:
    """The image of a Kubernetes version: ``1.33.1`` or ``v1.33.1``. Raises UsageError."""
    if not re.fullmatch(r"v?\d+\.\d+\.\d+", version):
        raise UsageError(f"{version}: no version of Kubernetes", "such as v1.33.1")
    return f"kindest/node:v{version.removeprefix('v')}"


def config_path(name: str) -> Path:
    """The file of a config: a path, or a name among ``fixtures/kind``. Raises UsageError."""
    path = Path(name) if "/" in name or name.endswith(_YAML) else bundled.find("fixtures/kind", name, _YAML)
    if path is None or not path.is_file():
        known = ", ".join(bundled.names("fixtures/kind", _YAML))
        raise UsageError(f"no kind config {name!r}", f"there are {known}; a path does as well")
    return path


def creation(asked: Asked, kubeconfig: Path) -> list[str]:
    """The words that make a cluster. Raises UsageError."""
    words = ["create", "cluster", "--name", asked.name, "--kubeconfig", str(kubeconfig), "--wait", READY]
    words += ["--config", str(config_path(asked.config))]
    return [*words, "--image", asked.image] if asked.image else words


def ensure(asked: Asked, tell: Callable[[str], None]) -> Path:
    """Have a cluster of that name, made if it is not there; its kubeconfig, apart from the user's.

    Raises:
        UsageError: the config or the engine is none.
        ClusterError: kind or its engine cannot; in a line why, and what to do.
    """
    kubeconfig = kubeconfig_of(asked.name)
    kubeconfig.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    words = creation(asked, kubeconfig)
    if asked.name in _run(["get", "clusters"], asked.engine).split():
        _check_same(asked)
        _run(["export", "kubeconfig", "--name", asked.name, "--kubeconfig", str(kubeconfig)], asked.engine)
        return kubeconfig
    _remember(msgspec.convert(asked, Made, from_attributes=True))  # before it: whatever comes between, `down` knows it
    try:
        _run(words, asked.engine, tell, PATIENCE)
    except BaseException:
        _give_up(asked)
        raise
    return kubeconfig


def made() -> list[Made]:
    """The clusters that perfkit made and has not removed."""
    files = sorted(_root().glob("*/made.json"))
    return [msgspec.json.decode(file.read_bytes(), type=Made) for file in files]


def kubeconfig_of(name: str) -> Path:
    """Where the kubeconfig of one lies."""
    return _folder(name) / "kubeconfig"


def delete(each: Made) -> None:
    """Remove a cluster that perfkit made. Raises ClusterError, and then it stays known."""
    _run(
        ["delete", "cluster", "--name", each.name, "--kubeconfig", str(_folder(each.name) / "kubeconfig")], each.engine
    )
    shutil.rmtree(_folder(each.name), ignore_errors=True)


def explained(said: str, engine: str) -> ClusterError:
    """One line of what kind and the engine said, and what to do about it."""
    engine = engine or "docker"
    for pattern, message, advice in _ADVICE:
        if re.search(pattern, said, re.IGNORECASE | re.DOTALL):
            return ClusterError(f"kind: {message.format(engine=engine)}", advice.format(engine=engine))
    lines = [line for line in said.splitlines() if line.strip()]
    first = next((line for line in lines if line.startswith("ERROR")), lines[-1] if lines else "it does not say why")
    return ClusterError(f"kind: {first.removeprefix('ERROR:').strip()[:300]}", "try it by hand: kind create cluster")


def _give_up(asked: Asked) -> None:
    """Leave nothing of a cluster that did not come to be; where even that fails, it stays known."""
    try:
        delete(Made(name=asked.name, engine=asked.engine))
    except ClusterError:
        pass
    else:
        return
    if not _run_quietly(["get", "clusters"], asked.engine):  # no engine, no cluster
        shutil.rmtree(_folder(asked.name), ignore_errors=True)


def _run_quietly(words: Sequence[str], engine: str) -> bool:
    try:
        _run(words, engine)
    except ClusterError:
        return False
    return True


def _run(
    words: Sequence[str],
    engine: str,
    tell: Callable[[str], None] = lambda _: None,
    patience: float = 120.0,
) -> str:
    """What kind prints; each line of its progress is told. Raises ClusterError, UsageError."""
    _known_engine(engine)
    environment = {**os.environ, **({"KIND_EXPERIMENTAL_PROVIDER": engine} if engine else {})}
    try:
        process = subprocess.Popen(
            ["kind", *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    except OSError as error:
        raise ClusterError(
            f"kind cannot be run: {error.strerror}",
            "install it (go install sigs.k8s.io/kind@latest, or from your packages), or use --cluster mock",
        ) from error
    return _heard(process, tell, time.monotonic() + patience, engine)


def _known_engine(engine: str) -> None:
    if engine not in {"", *ENGINES}:
        raise UsageError(f"no engine {engine!r}", f"kind knows {', '.join(ENGINES)}")


def _check_same(asked: Asked) -> None:
    """Raise UsageError where the cluster of that name is one that perfkit has made of something else."""
    found = next((each for each in made() if each.name == asked.name), None)
    if found is None:
        return  # another's, who knows what it is; its release is in the fingerprint
    config = "" if asked.config == DEFAULT else asked.config
    for what, was, wanted in (("node image", found.image, asked.image), ("config", found.config, config)):
        if wanted and was != wanted:
            raise UsageError(
                f"kind cluster {asked.name} is there, made of another {what}: {was or 'the usual one'}, not {wanted}",
                f"perfkit cluster down kind:{asked.name}, or give the other one a name: --cluster kind:NAME",
            )


def _heard(process: subprocess.Popen[str], tell: Callable[[str], None], deadline: float, engine: str) -> str:
    """What it prints, once it has ended. Raises ClusterError: it failed, or not by ``deadline``."""
    import threading

    said: list[str] = []

    def listen() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            said.append(line)
            if line.startswith(_STEPS):
                tell(line.strip(" •✓\n"))

    assert process.stdout is not None
    listening = threading.Thread(target=listen, daemon=True)
    with process:
        listening.start()
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise ClusterError("kind: no cluster in time", "is an image being fetched? pull it first") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        printed = process.stdout.read()
        listening.join()
    if process.returncode:
        raise explained("".join(said), engine)
    return printed


def _remember(each: Made) -> None:
    (_folder(each.name) / "made.json").write_bytes(msgspec.json.encode(each))


def _folder(name: str) -> Path:
    """Where a cluster is remembered. Raises UsageError: that is no name."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,40}[a-z0-9])?", name):
        raise UsageError(f"{name!r} is no name for a kind cluster", "use a-z, 0-9, '.' and '-'")
    return _root() / name


def _root() -> Path:
    return bundled.state_folder() / "kind"
