"""What everything that comes with a workload has of it: names, labels, age, owner; and which workload has what."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.mock.generator.collection import Collection
    from perfkit.mock.generator.maker import Maker
    from perfkit.mock.generator.pods import Pods
    from perfkit.mock.generator.workloads import Plan, Workload
    from perfkit.mock.resources.description import Resource


class PerWorkload:
    """Makes objects of a plan's workloads, each known by its index in the plan."""

    def __init__(self, plan: Plan, pods: Pods, maker: Maker) -> None:
        self._plan = plan
        self._pods = pods
        self._maker = maker

    def _of(
        self,
        resource: Resource,
        chosen: Callable[[Workload], bool],
        name: Callable[[Workload], str],
        build: Callable[[int], dict[str, Any]],
    ) -> Collection:
        """One object of each chosen workload."""
        return self._maker.collection(resource, self._count(chosen), partial(self._keys, chosen, name), build)

    def _indices(self, chosen: Callable[[Workload], bool]) -> list[int]:
        return [index for index, workload in enumerate(self._plan.workloads) if chosen(workload)]

    def _count(self, chosen: Callable[[Workload], bool]) -> int:
        return sum(map(chosen, self._plan.workloads))

    def _keys(self, chosen: Callable[[Workload], bool], name: Callable[[Workload], str]) -> dict[str, int]:
        workloads = self._plan.workloads
        return {f"{workloads[index].namespace}/{name(workloads[index])}": index for index in self._indices(chosen)}

    def _values(self, index: int) -> dict[str, str]:
        values = self._pods.workload_values(self._plan.workloads[index])
        return {name: value.decode() for name, value in values.items()}

    def _created(self, index: int) -> str:
        return self._values(index)["hour"] + "00:00Z"

    def _labels(self, index: int) -> dict[str, str]:
        return {name: text for name, text in self._pods.labels(index).items() if name != "pod-template-hash"}

    def _owner(self, resource: Resource, index: int) -> dict[str, Any]:
        workload = self._plan.workloads[index]
        return {
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "name": workload.name,
            "uid": self._maker.uid(resource, f"{workload.namespace}/{workload.name}"),
            "controller": True,
            "blockOwnerDeletion": True,
        }


def pod_reference(namespace: str, name: str, uid: str) -> dict[str, str]:
    """As endpoints and slices refer to a pod."""
    return {"kind": "Pod", "namespace": namespace, "name": name, "uid": uid}


def name_of(workload: Workload) -> str:
    """That of what is called like its workload."""
    return workload.name


def every(_: Workload) -> bool:
    """Whether it has a deployment, configuration, an event: each has."""
    return True


def served(workload: Workload) -> bool:
    """Whether it has a service."""
    return workload.number % 2 == 0


def guarded(workload: Workload) -> bool:
    """Whether it has a disruption budget."""
    return workload.number % 5 == 1


def scaled(workload: Workload) -> bool:
    """Whether it has an autoscaler, and an ingress."""
    return workload.number % 10 == 0


def stored(workload: Workload) -> bool:
    """Whether it has a volume."""
    return workload.number % 8 == 0
