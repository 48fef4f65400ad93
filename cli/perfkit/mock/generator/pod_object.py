"""The pod that all generated pods are: about as large, and as divided, as the API server's own benchmark pod.

Two containers and two init containers, 11 labels, 10 annotations, 20 environment variables, 3 volumes, 5 conditions; a
third of it is managedFields. Slots come in two kinds, those of the workload and those of the pod; ``pods`` fills both.
"""

from __future__ import annotations

from typing import Any

from perfkit.mock.generator.managed import managed_entry
from perfkit.mock.generator.template import slot as s

_POD_NAME = f"{s('workload')}-{s('hash')}-{s('suffix')}"
_REPLICA_SET = f"{s('workload')}-{s('hash')}"
_TOKEN_VOLUME = f"kube-api-access-{s('volume')}"
_CONTAINERS = ("main", "sidecar")
SETTINGS = 4  # different values, but for their ends, of a workload's further variables
_INIT_CONTAINERS = ("init-schema", "init-config")


def pod_object(variables: int = 0) -> dict[str, Any]:
    """The pod as JSON with slots, without kind and apiVersion (a list's items have none).

    ``variables``: environment variables of its first container beside the usual.
    """
    metadata, spec, status = _metadata(), _spec(variables), _status()
    created = {key: metadata[key] for key in ("annotations", "generateName", "labels", "ownerReferences")}
    metadata["managedFields"] = [
        managed_entry("kube-controller-manager", _at("created"), {"metadata": created, "spec": _as_submitted(spec)}),
        managed_entry("kubelet", _at("ready"), {"status": status}, subresource="status"),
    ]
    return {"metadata": metadata, "spec": spec, "status": status}


def pod_template(variables: int = 0) -> dict[str, Any]:
    """The template that a deployment makes such pods from."""
    labels = {name: value for name, value in pod_labels().items() if name != "pod-template-hash"}
    return {"metadata": {"labels": labels}, "spec": _as_submitted(_spec(variables))}


# What admission and the scheduler add; the controller that created the pod does not own it.
_ADDED_LATER = ("nodeName", "preemptionPolicy", "priority", "serviceAccount", "serviceAccountName", "tolerations")


def _as_submitted(spec: dict[str, Any]) -> dict[str, Any]:
    submitted = {key: value for key, value in spec.items() if key not in _ADDED_LATER}
    submitted["volumes"] = _without_token(spec["volumes"])
    for kind in ("initContainers", "containers"):
        submitted[kind] = [_without_token_mount(container) for container in spec[kind]]
    return submitted


def _without_token_mount(container: dict[str, Any]) -> dict[str, Any]:
    mounts = _without_token(container["volumeMounts"])
    rest = {key: value for key, value in container.items() if key != "volumeMounts"}
    return {**rest, "volumeMounts": mounts} if mounts else rest


def _without_token(named: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for item in named if item["name"] != _TOKEN_VOLUME]


def _at(moment: str) -> str:
    return s("hour") + s(moment)


def _metadata() -> dict[str, Any]:
    return {
        "name": _POD_NAME,
        "generateName": f"{_REPLICA_SET}-",
        "namespace": s("namespace"),
        "uid": f"{s('uid_1')}-{s('uid_2')}-4{s('uid_3')}-a{s('uid_4')}-{s('uid_5')}",
        "resourceVersion": s("resource_version"),
        "generation": 1,
        "creationTimestamp": _at("created"),
        "labels": pod_labels(),
        "annotations": {
            "checksum/config": s("config_checksum"),
            "checksum/secret": s("secret_checksum"),
            "cni.projectcalico.org/containerID": s("sandbox_id"),
            "cni.projectcalico.org/podIP": f"{s('pod_ip')}/32",
            "cluster-autoscaler.kubernetes.io/safe-to-evict": "true",
            "kubectl.kubernetes.io/restartedAt": s("restarted_at"),
            "prometheus.io/path": "/metrics",
            "prometheus.io/port": "9102",
            "prometheus.io/scrape": "true",
            "sidecar.istio.io/inject": "false",
        },
        "ownerReferences": [
            {
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "name": _REPLICA_SET,
                "uid": s("owner_uid"),
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ],
    }


def pod_labels() -> dict[str, str]:
    """The labels, which all pods of a workload share."""
    return {
        "app": s("workload"),
        "app.kubernetes.io/component": s("component"),
        "app.kubernetes.io/instance": f"{s('workload')}-{s('stage')}",
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/name": s("workload"),
        "app.kubernetes.io/part-of": s("team"),
        "app.kubernetes.io/version": s("version"),
        "environment": s("stage"),
        "group": s("group"),
        "pod-template-hash": s("hash"),
        "track": s("track"),
    }


def _spec(variables: int) -> dict[str, Any]:
    return {
        "volumes": [
            {"name": "config", "configMap": {"name": s("workload"), "defaultMode": 420}},
            {"name": "secret", "secret": {"secretName": s("workload"), "defaultMode": 420}},
            {"name": _TOKEN_VOLUME, "projected": {"sources": _token_sources(), "defaultMode": 420}},
        ],
        "initContainers": [_init_container(name) for name in _INIT_CONTAINERS],
        "containers": [_container(name, 0 if number else variables) for number, name in enumerate(_CONTAINERS)],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": "default",
        "serviceAccount": "default",
        "nodeName": s("node"),
        "securityContext": {},
        "schedulerName": "default-scheduler",
        "tolerations": [
            {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            for key in ("not-ready", "unreachable")
        ],
        "priority": 0,
        "enableServiceLinks": True,
        "preemptionPolicy": "PreemptLowerPriority",
    }


def _token_sources() -> list[dict[str, Any]]:
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    return [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [namespace]}},
    ]


def _image(container: str) -> str:
    return f"registry.example.com/{s('team')}/{s('workload')}-{container}:{s('version')}"


_CONTAINER_DEFAULTS = {
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "imagePullPolicy": "IfNotPresent",
}


def _token_mount() -> dict[str, Any]:
    return {"name": _TOKEN_VOLUME, "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}


def _init_container(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "image": _image("init"),
        "command": ["/bin/prepare", f"--step={name}", f"--target={s('workload')}"],
        "resources": {},
        "volumeMounts": [_token_mount()],
        **_CONTAINER_DEFAULTS,
    }


def _container(name: str, variables: int) -> dict[str, Any]:
    return {
        "name": name,
        "image": _image(name),
        "env": [*_environment(name), *map(_setting, range(variables))],
        "resources": {"limits": {"memory": s("memory")}, "requests": {"cpu": s("cpu"), "memory": s("memory")}},
        "volumeMounts": [
            {"name": "config", "readOnly": True, "mountPath": f"/etc/{name}/config"},
            {"name": "secret", "readOnly": True, "mountPath": f"/etc/{name}/secret"},
            _token_mount(),
        ],
        **_CONTAINER_DEFAULTS,
    }


def _environment(container: str) -> list[dict[str, Any]]:
    fields = {"POD_NAME": "metadata.name", "POD_IP": "status.podIP", "NODE_NAME": "spec.nodeName"}
    limits = {"GOMAXPROCS": "limits.cpu", "MEMORY_LIMIT": "limits.memory"}
    values = {
        "LOG_LEVEL": "info",
        "DATABASE_URL": f"postgres://{s('database')}.db.internal:5432/{s('team')}",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://otel-{s('team')}.observability:4317",
        "RELEASE": f"{s('version')}+{s('commit')}",
    }
    secret = {"secretKeyRef": {"name": s("workload"), "key": f"{container}-password"}}
    return [
        *({"name": key, "value": value} for key, value in values.items()),
        {"name": "PASSWORD", "valueFrom": secret},
        *(
            {"name": key, "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}}
            for key, path in fields.items()
        ),
        *(
            {
                "name": key,
                "valueFrom": {"resourceFieldRef": {"containerName": container, "resource": path, "divisor": "0"}},
            }
            for key, path in limits.items()
        ),
    ]


def _setting(number: int) -> dict[str, Any]:
    return {"name": f"SETTING_{number:04d}", "value": f"{s(f'setting_{number % SETTINGS}')}-{number}"}


def _status() -> dict[str, Any]:
    moments = {
        "PodReadyToStartContainers": "sandboxed",
        "Initialized": "initialized",
        "Ready": "ready",
        "ContainersReady": "ready",
        "PodScheduled": "scheduled",
    }
    return {
        "observedGeneration": 1,
        "phase": "Running",
        "conditions": [
            {
                "type": condition,
                "observedGeneration": 1,
                "status": "True",
                "lastProbeTime": None,
                "lastTransitionTime": _at(moment),
            }
            for condition, moment in moments.items()
        ],
        "hostIP": s("host_ip"),
        "hostIPs": [{"ip": s("host_ip")}],
        "podIP": s("pod_ip"),
        "podIPs": [{"ip": s("pod_ip")}],
        "startTime": _at("scheduled"),
        "initContainerStatuses": [_finished(number, name) for number, name in enumerate(_INIT_CONTAINERS, 1)],
        "containerStatuses": [_running(number, name) for number, name in enumerate(_CONTAINERS, 1)],
        "qosClass": "Burstable",
    }


def _container_status(name: str, image: str, digest: str, container_id: str) -> dict[str, Any]:
    return {
        "name": name,
        "lastState": {},
        "ready": True,
        "restartCount": 0,
        "image": _image(image),
        "imageID": f"registry.example.com/{s('team')}/{s('workload')}-{image}@sha256:{s(digest)}",
        "containerID": f"containerd://{s(container_id)}",
        "resources": {},
    }


def _finished(number: int, name: str) -> dict[str, Any]:
    state = {
        "terminated": {
            "exitCode": 0,
            "reason": "Completed",
            "startedAt": _at(f"init_{number}_started"),
            "finishedAt": _at(f"init_{number}_finished"),
            "containerID": f"containerd://{s(f'init_{number}_id')}",
        }
    }
    return {**_container_status(name, "init", "digest_init", f"init_{number}_id"), "state": state, "started": False}


def _running(number: int, name: str) -> dict[str, Any]:
    state = {"running": {"startedAt": _at(f"started_{number}")}}
    status = _container_status(name, name, f"digest_{number}", f"container_{number}_id")
    return {**status, "state": state, "started": True}
