"""What leads to the pods of workloads: services, endpoints, their slices, ingresses."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from perfkit.mock.generator.per_workload import PerWorkload, name_of, pod_reference, scaled, served
from perfkit.mock.resources.networking import ENDPOINT_SLICES, ENDPOINTS, INGRESSES, SERVICES

if TYPE_CHECKING:
    from perfkit.mock.generator.collection import Collection
    from perfkit.mock.generator.workloads import Workload

_SLICE = 100  # endpoints an EndpointSlice holds at most
_PORT = {"name": "http", "port": 8080, "protocol": "TCP"}


class Frontends(PerWorkload):
    """Of every second workload; ingresses of every tenth."""

    def services(self) -> Collection:
        """Service by service, each with an address of its own."""
        return self._of(SERVICES, served, name_of, self._service)

    def endpoints(self) -> Collection:
        """The addresses of each service's pods that are ready."""
        return self._of(ENDPOINTS, served, name_of, self._endpoints)

    def ingresses(self) -> Collection:
        """A host name each."""
        return self._of(INGRESSES, scaled, name_of, self._ingress)

    def endpoint_slices(self) -> Collection:
        """As many of a service as its pods need."""
        count = sum(_slices_of(workload) for workload in self._plan.workloads if served(workload))
        owned = self._slices_of_services
        return self._maker.collection(ENDPOINT_SLICES, count, self._slice_keys, self._slice, owned)

    def _slices_of_services(self) -> dict[str, list[str]]:
        owned: dict[str, list[str]] = {}
        for key, index, _ in self._slices:
            owned.setdefault(self._owner(SERVICES, index)["uid"], []).append(key)
        return owned

    def _slice_keys(self) -> dict[str, int]:
        return {key: number for number, (key, _, _) in enumerate(self._slices)}

    def _service(self, index: int) -> dict[str, Any]:
        text = self._maker.text("address", str(index))
        address = f"10.{96 + int(text[0], 16)}.{int(text[1:3], 16)}.{1 + int(text[3:5], 16) % 254}"
        return {
            "metadata": {"labels": self._labels(index), "creationTimestamp": self._created(index)},
            "spec": {
                "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}],
                "selector": {"app": self._plan.workloads[index].name},
                "clusterIP": address,
                "clusterIPs": [address],
                "type": "ClusterIP",
                "sessionAffinity": "None",
                "ipFamilies": ["IPv4"],
                "ipFamilyPolicy": "SingleStack",
                "internalTrafficPolicy": "Cluster",
            },
            "status": {"loadBalancer": {}},
        }

    def _endpoints(self, index: int) -> dict[str, Any]:
        namespace = self._plan.workloads[index].namespace
        addresses = [
            {"ip": address, "nodeName": node, "targetRef": pod_reference(namespace, name, uid)}
            for name, uid, address, node in self._pods.serving(index)
        ]
        subsets = [{"addresses": addresses, "ports": [_PORT]}] if addresses else []
        return {"metadata": {"labels": self._labels(index)}, "subsets": subsets}

    @cached_property
    def _slices(self) -> list[tuple[str, int, int]]:
        """Key, workload and number of each slice: a service has as many as its pods need."""
        return [
            (f"{workload.namespace}/{workload.name}-{self._maker.text('slice', f'{index}/{part}')[:5]}", index, part)
            for index in self._indices(served)
            for workload in (self._plan.workloads[index],)
            for part in range(_slices_of(workload))
        ]

    def _slice(self, number: int) -> dict[str, Any]:
        _, index, part = self._slices[number]
        workload = self._plan.workloads[index]
        running = list(self._pods.serving(index))[part * _SLICE : (part + 1) * _SLICE]
        labels = {
            "kubernetes.io/service-name": workload.name,
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        }
        return {
            "metadata": {"labels": labels, "ownerReferences": [self._owner(SERVICES, index)]},
            "addressType": "IPv4",
            "endpoints": [
                {
                    "addresses": [address],
                    "conditions": {"ready": True, "serving": True, "terminating": False},
                    "targetRef": pod_reference(workload.namespace, name, uid),
                    "nodeName": node,
                }
                for name, uid, address, node in running
            ],
            "ports": [_PORT],
        }

    def _ingress(self, index: int) -> dict[str, Any]:
        workload = self._plan.workloads[index]
        backend = {"service": {"name": workload.name, "port": {"number": 80}}}
        path = {"path": "/", "pathType": "Prefix", "backend": backend}
        rule = {"host": f"{workload.name}.{workload.namespace}.example.com", "http": {"paths": [path]}}
        return {
            "metadata": {"labels": self._labels(index)},
            "spec": {"ingressClassName": "nginx", "rules": [rule]},
            "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.10"}]}},
        }


def _slices_of(workload: Workload) -> int:
    return -(-workload.replicas // _SLICE)
