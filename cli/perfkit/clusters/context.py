"""A real cluster as the engine sees it: targets reach it through the gateway only, a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from perfkit.clusters.filling import begin, remove
from perfkit.clusters.served import CLOSED, Doors, Program, Server
from perfkit.errors import ClusterError
from perfkit.model.control import (
    Churned,
    GatewayConfig,
    MockReady,
    Populate,
    Populated,
    Populating,
    Reset,
    ResetDone,
    Scaled,
    SetChurn,
)
from perfkit.storage.names import find_shape

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from perfkit.clusters.filling import Way
    from perfkit.clusters.population.journal import Begun
    from perfkit.model.churn import Churn
    from perfkit.model.control import Glimpse, MockAnswer, Scale, Traffic
    from perfkit.model.faults import ApiFault
    from perfkit.model.objects import Batch
    from perfkit.model.scenario import ClusterSpec, Ready

_SILENCE = 120.0  # seconds without a word about the filling


class ContextCluster:
    """A ``model.protocols.Cluster`` that is there already, by ``way``; its gateway's log goes to ``folder``."""

    def __init__(self, spec: ClusterSpec, way: Way, folder: Path, doors: Doors = CLOSED) -> None:
        self.kind: str = spec.kind
        self._spec = spec
        self._way = way
        self._pods = 0
        program = Program(name="the gateway", module="perfkit.clusters.gateway", log=folder / "gateway.log")
        self._server = Server(program, doors)
        self._ready: MockReady | None = None
        self._begun: Begun | None = None

    def open(self) -> None:
        """Start the gateway and wait until the cluster answers through it. Raises ClusterError."""
        authority = self._server.start()
        doors = self._server.doors
        self._ready = self._server.ask(
            GatewayConfig(
                access=msgspec.to_builtins(self._way.access),
                writes=self._spec.writes,
                host=doors.host,
                port=doors.port,
                certificate=str(authority.certificate),
                key=str(authority.key),
                token=self._server.token,
                record=str(doors.record or ""),
                control=str(doors.control or ""),
            ),
            MockReady,
        )
        if self._spec.populate:
            self._populate()

    def close(self) -> None:
        """End the gateway and take out what was put in; the cluster stays. Raises ClusterError."""
        self._server.close()
        if self._begun is not None:
            begun, self._begun = self._begun, None
            remove(begun, self._way.access, self._way.tell)

    def _populate(self) -> None:
        """Fill the cluster; what is begun is remembered, so that it can be removed whatever comes between."""
        shape = find_shape(self._spec.shape)
        self._begun = begin(self._spec, shape, self._way)
        asked = Populate(owner=self._begun.owner, shape=str(shape), pods=self._spec.pods, seed=self._spec.seed)
        self._pods = self._server.ask(asked, Populated, _SILENCE, self._told).pods

    def _told(self, answer: MockAnswer) -> None:
        if isinstance(answer, Populating):
            self._way.tell(f"{answer.pods:,} of {answer.of:,} pods")

    def fileno(self) -> int:
        """For ``select``: readable when the gateway said something, or is gone. Raises ClusterError."""
        return self._server.fileno()

    def attend(self) -> None:
        """Read what it said without being asked. Raises ClusterError when it is gone."""
        self._server.attend()

    def reset(self, record: Path) -> None:
        """End what is open, log requests to ``record``."""
        self._server.ask(Reset(record=str(record)), ResetDone)

    def expect(self, ready: Ready, since: int, count: int = 1) -> None:
        """Have the gateway tell when the condition came true for so many clients, at ``since`` (ns) or later."""
        self._server.expect(ready, since, count)

    def reached(self, timeout: float) -> int | None:
        """When what was expected came true (ns); None when it did not within ``timeout`` seconds."""
        return self._server.reached(timeout)

    def fault(self, fault: ApiFault | None) -> None:
        """Not here: a real cluster does not fail on demand. Raises ClusterError."""
        if fault is not None:
            raise _impossible("fails on demand")

    def churn(self, churn: Churn | None) -> Churned:
        """Have what perfkit made there change like this from now on, or not any more. Raises ClusterError."""
        if churn is None and not self._spec.populate:
            return Churned()
        return self._server.ask(SetChurn(churn=churn), Churned)

    def scale(self, scale: Scale, timeout: float) -> None:
        """Change how many pods of perfkit's there are, and wait until it is so. Raises ClusterError."""
        self._server.ask(scale, Scaled, timeout)

    def submit(self, batch: Batch) -> None:  # noqa: ARG002 - the Protocol's
        """Not here: what is in it is not ours to change. Raises ClusterError."""
        raise _impossible("gets objects from a step")

    def traffic(self) -> Traffic:
        """What was asked since the reset."""
        return self._server.traffic()

    def glance(self) -> Glimpse:
        """Write out what requests have ended, and tell which watches are open."""
        return self._server.glance()

    def kubeconfig(self, through: tuple[str, int] | None = None) -> str:
        """The text of a kubeconfig that leads to the gateway, or to a relay at ``through`` that leads there."""
        return self._server.kubeconfig(through or self.address)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the gateway."""
        return self._server.host, self._opened.port

    @property
    def pods(self) -> int:
        """How many pods perfkit put there."""
        return self._pods

    def cpu(self) -> float:
        """CPU seconds of the gateway so far."""
        return self._server.cpu()

    def sources(self) -> Mapping[str, str]:
        """How well *ready* is known: by what the client has read, or only by what was sent to it."""
        known = "read by the client" if self._opened.sees_queues else "sent by the gateway, which flatters slow readers"
        return {"startup.ready": f"ready condition at the gateway, {known}"}

    def describe(self) -> Mapping[str, str]:
        """For the fingerprint: which cluster it is, by name, host and release."""
        held = {"pods": str(self._pods)} if self._spec.populate else {}
        server = urlsplit(self._way.access.server).hostname or ""
        return {**self._spec.describe(), **held, "server": server, "release": self._opened.release}

    @property
    def _opened(self) -> MockReady:
        if self._ready is None:
            raise ClusterError("the gateway is not open")
        return self._ready


def _impossible(what: str) -> ClusterError:
    return ClusterError(f"no real cluster {what}", "--cluster mock does, and a cluster that perfkit filled may")
