"""What the server serves, as clients ask for it: legacy lists, aggregated documents, the version."""

from __future__ import annotations

import platform
from hashlib import sha512
from itertools import groupby
from typing import Any

import msgspec

from perfkit.mock.resources.registry import RESOURCES
from perfkit.mock.wire.formats import JSON, media_types

VERSION = "v1.36.1"


class Document(msgspec.Struct, frozen=True):
    """A discovery document; aggregated ones have an entity tag."""

    body: bytes
    content_type: str = JSON
    etag: str = ""


def document(path: str, accept: str, address: str) -> Document | None:
    """The document at ``path`` in the first form that ``accept`` names, or None. ``address`` is host:port."""
    if path in {"/api", "/apis"}:
        for kind, parameters in media_types(accept):
            if kind == JSON and parameters.get("as") == "APIGroupDiscoveryList":
                version = parameters.get("v", "")
                if parameters.get("g") == "apidiscovery.k8s.io" and version in {"v2", "v2beta1"}:
                    return _aggregated(path, version)
    plain = _plain(path, address)
    return None if plain is None else Document(_encode(plain))


def _plain(path: str, address: str) -> dict[str, Any] | None:
    if path == "/version":
        return _version()
    if path == "/api":
        servers = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": servers}
    if path == "/apis":
        groups = [_group(group) for group in _groups() if group]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    for (group, version), resources in _versions().items():
        if path == (f"/apis/{group}/{version}" if group else f"/api/{version}"):
            group_version = f"{group}/{version}" if group else version
            listed = [_listed(resource) for resource in resources]
            return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": listed}
        if group and path == f"/apis/{group}":
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(group)}
    return None


def _versions() -> dict[tuple[str, str], list[Any]]:
    place = lambda resource: (resource.group, resource.version)  # noqa: E731
    return {key: list(members) for key, members in groupby(sorted(RESOURCES, key=place), key=place)}


def _groups() -> list[str]:
    return sorted({group for group, _ in _versions()})


def _group(group: str) -> dict[str, Any]:
    versions = [
        {"groupVersion": f"{group}/{version}", "version": version} for owner, version in _versions() if owner == group
    ]
    return {"name": group, "versions": versions, "preferredVersion": versions[-1]}


def _listed(resource: Any) -> dict[str, Any]:
    return {
        "name": resource.name,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": resource.verbs,
        **({"shortNames": resource.short_names} if resource.short_names else {}),
        **({"categories": resource.categories} if resource.categories else {}),
    }


def _aggregated(path: str, version: str) -> Document:
    wanted = [group for group in _groups() if (path == "/api") == (not group)]
    items = [{"metadata": {"name": group} if group else {}, "versions": _discovered(group)} for group in wanted]
    kind, group_version = "APIGroupDiscoveryList", f"apidiscovery.k8s.io/{version}"
    body = _encode({"kind": kind, "apiVersion": group_version, "metadata": {}, "items": items})
    content_type = f"{JSON};g=apidiscovery.k8s.io;v={version};as={kind}"
    return Document(body, content_type, f'"{sha512(body).hexdigest().upper()}"')


def _discovered(group: str) -> list[dict[str, Any]]:
    return [
        {"version": version, "resources": [_discovered_resource(item) for item in resources], "freshness": "Current"}
        for (owner, version), resources in _versions().items()
        if owner == group
    ]


def _discovered_resource(resource: Any) -> dict[str, Any]:
    return {
        "resource": resource.name,
        "responseKind": {"group": resource.group, "version": resource.version, "kind": resource.kind},
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": resource.verbs,
        **({"shortNames": resource.short_names} if resource.short_names else {}),
        **({"categories": resource.categories} if resource.categories else {}),
    }


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
        "compiler": f"CPython {platform.python_version()}",
        "platform": f"{platform.system().lower()}/{platform.machine()}",
    }


def _encode(value: Any) -> bytes:
    return msgspec.json.encode(value) + b"\n"
