"""What comes with workloads: deployments and replica sets that own the pods, services, configuration, volumes, events.

Which workload has what goes by its number, so that half of them have a service, some a disruption budget, and so on.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.generator.claims import Claims
from perfkit.mock.generator.frontends import Frontends
from perfkit.mock.generator.managed import managed_entry
from perfkit.mock.generator.per_workload import PerWorkload, every, guarded, name_of, scaled
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
    from perfkit.mock.generator.collection import Collection
    from perfkit.mock.generator.maker import Maker
    from perfkit.mock.generator.pods import Pods
    from perfkit.mock.generator.workloads import Plan, Workload

CERTIFICATE = (
    "-----BEGIN CERTIFICATE-----\nperfkit simulates this cluster: there is no authority\n-----END CERTIFICATE-----\n"
)
_SHARED = -1  # stands for the index of the config maps that belong to no workload
_TEXT = 600  # characters of a config map's file


class Companions(PerWorkload):
    """Everything that goes with the workloads of a plan."""

    def __init__(self, plan: Plan, pods: Pods, maker: Maker) -> None:
        super().__init__(plan, pods, maker)
        self._template = Template.of(pod_template(plan.variables))

    def collections(self) -> dict[str, Collection]:
        """One collection a resource, by its qualified name; the order decides their resource versions."""
        frontends = Frontends(self._plan, self._pods, self._maker)
        claims = Claims(self._plan, self._pods, self._maker)
        return {
            DEPLOYMENTS.qualified: self._of(DEPLOYMENTS, every, name_of, self._deployment),
            SECRETS.qualified: self._of(SECRETS, every, name_of, self._secret),
            SERVICES.qualified: frontends.services(),
            ENDPOINTS.qualified: frontends.endpoints(),
            POD_DISRUPTION_BUDGETS.qualified: self._of(POD_DISRUPTION_BUDGETS, guarded, name_of, self._budget),
            HORIZONTAL_POD_AUTOSCALERS.qualified: self._of(
                HORIZONTAL_POD_AUTOSCALERS, scaled, name_of, self._autoscaler
            ),
            INGRESSES.qualified: frontends.ingresses(),
            PERSISTENT_VOLUME_CLAIMS.qualified: claims.claims(),
            EVENTS.qualified: self._of(EVENTS, every, self._event_name, self._event),
            CONFIG_MAPS.qualified: self._config_maps(),
            REPLICA_SETS.qualified: self._replica_sets(),
            PERSISTENT_VOLUMES.qualified: claims.volumes(),
            ENDPOINT_SLICES.qualified: frontends.endpoint_slices(),
        }

    def _config_maps(self) -> Collection:
        shared = {f"{space}/kube-root-ca.crt": _SHARED for space in self._plan.namespaces}
        count = len(shared) + self._count(every)
        return self._maker.collection(
            CONFIG_MAPS, count, lambda: {**self._keys(every, name_of), **shared}, self._config_map
        )

    def _replica_sets(self) -> Collection:
        keys = partial(self._keys, every, _replica_set)
        owned = self._replica_sets_of_deployments
        return self._maker.collection(REPLICA_SETS, self._count(every), keys, self._replica_set, owned)

    def _pod_template(self, index: int) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(
            self._template.render(self._pods.workload_values(self._plan.workloads[index]))
        )
        return found

    def _deployment(self, index: int) -> dict[str, Any]:
        workload, created = self._plan.workloads[index], self._created(index)
        count, ready, template = workload.replicas, self._pods.ready(index), self._pod_template(index)
        template["spec"].pop("nodeName", None)
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
            "conditions": _deployment_conditions(workload, ready, created),
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

    def _replica_sets_of_deployments(self) -> dict[str, list[str]]:
        return {
            self._owner(DEPLOYMENTS, index)["uid"]: [f"{workload.namespace}/{_replica_set(workload)}"]
            for index, workload in enumerate(self._plan.workloads)
        }

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


def _deployment_conditions(workload: Workload, ready: int, created: str) -> list[dict[str, str]]:
    enough = ready >= workload.replicas - workload.replicas // 4
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
    return [
        {
            "type": kind,
            "status": holds,
            "lastUpdateTime": created,
            "lastTransitionTime": created,
            "reason": reason,
            "message": message,
        }
        for kind, holds, reason, message in conditions
    ]


def _replica_set(workload: Workload) -> str:
    return f"{workload.name}-{workload.pod_hash}"
