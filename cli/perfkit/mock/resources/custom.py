"""Custom resource definitions, and the descriptions of the resources that they define."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.columns import AGED, NAMED, reading, since, table, value
from perfkit.mock.resources.description import Column, Definition, Resource, Subresource, status_of
from perfkit.mock.resources.jsonpath import compile_path
from perfkit.mock.resources.rules import find, immutable, invalid, required, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.mock.resources.columns import Cell
    from perfkit.mock.resources.description import Meta
    from perfkit.mock.schema.validation import Problem

_SCOPES = ("Cluster", "Namespaced")
_ACCEPTED = {
    "NamesAccepted": ("NoConflicts", "no conflicts found"),
    "Established": ("InitialNamesAccepted", "the initial names have been accepted"),
}


def _defaults(obj: dict[str, Any]) -> None:
    spec = obj.setdefault("spec", {})
    names = spec.setdefault("names", {})
    kind = names.get("kind") or ""
    names.setdefault("singular", kind.lower())
    names.setdefault("listKind", f"{kind}List")
    spec.setdefault("conversion", {"strategy": "None"})
    status = obj.setdefault("status", {})
    status["acceptedNames"] = names
    now = obj["metadata"].get("creationTimestamp")
    status["conditions"] = [
        {"type": kind, "status": "True", "lastTransitionTime": now, "reason": reason, "message": message}
        for kind, (reason, message) in _ACCEPTED.items()
    ]
    stored = [version["name"] for version in spec.get("versions") or () if version.get("storage")]
    status["storedVersions"] = list(dict.fromkeys([*status.get("storedVersions", ()), *stored]))


def _problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    spec, name = obj["spec"], obj["metadata"]["name"]
    needed = ("group", "scope", "names.plural", "names.kind", "versions")
    found = [required(f"spec.{field}") for field in needed if not find(spec, field)]
    expected = f"{find(spec, 'names.plural', '')}.{spec.get('group', '')}"
    if not found and name != expected:
        found.append(invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group'))
    if spec.get("scope") and spec["scope"] not in _SCOPES:
        found.append(unsupported("spec.scope", spec["scope"], _SCOPES))
    found += _version_problems(spec.get("versions") or ())
    fixed = ("spec.group", "spec.names.plural", "spec.names.kind", "spec.scope")
    return [*found, *(problem for field in fixed for problem in immutable(field, obj, before))]


def _version_problems(versions: Any) -> Iterator[Problem]:
    if versions and sum(bool(version.get("storage")) for version in versions) != 1:
        yield invalid("spec.versions", versions, "must have exactly one version marked as storage version")
    for number, version in enumerate(versions):
        if not find(version, "schema.openAPIV3Schema"):
            yield required(f"spec.versions[{number}].schema.openAPIV3Schema")


def _served(obj: dict[str, Any]) -> str:
    versions = [version for version in find(obj, "spec.versions", ()) if version.get("served")]
    return ",".join(f"{version['name']}{'(storage)' * bool(version.get('storage'))}" for version in versions)


def _established(obj: dict[str, Any]) -> bool:
    conditions = find(obj, "status.conditions", ())
    return any(found["type"] == "Established" and found["status"] == "True" for found in conditions)


DEFINITIONS = Resource(
    group="apiextensions.k8s.io",
    name="customresourcedefinitions",
    singular="customresourcedefinition",
    kind="CustomResourceDefinition",
    namespaced=False,
    short_names=("crd", "crds"),
    categories=("api-extensions",),
    storage="apiextensions.k8s.io/v1beta1",
    subresources=(status_of("CustomResourceDefinition"),),
    counts_generations=True,
    fields={"metadata.name": ""},
    defaults=_defaults,
    validate=_problems,
    **table(
        NAMED,
        (Column("Scope", "Whether its resources lie in namespaces."), value("spec.scope")),
        (Column("Versions", "Versions that are served."), reading(_served)),
        (Column("Created At", "When it was made.", type="date"), value("metadata.creationTimestamp", "")),
        (Column("Group", "The API group of its resources.", 1), value("spec.group")),
        (Column("Kind", "The kind of its resources.", 1), value("spec.names.kind")),
        (
            Column("ShortNames", "Short names.", 1),
            reading(lambda obj: ",".join(find(obj, "spec.names.shortNames", ()))),
        ),
        (Column("Established", "Whether its resources are served.", 1, type="boolean"), reading(_established)),
    ),
)


def completed(definition: dict[str, Any]) -> dict[str, Any]:
    """A definition with its defaults and the status that it has once it is served."""
    _defaults(definition)
    return definition


def defined(definition: Mapping[str, Any]) -> list[Resource]:
    """The resources that a CustomResourceDefinition makes the server serve: one a served version."""
    spec = definition["spec"]
    return [_resource(spec, version) for version in spec["versions"] if version.get("served")]


def _resource(spec: Mapping[str, Any], version: Mapping[str, Any]) -> Resource:
    names = spec["names"]
    selectable = [field["jsonPath"].removeprefix(".") for field in version.get("selectableFields") or ()]
    identity = ("metadata.name", "metadata.namespace") if spec["scope"] == "Namespaced" else ("metadata.name",)
    return Resource(
        group=spec["group"],
        version=version["name"],
        name=names["plural"],
        singular=names["singular"],
        kind=names["kind"],
        list_kind=names["listKind"],
        namespaced=spec["scope"] == "Namespaced",
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        subresources=tuple(_subresources(names["kind"], version.get("subresources") or {})),
        fields=dict.fromkeys((*identity, *selectable), ""),
        counts_generations=True,
        defined=Definition(version["schema"]["openAPIV3Schema"], find(version, "subresources.scale")),
        **_table(version.get("additionalPrinterColumns") or ()),
    )


def _subresources(kind: str, given: Mapping[str, Any]) -> Iterator[Subresource]:
    if "status" in given:
        yield status_of(kind)
    if "scale" in given:
        yield Subresource(name="scale", kind="Scale", group="autoscaling", version="v1")


def _table(columns: Any) -> dict[str, Any]:
    if not columns:
        return table(NAMED, AGED)
    return table(NAMED, *map(_column, columns))


def _column(given: Mapping[str, Any]) -> tuple[Column, Cell]:
    kind = given["type"]
    column = Column(
        given["name"],
        given.get("description") or f"Custom resource definition column: {given['jsonPath']}",
        priority=given.get("priority", 0),
        type="string" if kind == "date" else kind,
        format=given.get("format", ""),
    )
    return column, _cell(given["jsonPath"], kind)


def _cell(path: str, kind: str) -> Cell:
    walk = compile_path(path)

    def cell(_: Meta, obj: dict[str, Any], now: int) -> Any:
        found = walk(obj)
        if not found or found[0] is None:
            return None
        if kind == "date":
            return _since(found[0], now)
        return ",".join(map(str, found)) if kind == "string" else found[0]

    return cell


def _since(text: Any, now: int) -> str:
    try:
        return since(text, now)
    except (TypeError, ValueError):  # a custom resource may say anything
        return "<invalid>"
