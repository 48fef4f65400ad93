"""What the server serves, as clients ask for it: legacy lists, aggregated documents, the version."""

from __future__ import annotations

import sys
from functools import cache
from hashlib import sha512
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.resources.registry import RESOURCES
from perfkit.mock.wire.formats import JSON, media_types
from perfkit.mock.wire.status import not_acceptable

if TYPE_CHECKING:
    from perfkit.mock.resources.description import Resource

VERSION = "v1.36.1"
_DISCOVERY_GROUP = "apidiscovery.k8s.io"
_DISCOVERY_KIND = "APIGroupDiscoveryList"


class Document(msgspec.Struct, frozen=True):
    """A discovery document; aggregated ones have an entity tag."""

    body: bytes
    content_type: str = JSON
    etag: str = ""


def document(path: str, accept: str, address: str) -> Document | None:
    """The document at ``path`` in the first form that ``accept`` names, or None. ``address`` is host:port."""
    if path in {"/api", "/apis"}:
        version = _aggregation(accept)
        if version:
            return _aggregated(path, version)
    plain = _plain(path, address)
    return None if plain is None else Document(_encode(plain))


def _aggregation(accept: str) -> str:
    """The version of the aggregated form, where the client prefers that; else empty. Raises ApiError for neither."""
    for kind, parameters in media_types(accept):
        asked = (parameters.get("g"), parameters.get("as"))
        if kind == JSON and asked == (_DISCOVERY_GROUP, _DISCOVERY_KIND):
            version = parameters.get("v", "")
            if version in {"v2", "v2beta1"}:
                return version
        elif kind in {JSON, "application/*", "*/*"} and "as" not in parameters:
            return ""
    raise not_acceptable(JSON)


def _plain(path: str, address: str) -> dict[str, Any] | None:
    match path.split("/")[1:]:
        case ["version"]:
            return _version()
        case ["api"]:
            servers = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
            return {"kind": "APIVersions", "versions": _versions(""), "serverAddressByClientCIDRs": servers}
        case ["apis"]:
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(group) for group in _groups()]}
        case ["apis", group] if group in _groups():
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(group)}
        case ["api", version]:
            return _resource_list("", version)
        case ["apis", group, version] if group:
            return _resource_list(group, version)
    return None


def _groups() -> list[str]:
    """All named groups; the core group has no name and a path of its own."""
    return sorted({resource.group for resource in RESOURCES} - {""})


def _versions(group: str) -> list[str]:
    """The versions of a group, the preferred one first."""
    versions = {resource.version for resource in RESOURCES if resource.group == group}
    return sorted(versions)


def _members(group: str, version: str) -> list[Resource]:
    return [resource for resource in RESOURCES if (resource.group, resource.version) == (group, version)]


def _group(group: str) -> dict[str, Any]:
    versions = [{"groupVersion": f"{group}/{version}", "version": version} for version in _versions(group)]
    return {"name": group, "versions": versions, "preferredVersion": versions[0]}


def _resource_list(group: str, version: str) -> dict[str, Any] | None:
    members = _members(group, version)
    if not members:
        return None
    listed = [
        {
            "name": resource.name,
            "singularName": resource.singular,
            "namespaced": resource.namespaced,
            "kind": resource.kind,
            **_common(resource),
        }
        for resource in members
    ]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": members[0].api_version,
        "resources": listed,
    }


@cache
def _aggregated(path: str, version: str) -> Document:
    groups = [""] if path == "/api" else _groups()
    body = _encode(
        {
            "kind": _DISCOVERY_KIND,
            "apiVersion": f"{_DISCOVERY_GROUP}/{version}",
            "metadata": {},
            "items": [_discovered(group) for group in groups],
        }
    )
    content_type = f"{JSON};g={_DISCOVERY_GROUP};v={version};as={_DISCOVERY_KIND}"
    return Document(body, content_type, f'"{sha512(body).hexdigest().upper()}"')


def _discovered(group: str) -> dict[str, Any]:
    versions = [
        {
            "version": version,
            "resources": [_discovered_resource(resource) for resource in _members(group, version)],
            "freshness": "Current",
        }
        for version in _versions(group)
    ]
    return {"metadata": {"name": group} if group else {}, "versions": versions}


def _discovered_resource(resource: Resource) -> dict[str, Any]:
    return {
        "resource": resource.name,
        "responseKind": {"group": resource.group, "version": resource.version, "kind": resource.kind},
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        **_common(resource),
    }


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
