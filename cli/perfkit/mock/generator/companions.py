"""What comes with workloads: deployments and replica sets that own the pods, services, configuration, volumes, events.

Which workload has what goes by its number, so that half of them have a service, some a disruption budget, and so on.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.generator.managed import managed_entry
from perfkit.mock.generator.pod_object import pod_template
from perfkit.mock.generator.template import Template
from perfkit.mock.resources.autoscaling import HORIZONTAL_POD_AUTOSCALERS, POD_DISRUPTION_BUDGETS
from perfkit.mock.resources.configuration import CONFIG_MAPS, SECRETS
from perfkit.mock.resources.events import EVENTS
from perfkit.mock.resources.networking import ENDPOINT_SLICES, ENDPOINTS, INGRESSES, SERVICES
from perfkit.mock.resources.volumes import PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES
from perfkit.mock.resources.workloads import DEPLOYMENTS, REPLICA_SETS
from perfkit.mock.times import format_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.mock.generator.collection import Collection
    from perfkit.mock.generator.maker import Maker
    from perfkit.mock.generator.pods import Pods
    from perfkit.mock.generator.workloads import Plan, Workload

CERTIFICATE = (
    "-----BEGIN CERTIFICATE-----\nperfkit simulates this cluster: there is no authority\n-----END CERTIFICATE-----\n"
)
_SHARED = -1  # stands for the index of the config maps that belong to no workload
_SLICE = 100  # endpoints an EndpointSlice holds at most
_PORT = {"name": "http", "port": 8080, "protocol": "TCP"}
_TEXT = 600  # characters of a config map's file


class Companions:
    """Everything that goes with the workloads of a plan."""

    def __init__(self, plan: Plan, pods: Pods, maker: Maker) -> None:
        self._plan = plan
        self._pods = pods
        self._maker = maker
        self._template = Template.of(pod_template(plan.variables))

    def collections(self) -> dict[str, Collection]:
        """One collection a resource, by its qualified name."""
        made: dict[str, Collection] = {}
        for resource, chosen, name, build in (
            (DEPLOYMENTS, _all, _name, self._deployment),
            (SECRETS, _all, _name, self._secret),
            (SERVICES, _served, _name, self._service),
            (ENDPOINTS, _served, _name, self._endpoints),
            (POD_DISRUPTION_BUDGETS, _guarded, _name, self._budget),
            (HORIZONTAL_POD_AUTOSCALERS, _scaled, _name, self._autoscaler),
            (INGRESSES, _scaled, _name, self._ingress),
            (PERSISTENT_VOLUME_CLAIMS, _stored, _claim, self._volume_claim),
            (EVENTS, _all, self._event_name, self._event),
        ):
            keys = partial(self._keys, chosen, name)
            made[resource.qualified] = self._maker.collection(resource, self._count(chosen), keys, build)
        made[CONFIG_MAPS.qualified] = self._config_maps()
        made[REPLICA_SETS.qualified] = self._replica_sets()
        made[PERSISTENT_VOLUMES.qualified] = self._volumes()
        made[ENDPOINT_SLICES.qualified] = self._endpoint_slices()
        return made

    def _config_maps(self) -> Collection:
        shared = {f"{space}/kube-root-ca.crt": _SHARED for space in self._plan.namespaces}
        count = len(shared) + self._count(_all)
        return self._maker.collection(
            CONFIG_MAPS, count, lambda: {**self._keys(_all, _name), **shared}, self._config_map
        )

    def _replica_sets(self) -> Collection:
        keys = partial(self._keys, _all, _replica_set)
        owned = self._replica_sets_of_deployments
        return self._maker.collection(REPLICA_SETS, self._count(_all), keys, self._replica_set, owned)

    def _volumes(self) -> Collection:
        count = self._count(_stored)
        return self._maker.collection(PERSISTENT_VOLUMES, count, self._volume_names, self._volume)

    def _endpoint_slices(self) -> Collection:
        count = sum(_slices_of(workload) for workload in self._plan.workloads if _served(workload))
        owned = self._slices_of_services
        return self._maker.collection(ENDPOINT_SLICES, count, self._slice_keys, self._slice, owned)

    def _indices(self, chosen: Callable[[Workload], bool]) -> list[int]:
        return [index for index, workload in enumerate(self._plan.workloads) if chosen(workload)]

    def _count(self, chosen: Callable[[Workload], bool]) -> int:
        return sum(map(chosen, self._plan.workloads))

    def _keys(self, chosen: Callable[[Workload], bool], name: Callable[[Workload], str]) -> dict[str, int]:
        workloads = self._plan.workloads
        return {f"{workloads[index].namespace}/{name(workloads[index])}": index for index in self._indices(chosen)}

    def _volume_names(self) -> dict[str, int]:
        return {self._volume_name(index): index for index in self._indices(_stored)}

    def _slice_keys(self) -> dict[str, int]:
        return {key: number for number, (key, _, _) in enumerate(self._slices)}

    def _values(self, index: int) -> dict[str, str]:
        values = self._pods.workload_values(self._plan.workloads[index])
        return {name: value.decode() for name, value in values.items()}

    def _created(self, index: int) -> str:
        return self._values(index)["hour"] + "00:00Z"

    def _pod_template(self, index: int) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(
            self._template.render(self._pods.workload_values(self._plan.workloads[index]))
        )
        return found

    def _labels(self, index: int) -> dict[str, str]:
        return {name: text for name, text in self._pods.labels(index).items() if name != "pod-template-hash"}

    def _deployment(self, index: int) -> dict[str, Any]:
        workload, created = self._plan.workloads[index], self._created(index)
        count, ready, template = workload.replicas, self._pods.ready(index), self._pod_template(index)
        template["spec"].pop("nodeName", None)
        enough = ready >= count - count // 4
        conditions = (
            (
                "Available",
                str(enough),
                "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
                f"Deployment {'has' if enough else 'does not have'} minimum availability.",
            ),
            (
                "Progressing",
                "True",
                "NewReplicaSetAvailable",
                f'ReplicaSet "{_replica_set(workload)}" has successfully progressed.',
            ),
        )
        spec = {
            "replicas": count,
            "selector": {"matchLabels": {"app": workload.name}},
            "template": template,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
        }
        status = {
            "observedGeneration": 1,
            "replicas": count,
            "updatedReplicas": count,
            "readyReplicas": ready,
            "availableReplicas": ready,
            **({"unavailableReplicas": count - ready} if ready < count else {}),
            "conditions": [
                {
                    "type": kind,
                    "status": holds,
                    "lastUpdateTime": created,
                    "lastTransitionTime": created,
                    "reason": reason,
                    "message": message,
                }
                for kind, holds, reason, message in conditions
            ],
        }
        metadata: dict[str, Any] = {
            "creationTimestamp": created,
            "labels": self._labels(index),
            "annotations": {"deployment.kubernetes.io/revision": "1"},
        }
        written = {"metadata": {"labels": metadata["labels"]}, "spec": spec}
        metadata["managedFields"] = [
            managed_entry("helm", created, written, api_version="apps/v1"),
            managed_entry("kube-controller-manager", created, {"status": status}, "status", "apps/v1"),
        ]
        return {"metadata": metadata, "spec": spec, "status": status}

    def _replica_set(self, index: int) -> dict[str, Any]:
        workload, template = self._plan.workloads[index], self._pod_template(index)
        labels = {**self._labels(index), "pod-template-hash": workload.pod_hash}
        template["metadata"]["labels"] = labels
        count, ready = workload.replicas, self._pods.ready(index)
        chosen = {"app": workload.name, "pod-template-hash": workload.pod_hash}
        return {
            "metadata": {
                "uid": self._pods.owner(index),
                "creationTimestamp": self._created(index),
                "labels": labels,
                "annotations": {"deployment.kubernetes.io/revision": "1"},
                "ownerReferences": [self._owner(DEPLOYMENTS, index)],
            },
            "spec": {"replicas": count, "selector": {"matchLabels": chosen}, "template": template},
            "status": {
                "replicas": count,
                "fullyLabeledReplicas": count,
                "readyReplicas": ready,
                "availableReplicas": ready,
                "observedGeneration": 1,
            },
        }

    def _owner(self, resource: Any, index: int) -> dict[str, Any]:
        workload = self._plan.workloads[index]
        return {
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "name": workload.name,
            "uid": self._maker.uid(resource, f"{workload.namespace}/{workload.name}"),
            "controller": True,
            "blockOwnerDeletion": True,
        }

    def _replica_sets_of_deployments(self) -> dict[str, list[str]]:
        return {
            self._owner(DEPLOYMENTS, index)["uid"]: [f"{workload.namespace}/{_replica_set(workload)}"]
            for index, workload in enumerate(self._plan.workloads)
        }

    def _slices_of_services(self) -> dict[str, list[str]]:
        owned: dict[str, list[str]] = {}
        for key, index, _ in self._slices:
            owned.setdefault(self._owner(SERVICES, index)["uid"], []).append(key)
        return owned

    def _config_map(self, index: int) -> dict[str, Any]:
        if index == _SHARED:
            return {"data": {"ca.crt": CERTIFICATE}}
        text = self._maker.text("config", str(index))
        settings = "".join(f"{text[at : at + 4]}.enabled: true\n" for at in range(0, 60, 4))
        data = {"application.yaml": settings[:_TEXT], "LOG_LEVEL": "info"}
        return {"metadata": {"labels": self._labels(index)}, "data": data}

    def _secret(self, index: int) -> dict[str, Any]:
        text = self._maker.text("secret", str(index))
        data = {f"{name}-password": text[at : at + 32] for at, name in ((0, "main"), (32, "sidecar"))}
        return {"metadata": {"labels": self._labels(index)}, "type": "Opaque", "data": data}

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
            {"ip": address, "nodeName": node, "targetRef": _pod_reference(namespace, name, uid)}
            for name, uid, address, node in self._pods.serving(index)
        ]
        subsets = [{"addresses": addresses, "ports": [_PORT]}] if addresses else []
        return {"metadata": {"labels": self._labels(index)}, "subsets": subsets}

    @cached_property
    def _slices(self) -> list[tuple[str, int, int]]:
        """Key, workload and number of each slice: a service has as many as its pods need."""
        return [
            (f"{workload.namespace}/{workload.name}-{self._maker.text('slice', f'{index}/{part}')[:5]}", index, part)
            for index in self._indices(_served)
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
                    "targetRef": _pod_reference(workload.namespace, name, uid),
                    "nodeName": node,
                }
                for name, uid, address, node in running
            ],
            "ports": [_PORT],
        }

    def _budget(self, index: int) -> dict[str, Any]:
        workload = self._plan.workloads[index]
        count, spare, ready = workload.replicas, max(1, workload.replicas // 4), self._pods.ready(index)
        return {
            "metadata": {"labels": self._labels(index)},
            "spec": {"maxUnavailable": "25%", "selector": {"matchLabels": {"app": workload.name}}},
            "status": {
                "currentHealthy": ready,
                "desiredHealthy": count - spare,
                "disruptionsAllowed": max(0, ready - count + spare),
                "expectedPods": count,
                "observedGeneration": 1,
            },
        }

    def _autoscaler(self, index: int) -> dict[str, Any]:
        workload = self._plan.workloads[index]
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": workload.name}
        cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}
        used = {"name": "cpu", "current": {"averageUtilization": 37, "averageValue": "92m"}}
        return {
            "metadata": {"labels": self._labels(index)},
            "spec": {
                "scaleTargetRef": target,
                "minReplicas": 1,
                "maxReplicas": workload.replicas * 2,
                "metrics": [{"type": "Resource", "resource": cpu}],
            },
            "status": {
                "currentReplicas": workload.replicas,
                "desiredReplicas": workload.replicas,
                "currentMetrics": [{"type": "Resource", "resource": used}],
                "conditions": [],
            },
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

    def _volume_name(self, index: int) -> str:
        workload = self._plan.workloads[index]
        uid = self._maker.uid(PERSISTENT_VOLUME_CLAIMS, f"{workload.namespace}/{_claim(workload)}")
        return f"pvc-{uid}"

    def _volume_claim(self, index: int) -> dict[str, Any]:
        size = {"storage": "10Gi"}
        return {
            "metadata": {"labels": self._labels(index), "finalizers": ["kubernetes.io/pvc-protection"]},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": size},
                "volumeName": self._volume_name(index),
                "storageClassName": "standard",
                "volumeMode": "Filesystem",
            },
            "status": {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": size},
        }

    def _volume(self, index: int) -> dict[str, Any]:
        workload = self._plan.workloads[index]
        claim = {
            "kind": "PersistentVolumeClaim",
            "apiVersion": "v1",
            "namespace": workload.namespace,
            "name": _claim(workload),
        }
        return {
            "spec": {
                "capacity": {"storage": "10Gi"},
                "csi": {"driver": "csi.example.com", "volumeHandle": self._volume_name(index)},
                "accessModes": ["ReadWriteOnce"],
                "claimRef": claim,
                "persistentVolumeReclaimPolicy": "Delete",
                "storageClassName": "standard",
                "volumeMode": "Filesystem",
            },
            "status": {"phase": "Bound"},
        }

    def _event_name(self, workload: Workload) -> str:
        return f"{workload.name}.{self._maker.text('event', str(workload.number))[:16]}"

    def _event(self, index: int) -> dict[str, Any]:
        workload = self._plan.workloads[index]
        seconds = int(self._maker.text("event", str(workload.number))[:4], 16) % 3000
        moment = format_time(self._maker.epoch - seconds)
        return {
            "metadata": {"creationTimestamp": moment},
            "involvedObject": {
                "kind": "ReplicaSet",
                "namespace": workload.namespace,
                "name": _replica_set(workload),
                "uid": self._pods.owner(index),
                "apiVersion": "apps/v1",
            },
            "reason": "SuccessfulCreate",
            "message": f"Created pod: {next(self._pods.members(index))[0]}",
            "source": {"component": "replicaset-controller"},
            "firstTimestamp": moment,
            "lastTimestamp": moment,
            "count": 1,
            "type": "Normal",
            "eventTime": None,
            "reportingComponent": "replicaset-controller",
            "reportingInstance": "",
        }


def _pod_reference(namespace: str, name: str, uid: str) -> dict[str, str]:
    return {"kind": "Pod", "namespace": namespace, "name": name, "uid": uid}


def _name(workload: Workload) -> str:
    return workload.name


def _replica_set(workload: Workload) -> str:
    return f"{workload.name}-{workload.pod_hash}"


def _claim(workload: Workload) -> str:
    return f"data-{workload.name}"


def _slices_of(workload: Workload) -> int:
    return -(-workload.replicas // _SLICE)


def _all(_: Workload) -> bool:
    return True


def _served(workload: Workload) -> bool:
    return workload.number % 2 == 0


def _guarded(workload: Workload) -> bool:
    return workload.number % 5 == 1


def _scaled(workload: Workload) -> bool:
    return workload.number % 10 == 0


def _stored(workload: Workload) -> bool:
    return workload.number % 8 == 0
