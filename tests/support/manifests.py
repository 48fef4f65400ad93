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

# A signing request and a certificate that nobody uses.
_REQUEST = (
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlISE1HOENBUUF3RFRFTE1Ba0dBMVVFQXd3Q2JXVXdXVEFUQmdj"
    "cWhrak9QUUlCQmdncWhrak9QUU1CQndOQwpBQVRGSlQ5NHNPNjZlZkRZL3dRUUZyNTVwajZtZlp6TVg2WUIyYmJON1lRZTlMUnNL"
    "REhtQVFDMWtZL0l2NEF6Cmg0QXNBZ3JiSmNmQkxxRTBHL2ZQQUNBeG9BQXdDZ1lJS29aSXpqMEVBd0lEU0FBd1JRSWdEN0hyQ3FR"
    "Rnh2U3gKbnpHVlBPTXUvVHdCMzR1V244OEVWV0ovaVNYZlgrc0NJUURwS3pIMUtWMjFxWCtzNlhXSzRWSG1wVnNVNTNFSApBQXdx"
    "VVZ4OFVlNUxSdz09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo="
)
_STUB = (
    "MH8wMwIBADAAMCowBQYDK2VwAyEAYI7Q/p9gth136BHy5+DfxWA8yk6tRjKLT2mZcoQpk/CgADAFBgMrZXADQQAwDq8Oq0x0qE8D"
    "FWi9PgSq0jmoSad0Yn5a0pzLjo16q/NqsJB9STwdHWoQtmRrpkVPjZtU420b37bcraECmUQJ"
)  # a request with nothing in it but a key, as DER
_CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBcTCCARegAwIBAgIUF3QYKoNz2gKkPd3m6dOpSVZQ2W0wCgYIKoZIzj0EAwIw
DTELMAkGA1UEAwwCbWUwIBcNMjYxMTI3MTYzNjI4WhgPMjA4MTA4MzAxNjM2Mjha
MA0xCzAJBgNVBAMMAm1lMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAExSU/eLDu
unnw2P8EEBa+eaY+pn2czF+mAdm2ze2EHvS0bCgx5gEAtZGPyL+AM4eALAIK2yXH
wS6hNBv3zwAgMaNTMFEwHQYDVR0OBBYEFPEumJIOenz40WIS69i7IBnhcJtcMB8G
A1UdIwQYMBaAFPEumJIOenz40WIS69i7IBnhcJtcMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDSAAwRQIhAKfCJB6O841n+QP1gWWqjqkb54clBDB8VcL39J9a
QcJuAiA8ZHtFrj0oAbvaPGeS0SlcNGMYiJNoAZK2HJXCQTO3pQ==
-----END CERTIFICATE-----
"""

_HOOK = {
    "name": "x.example.com",
    "clientConfig": {"url": "https://x.example.com"},
    "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["secrets"]}],
    "sideEffects": "None",
    "admissionReviewVersions": ["v1"],
    "failurePolicy": "Ignore",
    "objectSelector": {"matchLabels": {"no": "one"}},
}
_MATCHING = {"matchConstraints": {"resourceRules": [{**_HOOK["rules"][0], "resourceNames": ["nobody"]}]}}  # type: ignore[index]
_DEVICES = {"devices": {"requests": [{"name": "one", "exactly": {"deviceClassName": "x.example.com"}}]}}

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
    "podtemplates": {"template": _TEMPLATE},
    "replicationcontrollers": {"spec": {"template": _TEMPLATE}},
    "limitranges": {"spec": {"limits": [{"type": "Container", "max": {"cpu": "2"}}]}},
    "resourcequotas": {"spec": {"hard": {"count/widgets.example.com": "10"}}},
    "controllerrevisions.apps": {"data": {"a": {"b": "c"}}, "revision": 1},
    "ingressclasses.networking.k8s.io": {"spec": {"controller": "example.com/x"}},
    "ipaddresses.networking.k8s.io": {"spec": {"parentRef": {"resource": "services", "namespace": "x", "name": "y"}}},
    "servicecidrs.networking.k8s.io": {"spec": {"cidrs": ["10.200.0.0/24"]}},
    "priorityclasses.scheduling.k8s.io": {"value": 1000},
    "runtimeclasses.node.k8s.io": {"handler": "x"},
    "csidrivers.storage.k8s.io": {"spec": {}},
    "csinodes.storage.k8s.io": {"spec": {"drivers": [{"name": "x.example.com", "nodeID": "n"}]}},
    "csistoragecapacities.storage.k8s.io": {"storageClassName": "x", "capacity": "1Gi"},
    "volumeattachments.storage.k8s.io": {
        "spec": {"attacher": "x.example.com", "nodeName": "n", "source": {"persistentVolumeName": "v"}}
    },
    "volumeattributesclasses.storage.k8s.io": {"driverName": "x.example.com", "parameters": {"a": "b"}},
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": {"webhooks": [_HOOK]},
    "validatingwebhookconfigurations.admissionregistration.k8s.io": {"webhooks": [_HOOK]},
    "mutatingadmissionpolicies.admissionregistration.k8s.io": {
        "spec": {
            **_MATCHING,
            "reinvocationPolicy": "Never",
            "mutations": [
                {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{}"}},
            ],
        }
    },
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io": {"spec": {"policyName": "nothing"}},
    "validatingadmissionpolicies.admissionregistration.k8s.io": {
        "spec": {**_MATCHING, "validations": [{"expression": "true"}]}
    },
    "validatingadmissionpolicybindings.admissionregistration.k8s.io": {
        "spec": {"policyName": "nothing", "validationActions": ["Warn"]}
    },
    "certificatesigningrequests.certificates.k8s.io": {
        "spec": {"request": _REQUEST, "signerName": "example.com/signer", "usages": ["client auth"]}
    },
    "clustertrustbundles.certificates.k8s.io": {"spec": {"trustBundle": _CERTIFICATE}},
    "podcertificaterequests.certificates.k8s.io": {
        "spec": {
            "signerName": "example.com/signer",
            "podName": "p",
            "podUID": "11111111-2222-3333-4444-555555555555",
            "serviceAccountName": "default",
            "serviceAccountUID": "11111111-2222-3333-4444-666666666666",
            "nodeName": "n",
            "maxExpirationSeconds": 86400,
            "nodeUID": "11111111-2222-3333-4444-777777777777",
            "stubPKCS10Request": _STUB,
        }
    },
    "flowschemas.flowcontrol.apiserver.k8s.io": {
        "spec": {
            "priorityLevelConfiguration": {"name": "exempt"},
            "rules": [
                {
                    "subjects": [{"kind": "User", "user": {"name": "nobody"}}],
                    "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/nowhere"]}],
                }
            ],
        }
    },
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": {
        "spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Queue", "queuing": {}}}}
    },
    "deviceclasses.resource.k8s.io": {"spec": {}},
    "devicetaintrules.resource.k8s.io": {
        "spec": {"deviceSelector": {"driver": "x.example.com"}, "taint": {"key": "k", "effect": "NoSchedule"}}
    },
    "resourceclaims.resource.k8s.io": {"spec": _DEVICES},
    "resourceclaimtemplates.resource.k8s.io": {"spec": {"spec": _DEVICES}},
    "resourceslices.resource.k8s.io": {
        "spec": {
            "driver": "x.example.com",
            "nodeName": "n",
            "pool": {"name": "p", "generation": 1, "resourceSliceCount": 1},
            "devices": [{"name": "one"}],
        }
    },
    "storageversionmigrations.storagemigration.k8s.io": {
        "spec": {"resource": {"group": "example.com", "resource": "widgets"}}
    },
    "apiservices.apiregistration.k8s.io": {
        "spec": {
            "group": "nothing.example.com",
            "version": "v1",
            "groupPriorityMinimum": 100,
            "versionPriority": 10,
        }
    },
}
_OLDER = {
    "autoscaling/v1": {
        "spec": {**SPECS["horizontalpodautoscalers.autoscaling"]["spec"], "targetCPUUtilizationPercentage": 50}
    }
}
# Of kinds whose names are not free.
_NAMED = {
    "CustomResourceDefinition": "widgets.example.com",
    "IPAddress": "10.200.0.7",
    "APIService": "v1.nothing.example.com",
}
WRITABLE = [resource for resource in RESOURCES if {"create", "list"} <= set(resource.verbs)]


def manifest(resource: Any, name: str = "") -> dict[str, Any]:
    """A valid object of a resource."""
    given = name or _NAMED.get(resource.kind, "example")
    spec = _OLDER.get(resource.api_version) or SPECS[resource.qualified]
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
