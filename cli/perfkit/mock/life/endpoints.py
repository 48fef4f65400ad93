"""Endpoints and endpoint slices: the addresses of the pods that a service selects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.generator.words import safe_text
from perfkit.mock.life.hands import owner_of
from perfkit.mock.resources.networking import ENDPOINT_SLICES, ENDPOINTS, SERVICES
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.rules import find
from perfkit.mock.writes.metadata import digest

if TYPE_CHECKING:
    from perfkit.mock.life.hands import Hands
    from perfkit.mock.life.views import View, Views

NAME = "services"
_SLICE = 100  # endpoints that a slice holds at most
_MOST = 1000  # addresses that an Endpoints object holds at most
_OF_SERVICE = "kubernetes.io/service-name"
_MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
_MANAGER = "endpointslice-controller.k8s.io"


class Services:
    """The controllers of endpoints and endpoint slices."""

    def __init__(self, hands: Hands, views: Views) -> None:
        self._hands = hands
        self._views = views

    def sync(self, key: str) -> None:
        """Bring a service's endpoints up to date; one that selects nothing has its endpoints from somebody else."""
        service = self._hands.read(SERVICES, key)
        selector = find(service, "spec.selector")
        if service is None or not selector or find(service, "spec.type") == "ExternalName":
            return
        keys = self._hands.selected_pods(service["metadata"]["namespace"], {"matchLabels": selector})
        found = [view for each in keys if (view := self._views.of(each)) is not None]
        pods = [pod for pod in found if pod.status.pod_ip and not pod.ended]
        self._write_endpoints(service, key, pods)
        self._write_slices(service, pods)

    def _write_endpoints(self, service: dict[str, Any], key: str, pods: list[View]) -> None:
        ports = self._ports(service, pods)
        addresses = {
            name: [_address(pod) for pod in pods if pod.ready == ready and not pod.going][:_MOST]
            for name, ready in (("addresses", True), ("notReadyAddresses", False))
        }
        subset = {**{name: found for name, found in addresses.items() if found}, "ports": ports}
        subsets = [subset] if len(subset) > 1 else []
        present = self._hands.read(ENDPOINTS, key)
        labels = service["metadata"].get("labels") or {}
        if present is None:
            metadata = service["metadata"]
            made = {
                "name": metadata["name"],
                "namespace": metadata["namespace"],
                **({"labels": labels} if labels else {}),
            }
            self._hands.create(ENDPOINTS, {"metadata": made, **({"subsets": subsets} if subsets else {})})
        elif (present.get("subsets") or []) != subsets:
            rest = {name: value for name, value in present.items() if name != "subsets"}
            self._hands.write(ENDPOINTS, {**rest, **({"subsets": subsets} if subsets else {})})

    def _write_slices(self, service: dict[str, Any], pods: list[View]) -> None:
        """Spread the endpoints over the slices there are, in order; make more, or delete those left over."""
        present = sorted(
            self._hands.owned(ENDPOINT_SLICES, service["metadata"]["uid"]), key=lambda found: found["metadata"]["name"]
        )
        ports = self._ports(service, pods)
        endpoints = [_endpoint(pod) for pod in pods]
        parts = [endpoints[at : at + _SLICE] for at in range(0, len(endpoints), _SLICE)] or [[]]
        for number, part in enumerate(parts):
            if number < len(present):
                self._update_slice(present[number], part, ports)
            else:
                self._make_slice(service, part, ports)
        for found in present[len(parts) :]:
            self._hands.delete(ENDPOINT_SLICES, f"{found['metadata']['namespace']}/{found['metadata']['name']}")

    def _update_slice(self, found: dict[str, Any], part: list[dict[str, Any]], ports: list[dict[str, Any]]) -> None:
        if found.get("endpoints") != part or (part and found.get("ports") != ports):
            generation = found["metadata"].get("generation", 1) + 1
            metadata = {**found["metadata"], "generation": generation}
            self._hands.write(ENDPOINT_SLICES, {**found, "metadata": metadata, "endpoints": part, "ports": ports})

    def _make_slice(self, service: dict[str, Any], part: list[dict[str, Any]], ports: list[dict[str, Any]]) -> None:
        metadata = service["metadata"]
        prefix = f"{metadata['name']}-"
        random = digest(self._hands.store, "slice", metadata["uid"])
        labels = {**(metadata.get("labels") or {}), _OF_SERVICE: metadata["name"], _MANAGED_BY: _MANAGER}
        made = {
            "metadata": {
                "name": prefix + safe_text(random[:5]),
                "generateName": prefix,
                "namespace": metadata["namespace"],
                "labels": labels,
                "ownerReferences": [owner_of(service, SERVICES)],
            },
            "addressType": "IPv4",
            "endpoints": part,
            "ports": ports,
        }
        self._hands.create(ENDPOINT_SLICES, made)

    def _ports(self, service: dict[str, Any], pods: list[View]) -> list[dict[str, Any]]:
        """The service's ports as the pods have them; a port named in a pod's spec is looked up there."""
        found = []
        for port in find(service, "spec.ports", ()):
            target = port.get("targetPort", port["port"])
            number = target if isinstance(target, int) else self._named_port(str(target), pods)
            if number:
                name = {"name": port["name"]} if port.get("name") else {}
                found.append({**name, "port": number, "protocol": port.get("protocol", "TCP")})
        return found

    def _named_port(self, name: str, pods: list[View]) -> int:
        pod = self._hands.read(PODS, pods[0].key) if pods else None
        for container in find(pod, "spec.containers", ()):
            for port in container.get("ports") or ():
                if port.get("name") == name:
                    return int(port["containerPort"])
        return int(name) if name.isdigit() else 0


def _reference(pod: View) -> dict[str, str]:
    metadata = pod.metadata
    return {"kind": "Pod", "namespace": metadata.namespace, "name": metadata.name, "uid": metadata.uid}


def _address(pod: View) -> dict[str, Any]:
    return {"ip": pod.status.pod_ip, "nodeName": pod.spec.node_name, "targetRef": _reference(pod)}


def _endpoint(pod: View) -> dict[str, Any]:
    return {
        "addresses": [pod.status.pod_ip],
        "conditions": {"ready": pod.ready and not pod.going, "serving": pod.ready, "terminating": pod.going},
        "targetRef": _reference(pod),
        "nodeName": pod.spec.node_name,
    }
