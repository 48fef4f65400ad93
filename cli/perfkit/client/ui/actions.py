"""What keys do with the object under the cursor."""

from __future__ import annotations

from base64 import b64decode
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.client.ui import commands
from perfkit.client.ui.inside import ContainerSource
from perfkit.client.ui.logs import Course, Logged, LogPage
from perfkit.client.ui.session import Scope
from perfkit.client.ui.table import TablePage
from perfkit.client.ui.text import TextPage
from perfkit.client.ui.values import at, said, selector, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perfkit.client.ui.desk import Desk
    from perfkit.client.ui.session import Session
    from perfkit.client.ui.table import Source

PODS: Final = "pods"
NOW: Final = Course()
BEFORE: Final = Course(previous=True)
WORKLOADS: Final = {
    "deployments",
    "replicasets",
    "statefulsets",
    "daemonsets",
    "jobs",
    "replicationcontrollers",
    "services",
}
"""What chooses pods by labels."""


class Target(msgspec.Struct, frozen=True):
    """What a key is about: whom to ask, and for which row. ``container``: of that pod, if one is meant."""

    session: Session
    source: Source
    row: Any
    container: str = ""

    @property
    def named(self) -> str:
        """``shop/web``."""
        return f"{self.row.namespace}/{self.row.name}" if self.row.namespace else self.row.name


class Actions:
    """They look things up, and push pages on the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.keys: dict[str, Callable[[], object]] = {
            "enter": self._enter,
            "d": self._describe,
            "y": self._yaml,
            "x": self._decoded,
            "l": self._logs,
            "p": partial(self._logs, BEFORE),
            "o": self._node,
            "J": self._owner,
            "z": self._replica_sets,
            "w": self._warp,
            "c": self._copy_name,
            "n": self._copy_namespace,
        }

    # ---- where it leads

    def _enter(self) -> None:
        """Inside: pods of a workload, containers of a pod, logs of a container."""
        row, name = self._row(), self._name()
        if row is None:
            return
        match name:
            case "contexts":
                self._desk.begin(row.name)
            case "aliases":
                self._desk.show(commands.Show(row.name))
            case "namespaces":
                self._desk.show(commands.Show(PODS, row.name))
            case "nodes":
                self._desk.open(PODS, Scope(fields=f"spec.nodeName={row.name}"))
            case "containers":
                self._logs()
            case _ if name == PODS:
                self._with_object(self._contain)
            case _ if name in WORKLOADS:
                self._with_object(self._pods_of)
            case _:
                self._describe()

    def _contain(self, target: Target, whole: Mapping[str, Any]) -> None:
        source = ContainerSource(target.session, target.source, target.row, whole)
        self._desk.push(TablePage(source, scope=target.named))

    def _pods_of(self, target: Target, whole: Mapping[str, Any]) -> None:
        chosen = selector(at(whole, "spec.selector"))
        if chosen:
            self._desk.open(PODS, Scope(namespace=target.row.namespace, labels=chosen))
        else:
            self._desk.message = f"{target.row.name} selects no pods by labels"

    def _node(self) -> None:
        """Of a pod."""
        node = getattr(self._row(), "node", "")
        if node:
            self._desk.open("nodes", Scope(fields=f"metadata.name={node}"))
        else:
            self._desk.message = "a pod that is on a node leads there"

    def _owner(self) -> None:
        row = self._row()
        kind, _, name = getattr(row, "owner", "").partition("/")
        if name:
            self._desk.open(kind, Scope(namespace=row.namespace, fields=f"metadata.name={name}"))
        else:
            self._desk.message = "no owner is known"

    def _replica_sets(self) -> None:
        """Of a deployment."""
        if self._name() != "deployments":
            self._desk.message = "deployments have replica sets"
            return
        self._with_object(self._sets_of)

    def _sets_of(self, target: Target, whole: Mapping[str, Any]) -> None:
        chosen = selector(at(whole, "spec.selector"))
        self._desk.open("replicasets", Scope(namespace=target.row.namespace, labels=chosen))

    def _warp(self) -> None:
        """All tables to the namespace of the row."""
        row = self._row()
        if row is not None and row.namespace:
            self._desk.go(row.namespace)

    def _copy_name(self) -> None:
        self._copy("name")

    def _copy_namespace(self) -> None:
        self._copy("namespace")

    def _copy(self, field: str) -> None:
        text = getattr(self._row(), field, "")
        if text:
            self._desk.copy(text)

    # ---- what it is

    def _describe(self) -> None:
        from perfkit.client.ui.describe import describe

        session = self._desk.session
        if session is not None:
            self._read("Describe", lambda whole: describe(whole, session))

    def _yaml(self) -> None:
        from perfkit.client.ui.describe import yaml

        self._read("YAML", yaml)

    def _decoded(self) -> None:
        """A secret's values."""
        if self._name() == "secrets":
            self._read("Decoded", _decoded)
        else:
            self._desk.message = "secrets are decoded"

    def _read(self, what: str, text: Callable[[dict[str, Any]], str]) -> None:
        """A page of text about the object; the text is made in another thread."""
        target = self._target()
        if target is not None:
            self._desk.ask(
                what.lower(),
                lambda: text(target.session.whole(target.source, target.row)),
                lambda told: self._desk.push(TextPage(f"{what}({target.named})", told)),
            )

    # ---- what it says

    def _logs(self, course: Course = NOW) -> None:
        name = self._name()
        if name in {PODS, "containers"}:
            self._with_object(partial(self._follow, course))
        elif name in WORKLOADS:
            self._with_object(partial(self._follow_all, course))
        else:
            self._desk.message = "logs are those of pods, and of what makes or chooses pods"

    def _follow(self, course: Course, target: Target, whole: Mapping[str, Any]) -> None:
        pod = Logged.of(whole)
        course = msgspec.structs.replace(course, container=target.container or pod.containers[0])
        self._desk.push(LogPage(target.session, target.named, [pod], course))

    def _follow_all(self, course: Course, target: Target, whole: Mapping[str, Any]) -> None:
        """Of all pods that it chooses now."""
        labels = selector(at(whole, "spec.selector"))
        if not labels:
            self._desk.message = f"{target.row.name} selects no pods by labels"
            return
        path = f"/api/v1/namespaces/{target.row.namespace}/pods"

        def question() -> list[Logged]:
            return [Logged.of(pod) for pod in target.session.items(path, labels=labels)]

        def answered(pods: list[Logged]) -> None:
            if not pods:
                self._desk.message = f"{target.row.name} has no pods"
                return
            what = f"{target.source.name} {target.named}"
            chosen = msgspec.structs.replace(course, container=pods[0].containers[0])
            self._desk.push(LogPage(target.session, what, pods, chosen))

        self._desk.ask("list pods", question, answered)

    # ---- what the keys are about

    def _name(self) -> str:
        page = self._desk.page
        return page.source.name if isinstance(page, TablePage) else ""

    def _row(self) -> Any:
        page = self._desk.page
        return page.selected if isinstance(page, TablePage) else None

    def _target(self) -> Target | None:
        """None where there is nothing under the cursor that a cluster knows."""
        page, session = self._desk.page, self._desk.session
        if not isinstance(page, TablePage) or session is None or page.selected is None:
            return None
        source = page.source
        if isinstance(source, ContainerSource):
            return Target(session, source.pods, source.pod, page.selected.name)
        return None if source.name in {"contexts", "aliases"} else Target(session, source, page.selected)

    def _with_object(self, use: Callable[[Target, dict[str, Any]], object]) -> None:
        """Do something with the object under the cursor, once it is here."""
        target = self._target()
        if target is not None:
            question = partial(target.session.whole, target.source, target.row)
            self._desk.ask("read an object", question, partial(use, target))


def _decoded(whole: Mapping[str, Any]) -> str:
    """``key: value`` of a secret; what is no text is told by its size."""
    return "\n".join(f"{key}: {_text(said(each))}" for key, each in sorted(table(whole.get("data")).items()))


def _text(value: str) -> str:
    try:
        data = b64decode(value)
        return data.decode()
    except UnicodeDecodeError:
        return f"({len(data)} bytes)"
    except ValueError:
        return value
