"""What every resource goes through in the differential test: made, read, changed in every way, refused, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.expectations import Case, Step
from support.manifests import WRITABLE, collection_path, manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.mock.resources.description import Resource

NAMESPACE = "compared"
TABLE = {"accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
_APPLY = "apply-patch+yaml"


def cases() -> list[Case]:
    """A case for each resource that clients write."""
    return [Case(resource.qualified, list(_life(resource))) for resource in WRITABLE]


def _life(resource: Resource) -> Iterator[Step]:
    place, obj = collection_path(resource, NAMESPACE), _here(manifest(resource))
    one = f"{place}/{obj['metadata']['name']}"
    listed = f"{place}?labelSelector=made%3Dhere"
    yield Step(f"POST {place}?fieldManager=me", body=obj)
    yield Step(f"POST {place}", body=obj)
    yield Step(f"GET {one}")
    yield Step(f"GET {listed}")
    yield Step(f"GET {listed}", headers=TABLE)
    yield Step(f"GET {place}?fieldSelector=spec.no%3Done")
    yield Step(f"PUT {place}", body=obj)
    yield Step(f"POST {one}", body=obj)
    yield from _patches(resource, one)
    for part in resource.subresources:
        if part.name in {"status", "scale"}:
            yield Step(f"GET {one}/{part.name}")
            yield Step(
                f"PATCH {one}/{part.name}?fieldManager=me",
                kind="merge-patch+json",
                body={"metadata": {"labels": {"x": "y"}}},
            )
            yield Step(f"DELETE {one}/{part.name}")
        if part.name == "scale":
            yield Step(f"PATCH {one}/scale?fieldManager=me", kind="merge-patch+json", body={"spec": {"replicas": 2}})
    yield Step(f"PUT {one}", body={**obj, "metadata": {"name": "other"}})
    yield Step(f"DELETE {one}?gracePeriodSeconds=0")
    yield Step(f"GET {one}", headers=TABLE)
    yield Step(f"DELETE {listed}")


def _patches(resource: Resource, one: str) -> Iterator[Step]:
    labels = {"metadata": {"labels": {"changed": "yes"}}}
    yield Step(f"PATCH {one}?fieldManager=me", kind="merge-patch+json", body=labels)
    yield Step(
        f"PATCH {one}?fieldManager=it",
        kind="strategic-merge-patch+json",
        body={"metadata": {"annotations": {"a": "b"}}},
    )
    pointer = "/metadata/labels/changed"
    yield Step(
        f"PATCH {one}?fieldManager=me", kind="json-patch+json", body=[{"op": "replace", "path": pointer, "value": "no"}]
    )
    applied: dict[str, Any] = {"apiVersion": resource.api_version, "kind": resource.kind, **labels}
    yield Step(f"PATCH {one}?fieldManager=two", kind=_APPLY, body=applied)
    yield Step(f"PATCH {one}?fieldManager=two&force=true", kind=_APPLY, body=applied)
    yield Step(f"PATCH {one}?fieldManager=two", kind=_APPLY, body={**applied, "metadata": {}})
    yield Step(f"PATCH {one}?fieldValidation=Strict", kind="merge-patch+json", body={"nope": 1})


def _here(obj: dict[str, Any]) -> dict[str, Any]:
    """What an event is about must be in the namespace of the event."""
    of: dict[str, Any] = {
        name: {**obj[name], "namespace": NAMESPACE} for name in ("involvedObject", "regarding") if name in obj
    }
    return {**obj, **of}
