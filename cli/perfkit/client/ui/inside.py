"""The containers of one pod, kept up to date by the table that the pod is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.client.ui.listing import Column, Sheet
from perfkit.client.ui.values import number, said, since, table, tables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from perfkit.client.ui.cells import Tone
    from perfkit.client.ui.session import Session
    from perfkit.client.ui.table import Source
    from perfkit.errors import PerfkitError

_KINDS: Final = (
    ("initContainers", "initContainerStatuses", "init"),
    ("containers", "containerStatuses", ""),
    ("ephemeralContainers", "ephemeralContainerStatuses", "debug"),
)
_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")


class Container(msgspec.Struct, frozen=True):
    """One container, as it is."""

    number: int
    name: str
    kind: str
    image: str
    ready: bool
    state: str
    restarts: int
    probes: str
    ports: str
    started: str
    namespace: str = ""


def _tone(row: Container) -> Tone:
    if row.state == "Completed":
        return "done"
    if row.state == "Running":
        return "good" if row.ready else "bad"
    return "waiting" if row.state in {"Waiting", "PodInitializing", "ContainerCreating"} else "bad"


SHEET: Final = Sheet(
    [
        Column("NAME", lambda row: row.name, "N"),
        Column("KIND", lambda row: row.kind),
        Column("READY", lambda row: "true" if row.ready else "false", "R"),
        Column("STATE", lambda row: row.state, "S"),
        Column("RESTARTS", lambda row: str(row.restarts), "T", lambda row: row.restarts),
        Column("PROBES(L:R:S)", lambda row: row.probes),
        Column("AGE", lambda row: row.started and since(row.started), "A", lambda row: row.started, volatile=True),
        Column("PORTS", lambda row: row.ports),
        Column("IMAGE", lambda row: row.image, "I"),
    ],
    1,
    _tone,
    sorted_by=Column("", lambda row: str(row.number)),
)


class ContainerSource:
    """Rows of a pod's containers: the pod is read again whenever its row in ``pods`` is another."""

    name = "containers"
    namespaced = False
    synced = True
    sheet = SHEET

    def __init__(self, session: Session, pods: Source, pod: Any, whole: Mapping[str, Any]) -> None:
        self.pods, self.pod = pods, pod
        self.version = 0
        self.problem = ""
        self._session = session
        self._seen = pods.version
        self._rows: Sequence[Container] = list(containers(whole))

    def look(self, _seen: Collection[str]) -> None:
        """Has the pod changed?"""
        if self._seen == self.pods.version:
            return
        self._seen, key = self.pods.version, (self.pod.namespace, self.pod.name)
        pod = next((row for row in self.pods.rows() if (row.namespace, row.name) == key), None)
        if pod is None:
            self.problem = f"{self.pod.name} is gone"
        elif pod is not self.pod:
            self.pod = pod
            self._session.ask("read a pod", lambda: self._session.whole(self.pods, pod), self._take, self._miss)

    def rows(self) -> Sequence[Container]:
        """All of them."""
        return self._rows

    def _take(self, whole: Mapping[str, Any]) -> None:
        """In another thread: the pod is here."""
        self._rows, self.problem = list(containers(whole)), ""
        self.version += 1

    def _miss(self, error: PerfkitError) -> None:
        self.problem = error.message


def containers(whole: Mapping[str, Any]) -> Iterator[Container]:
    """Those of a pod, in the order in which they begin."""
    spec, status = table(whole.get("spec")), table(whole.get("status"))
    at = 0
    for specs, statuses, kind in _KINDS:
        states = {said(each.get("name")): each for each in tables(status, statuses)}
        for each in tables(spec, specs):
            at += 1
            sidecar = kind == "init" and each.get("restartPolicy") == "Always"
            yield _container(at, "sidecar" if sidecar else kind, each, states.get(said(each.get("name")), {}))


def _container(at: int, kind: str, spec: Mapping[str, Any], status: Mapping[str, Any]) -> Container:
    state = table(status, "state")
    running = table(state, "running")
    return Container(
        number=at,
        name=said(spec.get("name")),
        kind=kind,
        image=said(spec.get("image")),
        ready=status.get("ready") is True,
        state="Running" if running else _held(state),
        restarts=number(status.get("restartCount")),
        probes=":".join("on" if table(spec, probe) else "off" for probe in _PROBES),
        ports=",".join(_port(port) for port in tables(spec, "ports")),
        started=said(running.get("startedAt")),
    )


def _held(state: Mapping[str, Any]) -> str:
    """Why it does not run."""
    ended, waiting = table(state, "terminated"), table(state, "waiting")
    if ended:
        return said(ended.get("reason")) or f"ExitCode:{number(ended.get('exitCode'))}"
    return said(waiting.get("reason")) or "Waiting"


def _port(port: Mapping[str, Any]) -> str:
    name = f"{said(port['name'])}:" if port.get("name") else ""
    return f"{name}{number(port.get('containerPort'))}" + ("" if port.get("protocol") == "TCP" else "/UDP")
