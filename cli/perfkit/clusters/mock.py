"""The mock cluster as the engine sees it: a process of its own, driven over its lifeline."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from perfkit.clusters.exposure import bracketed
from perfkit.clusters.served import ANSWER_TIMEOUT, CLOSED, Doors, Program, ServedCluster
from perfkit.model.control import AddFault, Churned, ClearFaults, Done, MockConfig, SetChurn, SubmitBatch, Submitted
from perfkit.model.scenario import EMPTY
from perfkit.storage.names import find_manifests, find_shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.model.churn import Churn
    from perfkit.model.faults import ApiFault
    from perfkit.model.objects import Batch
    from perfkit.model.scenario import ClusterSpec


class MockCluster(ServedCluster):
    """A ``model.protocols.Cluster`` on the mock server. ``folder`` receives its log."""

    kind = "mock"

    def __init__(self, spec: ClusterSpec, folder: Path, doors: Doors = CLOSED) -> None:
        super().__init__(Program(name="the mock cluster", module="perfkit.mock", log=folder / "mock.log"), doors)
        self._spec = spec

    def open(self) -> None:
        """Start the server and wait until it answers. Raises ClusterError, and ScenarioError for an unknown shape."""
        shape = find_shape(self._spec.shape)
        authority = self._start()
        doors = self._doors
        self._configure(
            MockConfig(
                shape=str(shape),
                pods=self._spec.pods,
                seed=self._spec.seed,
                host=doors.host,
                port=doors.port,
                certificate=str(authority.certificate),
                key=str(authority.key),
                token=self._token,
                deny=self._spec.deny,
                faults=self._spec.fault,
                heartbeats=self._spec.heartbeats,
                files=tuple(str(find_manifests(name).resolve()) for name in self._spec.files),
                alone=self._spec.shape == EMPTY,
                record=str(doors.record or ""),
                control=str(doors.control or ""),
            )
        )

    def fault(self, fault: ApiFault | None) -> None:
        """Let something go wrong too from now on, or nothing any more."""
        self._ask(ClearFaults() if fault is None else AddFault(fault=fault), Done)

    def churn(self, churn: Churn | None) -> Churned:
        """Change by itself like this from now on, or not any more; what the churn before did."""
        return self._ask(SetChurn(churn=churn), Churned)

    def submit(self, batch: Batch) -> None:
        """Create, touch or delete objects as somebody else does, and wait until that is done."""
        self._ask(SubmitBatch(batch=batch), Submitted, batch.seconds + ANSWER_TIMEOUT)

    @property
    def url(self) -> str:
        """Where a client finds it."""
        host, port = self.address
        return f"https://{bracketed(host)}:{port}"

    @property
    def pods(self) -> int:
        """How many pods it holds at first."""
        return self._opened.pods

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


def _digest(path: Path) -> str:
    """What tells one content of a file, or of a folder's files, from another."""
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
