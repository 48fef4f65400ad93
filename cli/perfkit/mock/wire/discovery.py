"""What the server serves, as clients ask for it: legacy lists, aggregated documents, the version."""

from __future__ import annotations

import re
import sys
from base64 import b64encode
from hashlib import sha256, sha512
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.resources.groups import group_order
from perfkit.mock.wire.formats import JSON, READ, check_acceptable, media_types
from perfkit.mock.wire.status import not_acceptable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.mock.resources.description import Resource, Subresource
    from perfkit.mock.store import Store

VERSION = "v1.37.0"
_DISCOVERY_GROUP = "apidiscovery.k8s.io"
_DISCOVERY_KIND = "APIGroupDiscoveryList"


class Document(msgspec.Struct, frozen=True):
    """A discovery document; aggregated ones have an entity tag."""

    body: bytes
    content_type: str = JSON
    etag: str = ""


class Discovery:
    """The discovery documents of one server. The aggregated ones are kept as long as no resource comes or goes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[tuple[str, str], Document] = {}
        self._kept_of: object = None

    def document(self, path: str, accept: str, address: str) -> Document | None:
        """The document at ``path`` in the first form that ``accept`` names, or None. ``address`` is host:port.

        Raises:
            ApiError: 406, there is none in such a form.
        """
        if path in {"/api", "/apis"}:
            version = _aggregation(accept)
            if version:
                return self._aggregated(path, version)
        plain = _plain(path, address, list(self._store.catalog))
        if plain is None:
            return None
        check_acceptable(accept)
        return Document(_encode(plain))

    def reaches(self, path: str) -> bool:
        """Whether a path lies in a group that is served: what it does not find there, the group misses."""
        match path.split("/")[1:]:
            case ["api", *_]:
                return True
            case ["apis", group, *_] if group:
                return any(resource.group == group for resource in self._store.catalog)
        return False

    def _aggregated(self, path: str, version: str) -> Document:
        state = (self._store.catalog, self._store.catalog.generation)
        if self._kept_of != state:
            self._kept_of, self._kept = state, {}
        document = self._kept.get((path, version))
        if document is None:
            document = self._kept[path, version] = _aggregated(path, version, list(self._store.catalog))
        return document


def _aggregation(accept: str) -> str:
    """The version of the aggregated form, where the client prefers that; else empty. Raises ApiError for neither."""
    for kind, parameters in media_types(accept):
        asked = (parameters.get("g"), parameters.get("as"))
        if kind == JSON and asked == (_DISCOVERY_GROUP, _DISCOVERY_KIND):
            version = parameters.get("v", "")
            if version == "v2":
                return version
        elif kind in {JSON, "application/*", "*/*"} and "as" not in parameters:
            return ""
    raise not_acceptable(READ)


def _plain(path: str, address: str, resources: list[Resource]) -> dict[str, Any] | None:
    groups = _groups(resources)
    match path.split("/")[1:]:
        case ["version"]:
            return _version()
        case ["api"]:
            servers = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
            return {"kind": "APIVersions", "versions": list(groups[""]), "serverAddressByClientCIDRs": servers}
        case ["apis"]:
            listed = [_group(group, list(versions)) for group, versions in groups.items() if group]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}
        case ["apis", group] if group and group in groups:
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(group, list(groups[group]))}
        case ["api", version] if version in groups[""]:
            return _resource_list(version, groups[""][version])
        case ["apis", group, version] if group and version in groups.get(group, ()):
            return _resource_list(f"{group}/{version}", groups[group][version])
    return None


_Versions = dict[str, list["Resource"]]  # the resources of each version of a group, the preferred version first


def _groups(resources: list[Resource]) -> dict[str, _Versions]:
    """All groups in the server's order; the core group has no name and a path of its own."""
    groups: dict[str, _Versions] = {}
    for resource in sorted(resources, key=_order):
        groups.setdefault(resource.group, {}).setdefault(resource.version, []).append(resource)
    return groups


def _order(resource: Resource) -> tuple[object, ...]:
    return (group_order(resource.group), _priority(resource.version), resource.name)


def _priority(version: str) -> tuple[int, int, int, str]:
    """Stable before beta before alpha, newer before older, others last (apimachinery, ``util/version``)."""
    match = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)
    if match is None:
        return (3, 0, 0, version)
    stage = {None: 0, "beta": 1, "alpha": 2}[match[2]]
    return (stage, -int(match[1]), -int(match[3] or 0), version)


def _group(group: str, names: list[str]) -> dict[str, Any]:
    versions = [{"groupVersion": f"{group}/{version}", "version": version} for version in names]
    return {"name": group, "versions": versions, "preferredVersion": versions[0]}


def _resource_list(group_version: str, members: list[Resource]) -> dict[str, Any]:
    listed = [entry for resource in members for entry in _listed(resource)]
    version = {"apiVersion": "v1"} if "/" in group_version else {}  # the core group has none there
    return {"kind": "APIResourceList", **version, "groupVersion": group_version, "resources": listed}


def _listed(resource: Resource) -> Iterator[dict[str, Any]]:
    scope = {"namespaced": resource.namespaced}
    named = {"name": resource.name, "singularName": resource.singular}
    yield {**named, **scope, "kind": resource.kind, **_common(resource), **_stored_as(resource)}
    for part in resource.subresources:
        name = {"name": f"{resource.name}/{part.name}", "singularName": ""}
        other = {"group": part.group, "version": part.version} if part.version else {}
        yield {**name, **scope, **other, "kind": part.kind, "verbs": part.verbs}


def _stored_as(resource: Resource) -> dict[str, str]:
    """A digest of how objects are stored, by which the API server's own migrations see that it changed."""
    if "watch" not in resource.verbs:  # nothing is stored
        return {}
    stored = f"{resource.storage or f'{resource.group}/{resource.version}'}/{resource.kind}"
    return {"storageVersionHash": b64encode(sha256(stored.encode()).digest()[:8]).decode()}


def _aggregated(path: str, version: str, resources: list[Resource]) -> Document:
    groups = _groups(resources)
    chosen = [""] if path == "/api" else [group for group in groups if group]
    body = _encode(
        {
            "kind": _DISCOVERY_KIND,
            "apiVersion": f"{_DISCOVERY_GROUP}/{version}",
            "metadata": {},
            "items": [_discovered(group, groups[group]) for group in chosen],
        }
    )
    content_type = f"{JSON};g={_DISCOVERY_GROUP};v={version};as={_DISCOVERY_KIND}"
    return Document(body, content_type, f'"{sha512(body).hexdigest().upper()}"')


def _discovered(group: str, versions: _Versions) -> dict[str, Any]:
    described = [
        {"version": version, "resources": [*map(_discovered_resource, members)], "freshness": "Current"}
        for version, members in versions.items()
    ]
    return {"metadata": {"name": group} if group else {}, "versions": described}


def _discovered_resource(resource: Resource) -> dict[str, Any]:
    parts = [_discovered_part(part) for part in resource.subresources]
    return {
        "resource": resource.name,
        "responseKind": {"group": "", "version": "", "kind": resource.kind},  # of the place that it is at
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        **_common(resource),
        **({"subresources": parts} if parts else {}),
    }


def _discovered_part(part: Subresource) -> dict[str, Any]:
    kind = {"group": part.group, "version": part.version, "kind": part.kind}
    return {"subresource": part.name, "responseKind": kind, "verbs": part.verbs}


def _common(resource: Resource) -> dict[str, Any]:
    optional = {"shortNames": resource.short_names, "categories": resource.categories}
    return {"verbs": resource.verbs, **{name: value for name, value in optional.items() if value}}


def _version() -> dict[str, str]:
    major, minor, _ = VERSION.removeprefix("v").split(".")
    return {
        "major": major,
        "minor": minor,
        "gitVersion": f"{VERSION}+perfkit",
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": sys.implementation.name,
        "platform": f"{sys.platform}/amd64",
    }


def _encode(value: Any) -> bytes:
    return msgspec.json.encode(value) + b"\n"
