"""The shipped schemas, derived from the published OpenAPI documents of Kubernetes.

``kubernetes-validate`` (PyPI, Apache-2.0) ships those documents as JSON Schema. What perfkit ships is their structure:
kinds, fields, types, formats, required fields, list types and keys, patch strategies and merge keys; no prose.
A test holds the shipped file to this; ``python tests/support/published.py`` writes it anew.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.schema.data import PATH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RELEASE = "1.37.0"
# Released versions of the groups that a client of a plain cluster meets.
_GROUPS = re.compile(
    r"io\.k8s\.(api\.(core|apps|batch|autoscaling|authentication|authorization|coordination|discovery|events|networking"
    r"|node|policy|rbac|scheduling|storage|admissionregistration|certificates|flowcontrol|resource|storagemigration)"
    r"|apiextensions-apiserver\.pkg\.apis\.apiextensions"
    r"|kube-aggregator\.pkg\.apis\.apiregistration|apimachinery\.pkg\.apis\.meta)\.v[12]\."
)
# The documents leave out what these two look like on the wire, and two defaults that are part of list keys.
_SCALARS = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": "string"},
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"type": "string", "format": "int-or-string"},
}
_DEFAULTS = {
    "io.k8s.api.core.v1.ContainerPort": {"protocol": "TCP"},
    "io.k8s.api.core.v1.ServicePort": {"protocol": "TCP"},
}


def derived() -> bytes:
    """What the shipped file must hold."""
    published = files("kubernetes_validate") / f"kubernetes-json-schema/v{RELEASE}-local/_definitions.json"
    definitions = msgspec.json.decode(published.read_bytes())["$defs"]
    roots = [name for name, node in definitions.items() if _GROUPS.match(name) and _KIND in node]
    kept = {name: _definition(name, definitions[name]) for name in sorted(_closure(definitions, [*roots, _PATCH]))}
    return msgspec.json.encode({"release": RELEASE, "definitions": kept}, order="sorted") + b"\n"


_KIND = "x-kubernetes-group-version-kind"
_PATCH = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch"  # what operations call a patch's body


def _closure(definitions: Mapping[str, Any], roots: list[str]) -> set[str]:
    known: set[str] = set()
    todo = list(roots)
    while todo:
        name = todo.pop()
        if name not in known:
            known.add(name)
            todo += _references(definitions[name])
    return known


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].rpartition("/")[2]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _definition(name: str, node: dict[str, Any]) -> dict[str, Any]:
    if name in _SCALARS:
        return _SCALARS[name]
    slim = _slim(node)
    if len(slim.get(_KIND, ())) > 1:  # DeleteOptions and WatchEvent belong to every group; the core one is enough
        slim[_KIND] = [kind for kind in slim[_KIND] if not kind["group"]]
    for field, value in _DEFAULTS.get(name, {}).items():
        slim["properties"][field]["default"] = value
    return slim


def _slim(node: dict[str, Any]) -> dict[str, Any]:
    """A schema without prose, and in OpenAPI's words where JSON Schema has others."""
    slim = {key: value for key, value in node.items() if key not in {"description", "properties", "enum"}}
    if isinstance(slim.get("type"), list):
        slim["type"] = slim["type"][0]
    if "$ref" in slim:
        slim["$ref"] = "#/definitions/" + slim["$ref"].rpartition("/")[2]
    for key in ("items", "additionalProperties"):
        if isinstance(slim.get(key), dict):
            slim[key] = _slim(slim[key])
    if "properties" in node:
        slim["properties"] = {name: _slim(value) for name, value in node["properties"].items()}
    return slim


if __name__ == "__main__":
    PATH.write_bytes(derived())
