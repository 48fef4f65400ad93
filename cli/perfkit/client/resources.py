"""What a cluster serves: kinds of objects, their names and their paths."""

from __future__ import annotations

from typing import Any, Final

import msgspec


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """One resource of an API group in its preferred version; the core group is ``""``."""

    plural: str
    kind: str
    group: str = ""
    version: str = "v1"
    namespaced: bool = True
    short: tuple[str, ...] = ()
    singular: str = ""
    verbs: tuple[str, ...] = ("get", "list", "watch")

    @property
    def name(self) -> str:
        """``pods``, ``deployments.apps``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def api_version(self) -> str:
        """As objects say it: ``v1``, ``apps/v1``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def watchable(self) -> bool:
        """Whether a cache can be kept of it."""
        return {"list", "watch"} <= set(self.verbs)

    def path(self, namespace: str = "", name: str = "") -> str:
        """Of all, of those of a namespace, or of one."""
        root = f"/apis/{self.api_version}" if self.group else f"/api/{self.version}"
        within = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        return f"{root}{within}/{self.plural}" + (f"/{name}" if name else "")

    def answers_to(self, name: str) -> bool:
        """Whether somebody who says this means it: plural, singular, short name or kind, with its group or without."""
        name = name.lower()
        names = {self.plural, self.singular or self.kind.lower(), self.kind.lower(), *self.short}
        return name in names or name in {f"{each}.{self.group}" for each in names}


def _core(plural: str, kind: str, *short: str, namespaced: bool = True) -> Resource:
    return Resource(plural=plural, kind=kind, short=short, namespaced=namespaced)


def _of(group: str, plural: str, kind: str, *short: str) -> Resource:
    return Resource(group=group, plural=plural, kind=kind, short=short)


KNOWN: Final = (
    _core("pods", "Pod", "po"),
    _core("services", "Service", "svc"),
    _core("configmaps", "ConfigMap", "cm"),
    _core("secrets", "Secret"),
    _core("events", "Event", "ev"),
    _core("serviceaccounts", "ServiceAccount", "sa"),
    _core("endpoints", "Endpoints", "ep"),
    _core("persistentvolumeclaims", "PersistentVolumeClaim", "pvc"),
    _core("nodes", "Node", "no", namespaced=False),
    _core("namespaces", "Namespace", "ns", namespaced=False),
    _core("persistentvolumes", "PersistentVolume", "pv", namespaced=False),
    _of("apps", "deployments", "Deployment", "deploy"),
    _of("apps", "replicasets", "ReplicaSet", "rs"),
    _of("apps", "statefulsets", "StatefulSet", "sts"),
    _of("apps", "daemonsets", "DaemonSet", "ds"),
    _of("batch", "jobs", "Job"),
    _of("batch", "cronjobs", "CronJob", "cj"),
    _of("networking.k8s.io", "ingresses", "Ingress", "ing"),
)
"""What every cluster serves, for many years: known without asking."""


class _Version(msgspec.Struct):
    version: str
    resources: list[dict[str, Any]] | None = None


class _Group(msgspec.Struct):
    metadata: dict[str, Any]
    versions: list[_Version]


class _Groups(msgspec.Struct, tag_field="kind", tag="APIGroupDiscoveryList"):
    items: list[_Group]


def aggregated(body: bytes) -> list[Resource]:
    """Of a document of aggregated discovery; versions are in order of preference. Raises msgspec.MsgspecError."""
    found: dict[str, Resource] = {}
    for group in msgspec.json.decode(body, type=_Groups).items:
        for version in group.versions:
            for told in version.resources or ():
                resource = _aggregated(group.metadata.get("name", ""), version.version, told)
                found.setdefault(resource.name, resource)
    return list(found.values())


def _aggregated(group: str, version: str, told: dict[str, Any]) -> Resource:
    return Resource(
        plural=told["resource"],
        kind=told.get("responseKind", {}).get("kind", ""),
        group=group,
        version=version,
        namespaced=told.get("scope") == "Namespaced",
        short=tuple(told.get("shortNames") or ()),
        singular=told.get("singularResource", ""),
        verbs=tuple(told.get("verbs") or ()),
    )


def legacy(group_version: str, body: bytes) -> list[Resource]:
    """Of an APIResourceList. Raises msgspec.MsgspecError."""
    group, _, version = group_version.rpartition("/")
    told = msgspec.json.decode(body, type=dict[str, Any]).get("resources") or ()
    return [
        Resource(
            plural=each["name"],
            kind=each["kind"],
            group=group,
            version=version,
            namespaced=each["namespaced"],
            short=tuple(each.get("shortNames") or ()),
            singular=each.get("singularName", ""),
            verbs=tuple(each.get("verbs") or ()),
        )
        for each in told
        if "/" not in each["name"]  # subresources
    ]
