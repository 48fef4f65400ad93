"""A real cluster as the engine sees it: targets reach it through the gateway only, a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from perfkit.clusters.filling import begin, remove
from perfkit.clusters.served import CLOSED, Doors, Program, ServedCluster
from perfkit.errors import ClusterError
from perfkit.model.control import Churned, GatewayConfig, Populate, Populated, Populating, SetChurn
from perfkit.storage.names import find_shape

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from perfkit.clusters.filling import Way
    from perfkit.clusters.population.journal import Begun
    from perfkit.model.churn import Churn
    from perfkit.model.control import MockAnswer
    from perfkit.model.faults import ApiFault
    from perfkit.model.objects import Batch
    from perfkit.model.scenario import ClusterSpec

_SILENCE = 120.0  # seconds without a word about the filling


class ContextCluster(ServedCluster):
    """A ``model.protocols.Cluster`` that is there already, by ``way``; its gateway's log goes to ``folder``."""

    def __init__(self, spec: ClusterSpec, way: Way, folder: Path, doors: Doors = CLOSED) -> None:
        super().__init__(
            Program(name="the gateway", module="perfkit.clusters.gateway", log=folder / "gateway.log"), doors
        )
        self.kind: str = spec.kind
        self._spec = spec
        self._way = way
        self._populated: Populated | None = None
        self._begun: Begun | None = None

    def open(self) -> None:
        """Start the gateway and wait until the cluster answers through it. Raises ClusterError."""
        authority = self._start()
        doors = self._doors
        self._configure(
            GatewayConfig(
                access=msgspec.to_builtins(self._way.access),
                writes=self._spec.writes,
                host=doors.host,
                port=doors.port,
                certificate=str(authority.certificate),
                key=str(authority.key),
                token=self._token,
                record=str(doors.record or ""),
                control=str(doors.control or ""),
            )
        )
        if self._spec.populate:
            self._populate()

    def close(self) -> None:
        """End the gateway and take out what was put in; the cluster stays. Raises ClusterError."""
        super().close()
        if self._begun is not None:
            begun, self._begun = self._begun, None
            remove(begun, self._way.access, self._way.tell)

    def _populate(self) -> None:
        """Fill the cluster; what is begun is remembered, so that it can be removed whatever comes between."""
        shape = find_shape(self._spec.shape)
        self._begun = begin(self._spec, shape, self._way)
        asked = Populate(owner=self._begun.owner, shape=str(shape), pods=self._spec.pods, seed=self._spec.seed)
        self._populated = self._ask(asked, Populated, _SILENCE, self._told)
        self._way.tell(f"{self._populated.run_by} keeps the nodes alive")

    def _told(self, answer: MockAnswer) -> None:
        if isinstance(answer, Populating):
            self._way.tell(f"{answer.pods:,} of {answer.of:,} pods")

    def fault(self, fault: ApiFault | None) -> None:
        """Not here: a real cluster does not fail on demand. Raises ClusterError."""
        if fault is not None:
            raise _impossible("fails on demand")

    def churn(self, churn: Churn | None) -> Churned:
        """Have what perfkit made there change like this from now on, or not any more. Raises ClusterError."""
        if churn is None and not self._spec.populate:
            return Churned()
        return self._ask(SetChurn(churn=churn), Churned)

    def submit(self, batch: Batch) -> None:  # noqa: ARG002 - the Protocol's
        """Not here: what is in it is not ours to change. Raises ClusterError."""
        raise _impossible("gets objects from a step")

    @property
    def pods(self) -> int:
        """How many pods perfkit put there."""
        return self._populated.pods if self._populated else 0

    def sources(self) -> Mapping[str, str]:
        """How well *ready* is known: by what the client has read, or only by what was sent to it."""
        known = "read by the client" if self._opened.sees_queues else "sent by the gateway, which flatters slow readers"
        return {"startup.ready": f"ready condition at the gateway, {known}"}

    def describe(self) -> Mapping[str, str]:
        """For the fingerprint: which cluster it is, by name, host and release."""
        held = {"pods": str(self._populated.pods), "run_by": self._populated.run_by} if self._populated else {}
        server = urlsplit(self._way.access.server).hostname or ""
        return {**self._spec.describe(), **held, "server": server, "release": self._opened.release}


def _impossible(what: str) -> ClusterError:
    return ClusterError(f"no real cluster {what}", "--cluster mock does, and a cluster that perfkit filled may")
