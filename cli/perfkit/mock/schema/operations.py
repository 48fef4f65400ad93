"""The operations that a resource offers, as both OpenAPI versions tell of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from perfkit.mock.schema.data import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.mock.resources.description import Resource, Subresource

META = "io.k8s.apimachinery.pkg.apis.meta.v1"
PATCH = f"{META}.Patch"
STATUS = f"{META}.Status"
PATCH_TYPES = (
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
)
_INTEGERS = frozenset({"limit", "timeoutSeconds", "gracePeriodSeconds", "sinceSeconds", "tailLines", "limitBytes"})
_BOOLEANS = frozenset(
    {
        "watch",
        "allowWatchBookmarks",
        "sendInitialEvents",
        "orphanDependents",
        "force",
        "follow",
        "previous",
        "timestamps",
    }
)
_SELECTING = ("labelSelector", "fieldSelector", "limit", "continue", "resourceVersion", "resourceVersionMatch")
_LISTING = (*_SELECTING, "watch", "allowWatchBookmarks", "sendInitialEvents", "timeoutSeconds")
_WRITING = ("dryRun", "fieldManager", "fieldValidation")
_DELETING = ("dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy")
_LOGGING = ("container", "follow", "previous", "sinceSeconds", "tailLines", "limitBytes", "timestamps")
_TUNNELS = frozenset({"attach", "exec", "portforward", "proxy"})
_NAMES = {"get": "read", "update": "replace"}
_METHODS = {"get": "get", "create": "post", "update": "put", "patch": "patch", "delete": "delete"}


class Parameter(msgspec.Struct, frozen=True):
    """A parameter in the path or the query."""

    name: str
    place: str

    @property
    def type(self) -> str:
        """Its type in OpenAPI's words."""
        return "integer" if self.name in _INTEGERS else "boolean" if self.name in _BOOLEANS else "string"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path. ``body`` and ``response`` are names of definitions; empty is none, or plain text."""

    path: str
    method: str
    id: str
    action: str
    kind: tuple[str, str, str]
    tag: str
    query: tuple[str, ...]
    body: str
    response: str

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All but the body."""
        inside = tuple(step[1:-1] for step in self.path.split("/") if step.startswith("{"))
        return (*(Parameter(name, "path") for name in inside), *(Parameter(name, "query") for name in self.query))

    @property
    def extensions(self) -> dict[str, object]:
        """What Kubernetes adds, and kubectl reads."""
        group, version, kind = self.kind
        return {
            "x-kubernetes-action": self.action,
            "x-kubernetes-group-version-kind": {"group": group, "kind": kind, "version": version},
        }


def definition_name(resource: Resource) -> str:
    """What OpenAPI calls the kind of a resource."""
    shipped = kinds().get((resource.group, resource.version, resource.kind))
    return shipped or ".".join([*reversed(resource.group.split(".")), resource.version, resource.kind])


def list_name(resource: Resource) -> str:
    """What OpenAPI calls the list kind of a resource."""
    kind = resource.list_kind or f"{resource.kind}List"
    return definition_name(resource).removesuffix(resource.kind) + kind


def operations(resource: Resource) -> Iterator[Operation]:
    """All operations of a resource and its subresources."""
    root = _root(resource)
    all_of_them = f"{root}/{resource.name}"
    collection = f"{root}/namespaces/{{namespace}}/{resource.name}" if resource.namespaced else all_of_them
    maker = _Maker(resource)
    if resource.namespaced and "list" in resource.verbs:
        yield maker.listing(all_of_them, f"list{maker.place}{resource.kind}ForAllNamespaces")
    yield from maker.of_collection(collection)
    yield from maker.of_one(f"{collection}/{{name}}")
    for subresource in resource.subresources:
        yield from maker.of_subresource(f"{collection}/{{name}}/{subresource.name}", subresource)


def _root(resource: Resource) -> str:
    return f"/apis/{resource.group}/{resource.version}" if resource.group else f"/api/{resource.version}"


def _place(resource: Resource) -> str:
    """``CoreV1``, ``RbacAuthorizationV1``: how an operation's id names group and version."""
    group = resource.group.removesuffix(".k8s.io") or "core"
    return "".join(step[:1].upper() + step[1:] for step in [*group.split("."), resource.version])


class _Maker:
    """Makes the operations of one resource."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self.place = _place(resource)
        self._noun = ("Namespaced" if resource.namespaced else "") + resource.kind
        self._definition = definition_name(resource)
        self._kind = (resource.group, resource.version, resource.kind)
        self._tag = f"{resource.group.removesuffix('.k8s.io').replace('.', '_') or 'core'}_{resource.version}"

    def listing(self, path: str, identity: str) -> Operation:
        """LIST and WATCH."""
        return Operation(
            path=path,
            method="get",
            id=identity,
            action="list",
            kind=self._kind,
            tag=self._tag,
            query=_LISTING,
            body="",
            response=list_name(self._resource),
        )

    def of_collection(self, path: str) -> Iterator[Operation]:
        verbs = self._resource.verbs
        if "list" in verbs:
            yield self.listing(path, f"list{self.place}{self._noun}")
        if "create" in verbs:
            yield self._operation(path, "create", f"create{self.place}{self._noun}")
        if "deletecollection" in verbs:
            yield Operation(
                path=path,
                method="delete",
                id=f"delete{self.place}Collection{self._noun}",
                action="deletecollection",
                kind=self._kind,
                tag=self._tag,
                query=(*_SELECTING, *_DELETING),
                body=f"{META}.DeleteOptions",
                response=STATUS,
            )

    def of_one(self, path: str) -> Iterator[Operation]:
        for verb in ("get", "update", "patch", "delete"):
            if verb in self._resource.verbs:
                yield self._operation(path, verb, f"{_NAMES.get(verb, verb)}{self.place}{self._noun}")

    def of_subresource(self, path: str, subresource: Subresource) -> Iterator[Operation]:
        version = (subresource.group, subresource.version) if subresource.version else self._kind[:2]
        kind = (*version, subresource.kind)
        noun = self._noun + subresource.name.capitalize()
        definition = self._definition if kind == self._kind else kinds().get(kind, "")
        for verb in subresource.verbs:
            made = self._operation(path, verb, f"{_NAMES.get(verb, verb)}{self.place}{noun}")
            if subresource.name in _TUNNELS:
                identity = f"connect{self.place}{made.method.capitalize()}{noun}"
                changes = {"id": identity, "action": "connect", "query": (), "body": "", "response": ""}
            elif subresource.name == "log":
                changes = {"query": _LOGGING, "response": ""}
            else:
                changes = {"body": made.body and (PATCH if verb == "patch" else definition), "response": definition}
            yield msgspec.structs.replace(made, kind=kind, **changes)

    def _operation(self, path: str, verb: str, identity: str) -> Operation:
        method = _METHODS[verb]
        queries = {"post": _WRITING, "put": _WRITING, "patch": (*_WRITING, "force"), "delete": _DELETING}
        bodies = {"patch": PATCH, "delete": f"{META}.DeleteOptions", "get": ""}
        return Operation(
            path=path,
            method=method,
            id=identity,
            action=method,
            kind=self._kind,
            tag=self._tag,
            query=queries.get(method, ()),
            body=bodies.get(method, self._definition),
            response=STATUS if verb == "delete" else self._definition,
        )
