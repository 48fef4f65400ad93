"""The real mock server in its own process, for functional and end-to-end tests."""

from __future__ import annotations

import atexit
import contextlib
import json
import shutil
import ssl
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.clusters.authority import Authority, mint
from perfkit.lifeline import Child, spawn
from perfkit.model.control import (
    Collect,
    Expect,
    MockAnswer,
    MockConfig,
    MockReady,
    MockRequest,
    Reached,
    Reset,
    ResetDone,
    Traffic,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHAPES = Path(__file__).resolve().parents[2] / "fixtures" / "shapes"
TOKEN = "a-token-for-tests"
TIMEOUT = 30.0


@cache
def authority() -> Authority:
    """One authority for all tests of a process."""
    folder = Path(tempfile.mkdtemp(prefix="perfkit-authority-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return mint(folder)


class Mock:
    """A running mock. ``send`` and ``receive`` speak over its lifeline."""

    token = TOKEN

    def __init__(self, child: Child, ready: MockReady) -> None:
        self.child = child
        self.ready = ready
        self.port = ready.port
        self.url = f"https://127.0.0.1:{ready.port}"

    def send(self, message: MockRequest) -> None:
        self.child.send(msgspec.to_builtins(message))

    def receive(self, timeout: float = TIMEOUT) -> MockAnswer | None:
        answer = self.child.receive(timeout)
        return None if answer is None else msgspec.convert(answer, MockAnswer)

    def reset(self, record: Path) -> None:
        self.send(Reset(record=str(record)))
        assert isinstance(self.receive(), ResetDone)

    def expect(self, verb: str, resource: str) -> None:
        self.send(Expect(verb=verb, resource=resource))

    def reached(self) -> Reached:
        answer = self.receive()
        assert isinstance(answer, Reached), answer
        return answer

    def collect(self) -> Traffic:
        self.send(Collect())
        answer = self.receive()
        assert isinstance(answer, Traffic), answer
        return answer

    def kubeconfig(self) -> dict[str, Any]:
        cluster = {"server": self.url, "certificate-authority": str(authority().ca)}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "mock", "cluster": cluster}],
            "users": [{"name": "mock", "user": {"token": TOKEN}}],
            "contexts": [{"name": "mock", "context": {"cluster": "mock", "user": "mock"}}],
            "current-context": "mock",
        }

    def write_kubeconfig(self, path: Path) -> Path:
        path.write_text(json.dumps(self.kubeconfig()))
        path.chmod(0o600)
        return path

    @staticmethod
    def tls() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(authority().ca))


def config(shape: str = "tiny", *, pods: int | None = None, port: int = 0, seed: int = 1) -> MockConfig:
    return MockConfig(
        shape=str(SHAPES / f"{shape}.toml"),
        pods=pods,
        seed=seed,
        port=port,
        certificate=str(authority().certificate),
        key=str(authority().key),
        token=TOKEN,
    )


def start(
    message: MockConfig, stderr: Path | None = None, program: Sequence[str] = ("-m", "perfkit.mock")
) -> tuple[Child, dict[str, Any]]:
    """Start a mock; the child and its raw answer. The caller closes the child."""
    child = spawn("the mock cluster", [sys.executable, *program], stderr=stderr)
    try:
        child.send(msgspec.to_builtins(message))
        answer = child.receive(TIMEOUT)
    except BaseException:
        child.close()
        raise
    assert answer is not None, "the mock did not answer"
    return child, answer


@contextlib.contextmanager
def running(shape: str = "tiny", *, pods: int | None = None, seed: int = 1) -> Iterator[Mock]:
    """A mock that listens, ended at the end."""
    with _closing(*start(config(shape, pods=pods, seed=seed))) as found:
        yield found


@contextlib.contextmanager
def running_still() -> Iterator[Mock]:
    """A mock in which nothing happens by itself, as in a real API server that has no controllers."""
    with _closing(*start(config(), program=[str(Path(__file__).parent / "programs" / "still_mock.py")])) as found:
        yield found


@contextlib.contextmanager
def _closing(child: Child, answer: dict[str, Any]) -> Iterator[Mock]:
    try:
        yield Mock(child, msgspec.convert(answer, MockReady))
    finally:
        child.close()
