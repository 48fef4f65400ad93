"""Nodes: enough for the planned pods."""

from __future__ import annotations

from hashlib import shake_128
from typing import TYPE_CHECKING, Any

from perfkit.mock.generator.collection import Listed, Row
from perfkit.mock.generator.managed import managed_entry
from perfkit.mock.generator.template import Template
from perfkit.mock.generator.template import slot as s
from perfkit.mock.generator.words import uuid
from perfkit.mock.resources.description import Facts
from perfkit.mock.times import format_time

if TYPE_CHECKING:
    from perfkit.mock.generator.workloads import Plan

_HEALTHY = {
    "MemoryPressure": ("False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    "Ready": ("True", "KubeletReady", "kubelet is posting ready status"),
}
_IMAGES = 24  # a kubelet reports up to 50
_DAYS = 90  # age of the oldest node


def node_name(number: int) -> str:
    """The name of a node."""
    return f"node-{number:05d}"


def node_ip(number: int) -> str:
    """The internal address of a node."""
    place = number + 10
    return f"172.{16 + (place >> 16)}.{place >> 8 & 255}.{place & 255}"


def nodes(plan: Plan, seed: int, epoch: int, first_version: int) -> Listed:
    """All nodes of the plan."""
    rows = [_row(number, seed, epoch, first_version + number) for number in range(plan.nodes)]
    return Listed(Template.of(_node_object()), rows)


def _row(number: int, seed: int, epoch: int, version: int) -> Row:
    name = node_name(number)
    text = shake_128(b"node/%d/%d" % (seed, number)).hexdigest(32 + 32 * _IMAGES)
    created = epoch - int(text[:6], 16) % (_DAYS * 86400)
    zone = "abc"[number % 3]
    values = {
        "name": name,
        "zone": zone,
        "uid": uuid(text),
        "resource_version": str(version),
        "created": format_time(created),
        "ready": format_time(created + 21),
        "heartbeat": format_time(epoch - int(text[38:40], 16) % 240),
        "ip": node_ip(number),
        "pod_cidr": f"10.{64 + (number >> 8)}.{number & 255}.0/24",
        "machine_id": text[32:64],
        **{f"digest_{image}": text[64 * image : 64 * image + 64] for image in range(1, _IMAGES)},
    }
    facts = Facts(_labels(name, zone), {"metadata.name": name, "spec.unschedulable": "false"})
    return Row(name, {key: value.encode() for key, value in values.items()}, facts)


def _labels(name: str, zone: str) -> dict[str, str]:
    return {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node-role.kubernetes.io/worker": "",
        "node.kubernetes.io/instance-type": "m6i.2xlarge",
        "topology.kubernetes.io/region": "region-1",
        "topology.kubernetes.io/zone": f"region-1{zone}",
    }


def _node_object() -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "name": s("name"),
        "uid": s("uid"),
        "resourceVersion": s("resource_version"),
        "creationTimestamp": s("created"),
        "labels": _labels(s("name"), s("zone")),
        "annotations": {
            "node.alpha.kubernetes.io/ttl": "0",
            "volumes.kubernetes.io/controller-managed-attach-detach": "true",
        },
    }
    spec = {"podCIDR": s("pod_cidr"), "podCIDRs": [s("pod_cidr")], "providerID": f"mock:///{s('zone')}/{s('name')}"}
    status = _status()
    written = {"metadata": {key: metadata[key] for key in ("annotations", "labels")}, "spec": spec}
    metadata["managedFields"] = [
        managed_entry("kube-controller-manager", s("created"), written),
        managed_entry("kubelet", s("heartbeat"), {"status": status}, subresource="status"),
    ]
    return {"metadata": metadata, "spec": spec, "status": status}


def _status() -> dict[str, Any]:
    capacity = {"cpu": "8", "ephemeral-storage": "104845292Ki", "memory": "32521132Ki", "pods": "110"}
    return {
        "capacity": capacity,
        "allocatable": {**capacity, "cpu": "7910m", "memory": "31482796Ki"},
        "conditions": [
            {
                "type": kind,
                "status": status,
                "lastHeartbeatTime": s("heartbeat"),
                "lastTransitionTime": s("ready"),
                "reason": reason,
                "message": message,
            }
            for kind, (status, reason, message) in _HEALTHY.items()
        ],
        "addresses": [{"type": "InternalIP", "address": s("ip")}, {"type": "Hostname", "address": s("name")}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {
            "machineID": s("machine_id"),
            "systemUUID": s("uid"),
            "bootID": s("uid"),
            "kernelVersion": "6.8.0-1021-generic",
            "osImage": "Ubuntu 24.04.2 LTS",
            "containerRuntimeVersion": "containerd://2.0.4",
            "kubeletVersion": "v1.36.1",
            "kubeProxyVersion": "v1.36.1",
            "operatingSystem": "linux",
            "architecture": "amd64",
        },
        "images": [
            {
                "names": [f"registry.example.com/library/image-{image}@sha256:{s(f'digest_{image}')}"],
                "sizeBytes": 400_000_000 - 9_000_001 * image,
            }
            for image in range(1, _IMAGES)
        ],
    }
