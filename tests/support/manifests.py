"""A small object of every resource that a client can create, and where."""

from __future__ import annotations

from typing import Any

from perfkit.mock.resources.registry import RESOURCES

_TEMPLATE: dict[str, Any] = {
    "metadata": {"labels": {"app": "x"}},
    "spec": {"containers": [{"name": "c", "image": "i"}]},
}
_ONCE = {**_TEMPLATE, "spec": {**_TEMPLATE["spec"], "restartPolicy": "Never"}}
_CONTROLLER = {"spec": {"selector": {"matchLabels": {"app": "x"}}, "template": _TEMPLATE}}
_ROLE_REF = {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}}

DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"]},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "properties": {
                                    "size": {"type": "integer", "minimum": 1},
                                    "color": {"type": "string", "default": "red"},
                                },
                            },
                            "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                        },
                    }
                },
                "subresources": {
                    "status": {},
                    "scale": {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"},
                },
                "additionalPrinterColumns": [
                    {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
                    {"name": "Ready", "type": "string", "jsonPath": '.status.conditions[?(@.type=="Ready")].status'},
                    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
                ],
            }
        ],
    },
}

SPECS: dict[str, dict[str, Any]] = {
    "configmaps": {"data": {"a": "b"}},
    "endpoints": {"subsets": []},
    "events": {"involvedObject": {"kind": "Pod", "namespace": "default", "name": "p"}, "reason": "R", "message": "m"},
    "events.events.k8s.io": {
        "regarding": {"kind": "Pod", "namespace": "default", "name": "p"},
        "eventTime": "2026-01-15T09:30:00.000000Z",
        "reason": "R",
        "note": "n",
        "type": "Normal",
        "action": "A",
        "reportingController": "example.com/me",
        "reportingInstance": "me-1",
    },
    "namespaces": {},
    "nodes": {},
    "persistentvolumeclaims": {
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    },
    "persistentvolumes": {
        "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/x"}}
    },
    "pods": {"spec": {"containers": [{"name": "c", "image": "i"}]}},
    "secrets": {"stringData": {"a": "b"}},
    "serviceaccounts": {},
    "services": {"spec": {"selector": {"app": "x"}, "ports": [{"port": 80}]}},
    "customresourcedefinitions.apiextensions.k8s.io": {"spec": DEFINITION["spec"]},
    "daemonsets.apps": _CONTROLLER,
    "deployments.apps": _CONTROLLER,
    "replicasets.apps": _CONTROLLER,
    "statefulsets.apps": {"spec": {**_CONTROLLER["spec"], "serviceName": "x"}},
    "horizontalpodautoscalers.autoscaling": {
        "spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}}
    },
    "cronjobs.batch": {"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": _ONCE}}}},
    "jobs.batch": {"spec": {"template": _ONCE}},
    "leases.coordination.k8s.io": {"spec": {"holderIdentity": "me"}},
    "endpointslices.discovery.k8s.io": {"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}]},
    "ingresses.networking.k8s.io": {
        "spec": {"defaultBackend": {"service": {"name": "x", "port": {"number": 80}}}},
    },
    "networkpolicies.networking.k8s.io": {"spec": {"podSelector": {}}},
    "poddisruptionbudgets.policy": {"spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "x"}}}},
    "clusterrolebindings.rbac.authorization.k8s.io": _ROLE_REF,
    "clusterroles.rbac.authorization.k8s.io": {"rules": []},
    "rolebindings.rbac.authorization.k8s.io": _ROLE_REF,
    "roles.rbac.authorization.k8s.io": {"rules": []},
    "storageclasses.storage.k8s.io": {"provisioner": "x"},
}
WRITABLE = [resource for resource in RESOURCES if {"create", "list"} <= set(resource.verbs)]


def manifest(resource: Any, name: str = "") -> dict[str, Any]:
    """A valid object of a resource."""
    given = name or ("widgets.example.com" if resource.kind == "CustomResourceDefinition" else "example")
    spec = SPECS[resource.qualified]
    return {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "metadata": {"name": given, "labels": {"made": "here"}},
        **spec,
    }


def collection_path(resource: Any, namespace: str = "default") -> str:
    """Where objects of a resource are created and listed."""
    root = f"/apis/{resource.api_version}" if resource.group else "/api/v1"
    return f"{root}/namespaces/{namespace}/{resource.name}" if resource.namespaced else f"{root}/{resource.name}"
