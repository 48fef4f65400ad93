"""Clusters that stay up for a person's own use: started, listed and ended by ``perfkit cluster up|ls|down``.

A keeper process (``perfkit cluster up --foreground``) owns the server and holds a lock in the cluster's folder for as
long as it lives. The lock, not a process id, says what is alive: ids are reused, locks die with their holder.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

import msgspec

from perfkit import bundled
from perfkit.clusters.mock import MockCluster
from perfkit.errors import ClusterError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from perfkit.model.scenario import ClusterSpec

END_TIMEOUT = 10.0  # seconds a keeper has to end after SIGTERM


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a cluster that stands. ``kubeconfig`` is a path."""

    name: str
    pid: int
    address: str
    kubeconfig: str
    shape: str
    pods: int
    seed: int
    created: str  # UTC, ISO 8601


def _root() -> Path:
    return bundled.state_folder() / "clusters"


def ls() -> list[Standing]:
    """All clusters that stand, by name; what a killed keeper left is removed on the way."""
    folders = sorted(path for path in _root().glob("*") if path.is_dir())
    return [standing for folder in folders if (standing := _read(folder)) is not None]


def up(name: str, options: list[str]) -> Standing:
    """Start a keeper in the background and return when its cluster answers. Raises ClusterError, UsageError."""
    folder = _folder(name)
    if _alive(folder):
        raise UsageError(
            f"cluster {name!r} is up already", f"end it with `perfkit cluster down {name}`, or choose another --name"
        )
    _root().mkdir(parents=True, exist_ok=True, mode=0o700)
    command = [sys.executable, "-m", "perfkit", "cluster", "up", "--foreground", "--name", name, *options]
    log = _log(name)
    with log.open("wb") as errors:
        keeper = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True, cwd="/"
        )
    with keeper, _output_of(keeper) as output:
        said = output.read()  # to its end: the keeper closes its output when the cluster answers, or ends
        complaint = log.read_text(errors="replace")
        standing = _read(folder)
        if standing is None:
            keeper.wait()
            raise _failure(complaint + said.decode())
        keeper.returncode = 0  # it stays on purpose: nothing to wait for
        return standing


def _failure(said: str) -> ClusterError:
    """Why the keeper ended, in its own words."""
    lines = [*said.splitlines(), "the cluster did not start"]
    advice = lines[1].strip() if len(lines) > 1 and lines[1].startswith("  ") else ""
    return ClusterError(lines[0].removeprefix("perfkit: "), advice)


def _output_of(keeper: subprocess.Popen[bytes]) -> IO[bytes]:
    assert keeper.stdout is not None
    return keeper.stdout


def keep(name: str, spec: ClusterSpec, port: int, announce: Callable[[Standing], None]) -> None:
    """Own a cluster until SIGTERM, Ctrl-C or its death. ``announce`` is called once, when it answers.

    Raises:
        ClusterError: the server did not start, or died.
        UsageError: another keeper holds the name.
    """
    folder = _folder(name)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _locked(folder, name):
        cluster = MockCluster(spec, folder, port=port)
        try:
            cluster.open()
            standing = _write(folder, name, spec, cluster)
            announce(standing)
            cluster.wait()
        finally:
            cluster.close()
            shutil.rmtree(folder, ignore_errors=True)


def down(name: str) -> None:
    """End a cluster and wait until it is gone. Raises UsageError when there is none of that name."""
    folder = _folder(name)
    standing = _read(folder)
    if standing is None:
        known = ", ".join(each.name for each in ls()) or "none"
        raise UsageError(f"no cluster named {name!r} is up", f"up are: {known}")
    os.kill(standing.pid, signal.SIGTERM)
    deadline = time.monotonic() + END_TIMEOUT
    while _alive(folder):
        if time.monotonic() > deadline:
            os.kill(standing.pid, signal.SIGKILL)  # its lifeline takes the server with it
            deadline = float("inf")
        time.sleep(0.02)
    _forget(folder)


def _log(name: str) -> Path:
    """What the keeper complains of; beside its folder, which goes with it."""
    return _root() / f"{name}.log"


def _folder(name: str) -> Path:
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,62}", name):
        raise UsageError(f"{name!r} is no name for a cluster", "use a-z, 0-9, '.', '_' and '-'")
    return _root() / name


def _write(folder: Path, name: str, spec: ClusterSpec, cluster: MockCluster) -> Standing:
    kubeconfig = folder / "kubeconfig"
    _write_secret(kubeconfig, cluster.kubeconfig())
    standing = Standing(
        name=name,
        pid=os.getpid(),
        address=cluster.address,
        kubeconfig=str(kubeconfig),
        shape=spec.shape,
        pods=cluster.pods,
        seed=spec.seed,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    (folder / "state.json").write_bytes(msgspec.json.encode(standing))
    return standing


def _write_secret(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def _read(folder: Path) -> Standing | None:
    """The cluster of a folder; None (and the folder gone) when its keeper is dead."""
    if not _alive(folder):
        _forget(folder)
        return None
    try:
        return msgspec.json.decode((folder / "state.json").read_bytes(), type=Standing)
    except (OSError, msgspec.DecodeError):
        return None  # still starting


def _forget(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _log(folder.name).unlink(missing_ok=True)


def _alive(folder: Path) -> bool:
    try:
        with (folder / "lock").open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


@contextlib.contextmanager
def _locked(folder: Path, name: str) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(f"cluster {name!r} is up already", "choose another --name") from error
        yield
