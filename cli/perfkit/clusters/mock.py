"""The mock cluster as the engine sees it: a process of its own, driven over its lifeline."""

from __future__ import annotations

import base64
import json
import secrets
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from perfkit import bundled
from perfkit.clusters.authority import cached, mint
from perfkit.clusters.exposure import LOOPBACK, bracketed, reachable
from perfkit.errors import ClusterError
from perfkit.lifeline import Child, ChildGoneError, spawn
from perfkit.measure.cpu import process_cpu
from perfkit.model.control import (
    AddFault,
    Churned,
    ClearFaults,
    Collect,
    Done,
    Expect,
    ExpectQuiet,
    MockAnswer,
    MockConfig,
    MockError,
    MockReady,
    MockRequest,
    Reached,
    Reset,
    ResetDone,
    Scale,
    Scaled,
    SetChurn,
    SubmitBatch,
    Submitted,
    Traffic,
)
from perfkit.model.scenario import EMPTY
from perfkit.storage.names import find_manifests, find_shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.clusters.authority import Authority
    from perfkit.model.churn import Churn
    from perfkit.model.faults import ApiFault
    from perfkit.model.objects import Batch
    from perfkit.model.scenario import ClusterSpec, Ready

Answer = TypeVar("Answer", MockReady, ResetDone, Traffic, Done, Churned, Scaled, Submitted)

ANSWER_TIMEOUT = 30.0  # seconds; an answer takes milliseconds, so this only ends a hang


class Doors(msgspec.Struct, frozen=True, kw_only=True):
    """How one comes in: ``host`` and ``port`` for clients (0: any), ``control`` the path of a socket for commands.

    ``record`` is where a record of all requests is written from the start on.
    """

    host: str = LOOPBACK
    port: int = 0
    control: Path | None = None
    record: Path | None = None


_CLOSED = Doors()


class MockCluster:
    """A ``model.protocols.Cluster`` on the mock server. ``folder`` receives its log."""

    kind = "mock"

    def __init__(self, spec: ClusterSpec, folder: Path, doors: Doors = _CLOSED) -> None:
        self._spec = spec
        self._doors = doors
        self._folder = folder
        self._token = secrets.token_urlsafe(24)
        self._child: Child | None = None
        self._authority: Authority | None = None
        self._ready: MockReady | None = None

    def open(self) -> None:
        """Start the server and wait until it answers. Raises ClusterError, and ScenarioError for an unknown shape."""
        shape = find_shape(self._spec.shape)
        self._authority = _authority(self._folder, self._doors.host)
        self._child = spawn(
            "the mock cluster", [sys.executable, "-m", "perfkit.mock"], stderr=self._folder / "mock.log"
        )
        self._ready = self._ask(
            MockConfig(
                shape=str(shape),
                pods=self._spec.pods,
                seed=self._spec.seed,
                host=self._doors.host,
                port=self._doors.port,
                certificate=str(self._authority.certificate),
                key=str(self._authority.key),
                token=self._token,
                deny=self._spec.deny,
                faults=self._spec.fault,
                heartbeats=self._spec.heartbeats,
                files=tuple(str(find_manifests(name).resolve()) for name in self._spec.files),
                alone=self._spec.shape == EMPTY,
                record=str(self._doors.record or ""),
                control=str(self._doors.control or ""),
            ),
            MockReady,
        )

    def close(self) -> None:
        """End the server."""
        if self._child is not None:
            self._child.close()
            self._child = None

    def fileno(self) -> int:
        """For ``select``: readable when the server said something, or is gone. Raises ClusterError."""
        return self._living.fileno()

    def attend(self) -> None:
        """Read what it said without being asked. Raises ClusterError when it is gone."""
        self._receive(0.0)

    def reset(self, record: Path) -> None:
        """Return to the first state, log requests to ``record``."""
        self._ask(Reset(record=str(record)), ResetDone)

    def expect(self, ready: Ready, since: int, count: int = 1) -> None:
        """Have the server tell when the condition came true for so many clients, at ``since`` (ns) or later."""
        if ready.kind == "quiet":
            self._send(ExpectQuiet(seconds=ready.seconds, since=since))
            return
        verb = "watch" if ready.kind == "watch" else ready.verb
        self._send(Expect(verb=verb, resource=ready.resource, since=since, count=count))

    def reached(self, timeout: float) -> int | None:
        """When what was expected came true (ns); None when it did not within ``timeout`` seconds."""
        answer = self._receive(timeout)
        return answer.ns if isinstance(answer, Reached) else None

    def fault(self, fault: ApiFault | None) -> None:
        """Let something go wrong too from now on, or nothing any more."""
        self._ask(ClearFaults() if fault is None else AddFault(fault=fault), Done)

    def churn(self, churn: Churn | None) -> Churned:
        """Change by itself like this from now on, or not any more; what the churn before did."""
        return self._ask(SetChurn(churn=churn), Churned)

    def scale(self, scale: Scale, timeout: float) -> None:
        """Change how many pods there are, and wait until it is so."""
        self._ask(scale, Scaled, timeout)

    def submit(self, batch: Batch) -> None:
        """Create, touch or delete objects as somebody else does, and wait until that is done."""
        self._ask(SubmitBatch(batch=batch), Submitted, batch.seconds + ANSWER_TIMEOUT)

    def traffic(self) -> Traffic:
        """What was asked since the reset."""
        return self._ask(Collect(), Traffic)

    def kubeconfig(self, through: tuple[str, int] | None = None) -> str:
        """A kubeconfig as JSON, which every YAML reader takes and a lean client reads without a YAML library."""
        if self._authority is None:
            raise ClusterError("the mock cluster is not open")
        authority = base64.b64encode(self._authority.ca.read_bytes()).decode()
        host, port = through or self.address
        server = {"server": f"https://{bracketed(host)}:{port}", "certificate-authority-data": authority}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "perfkit", "cluster": server}],
            "users": [{"name": "perfkit", "user": {"token": self._token}}],
            "contexts": [{"name": "perfkit", "context": {"cluster": "perfkit", "user": "perfkit"}}],
            "current-context": "perfkit",
        }
        return json.dumps(config, indent=1)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port it listens on."""
        return reachable(self._doors.host), self._opened.port

    @property
    def url(self) -> str:
        """Where a client finds it."""
        host, port = self.address
        return f"https://{bracketed(host)}:{port}"

    @property
    def pods(self) -> int:
        """How many pods it holds at first."""
        return self._opened.pods

    @property
    def pid(self) -> int:
        """Process id of the server."""
        return self._living.pid

    def cpu(self) -> float:
        """CPU seconds of the server process so far."""
        return (process_cpu(self._living.pid) or 0.0) if self._child else 0.0

    def sources(self) -> Mapping[str, str]:
        """How well *ready* is known: by what the client has read, or only by what was sent to it."""
        known = "read by the client" if self._opened.sees_queues else "sent by the server, which flatters slow readers"
        return {"startup.ready": f"ready condition, {known}"}

    def describe(self) -> Mapping[str, str]:
        """For the fingerprint: what the scenario says, and the number of pods where that is the shape's."""
        spec = self._spec
        named = Path(spec.shape)
        shape = spec.shape if named.name == spec.shape and not named.suffix else f"{named.stem} {_digest(named)}"
        known = {"shape": shape, "pods": str(self.pods)}
        if spec.files:
            known["files"] = " ".join(f"{Path(name).stem} {_digest(find_manifests(name))}" for name in spec.files)
        return spec.describe() | known

    @property
    def _opened(self) -> MockReady:
        if self._ready is None:
            raise ClusterError("the mock cluster is not open")
        return self._ready

    @property
    def _living(self) -> Child:
        if self._child is None:
            raise ClusterError("the mock cluster is not open")
        return self._child

    def _send(self, request: MockRequest) -> None:
        try:
            self._living.send(msgspec.to_builtins(request))
        except ChildGoneError as error:
            raise self._died() from error

    def _receive(self, timeout: float) -> MockAnswer | None:
        try:
            message = self._living.receive(timeout)
        except ChildGoneError as error:
            raise self._died() from error
        if message is None:
            return None
        answer: MockAnswer = msgspec.convert(message, MockAnswer)
        if isinstance(answer, MockError):
            raise ClusterError(answer.message, answer.advice)
        return answer

    def _ask(self, request: MockRequest, expected: type[Answer], timeout: float = ANSWER_TIMEOUT) -> Answer:
        """Send and wait for the answer of the expected type; a Reached that crossed the request is stale: dropped."""
        self._send(request)
        while (answer := self._receive(timeout)) is not None:
            if isinstance(answer, expected):
                return answer
        raise ClusterError(
            f"the mock cluster did not answer within {timeout:.0f} s", f"see {self._folder / 'mock.log'}"
        )

    def _died(self) -> ClusterError:
        child = self._living
        self.close()
        status = child.process.returncode
        how = f"was killed by signal {-status}" if status and status < 0 else f"ended with status {status}"
        return ClusterError(f"the mock cluster {how}", f"see {self._folder / 'mock.log'}")


def _digest(path: Path) -> str:
    """What tells one content of a file, or of a folder's files, from another."""
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _authority(folder: Path, host: str) -> Authority:
    """The authority is kept between runs, since minting costs 150 ms; only perfkit's own kubeconfigs trust it.

    One for other addresses lives as long as its cluster.
    """
    try:
        if host not in {LOOPBACK, "::1"}:
            return mint(folder, {host, reachable(host)})
        return cached(bundled.cache_folder() / "authority")
    except OSError as error:
        raise ClusterError(
            f"no certificate can be made: {error}", "XDG_CACHE_HOME must name a folder to write to"
        ) from error
