"""The mock cluster as the engine sees it: a process of its own, driven over its lifeline."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from perfkit.clusters.exposure import bracketed
from perfkit.clusters.served import ANSWER_TIMEOUT, CLOSED, Doors, Program, Server
from perfkit.errors import ClusterError
from perfkit.model.control import (
    AddFault,
    Churned,
    ClearFaults,
    Done,
    MockConfig,
    MockReady,
    Reset,
    ResetDone,
    Scale,
    Scaled,
    SetChurn,
    SubmitBatch,
    Submitted,
)
from perfkit.model.scenario import EMPTY
from perfkit.storage.names import find_manifests, find_shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.model.churn import Churn
    from perfkit.model.control import Glimpse, Traffic
    from perfkit.model.faults import ApiFault
    from perfkit.model.objects import Batch
    from perfkit.model.scenario import ClusterSpec, Ready


class MockCluster:
    """A ``model.protocols.Cluster`` on the mock server. ``folder`` receives its log."""

    kind = "mock"

    def __init__(self, spec: ClusterSpec, folder: Path, doors: Doors = CLOSED) -> None:
        self._spec = spec
        program = Program(name="the mock cluster", module="perfkit.mock", log=folder / "mock.log")
        self._server = Server(program, doors)
        self._ready: MockReady | None = None

    def open(self) -> None:
        """Start the server and wait until it answers. Raises ClusterError, and ScenarioError for an unknown shape."""
        shape = find_shape(self._spec.shape)
        authority = self._server.start()
        doors = self._server.doors
        self._ready = self._server.ask(
            MockConfig(
                shape=str(shape),
                pods=self._spec.pods,
                seed=self._spec.seed,
                host=doors.host,
                port=doors.port,
                certificate=str(authority.certificate),
                key=str(authority.key),
                token=self._server.token,
                deny=self._spec.deny,
                faults=self._spec.fault,
                heartbeats=self._spec.heartbeats,
                files=tuple(str(find_manifests(name).resolve()) for name in self._spec.files),
                alone=self._spec.shape == EMPTY,
                record=str(doors.record or ""),
                control=str(doors.control or ""),
            ),
            MockReady,
        )

    def close(self) -> None:
        """End the server."""
        self._server.close()

    def fileno(self) -> int:
        """For ``select``: readable when the server said something, or is gone. Raises ClusterError."""
        return self._server.fileno()

    def attend(self) -> None:
        """Read what it said without being asked. Raises ClusterError when it is gone."""
        self._server.attend()

    def reset(self, record: Path) -> None:
        """Return to the first state, log requests to ``record``."""
        self._server.ask(Reset(record=str(record)), ResetDone)

    def expect(self, ready: Ready, since: int, count: int = 1) -> None:
        """Have the server tell when the condition came true for so many clients, at ``since`` (ns) or later."""
        self._server.expect(ready, since, count)

    def reached(self, timeout: float) -> int | None:
        """When what was expected came true (ns); None when it did not within ``timeout`` seconds."""
        return self._server.reached(timeout)

    def fault(self, fault: ApiFault | None) -> None:
        """Let something go wrong too from now on, or nothing any more."""
        self._server.ask(ClearFaults() if fault is None else AddFault(fault=fault), Done)

    def churn(self, churn: Churn | None) -> Churned:
        """Change by itself like this from now on, or not any more; what the churn before did."""
        return self._server.ask(SetChurn(churn=churn), Churned)

    def scale(self, scale: Scale, timeout: float) -> None:
        """Change how many pods there are, and wait until it is so."""
        self._server.ask(scale, Scaled, timeout)

    def submit(self, batch: Batch) -> None:
        """Create, touch or delete objects as somebody else does, and wait until that is done."""
        self._server.ask(SubmitBatch(batch=batch), Submitted, batch.seconds + ANSWER_TIMEOUT)

    def traffic(self) -> Traffic:
        """What was asked since the reset."""
        return self._server.traffic()

    def glance(self) -> Glimpse:
        """Write out what requests have ended, and tell which watches are open."""
        return self._server.glance()

    def kubeconfig(self, through: tuple[str, int] | None = None) -> str:
        """The text of a kubeconfig that leads to it, or to a relay at ``through`` that leads there."""
        return self._server.kubeconfig(through or self.address)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port it listens on."""
        return self._server.host, self._opened.port

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
        return self._server.pid

    def cpu(self) -> float:
        """CPU seconds of the server process so far."""
        return self._server.cpu()

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


def _digest(path: Path) -> str:
    """What tells one content of a file, or of a folder's files, from another."""
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
