"""The metadata that the server sets, and what it holds to."""

from __future__ import annotations

from hashlib import shake_128
from typing import TYPE_CHECKING, Any

from perfkit.mock.generator.words import safe_text, uuid
from perfkit.mock.resources.description import Meta
from perfkit.mock.resources.rules import invalid, problems_with_annotations, problems_with_labels, required
from perfkit.mock.times import format_time
from perfkit.mock.wire.status import bad_request, conflict, unmet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.mock.resources.description import Resource
    from perfkit.mock.schema.validation import Problem
    from perfkit.mock.store import Store
    from perfkit.mock.wire.places import Place
    from perfkit.mock.wire.write_options import Preconditions

_LONGEST_PREFIX = 58  # of generateName; what is longer is cut
_SUFFIX = 5
# The server's own: what a client says of them does not count.
_OWN = ("creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink", "uid")


def digest(store: Store, *what: str) -> bytes:
    """Random-looking bytes that follow from what is written and when: the same requests get the same ones."""
    return shake_128("/".join((str(store.version), *what)).encode()).digest(24)


def name_object(obj: dict[str, Any], place: Place, store: Store) -> None:
    """Settle name and namespace of a new object, in place. Raises ApiError (400)."""
    metadata = obj.setdefault("metadata", {})
    namespace = metadata.get("namespace") or place.namespace
    if namespace != place.namespace and place.resource.namespaced:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    if place.resource.namespaced:
        metadata["namespace"] = namespace
    else:
        metadata.pop("namespace", None)
    prefix = metadata.get("generateName")
    if not metadata.get("name") and prefix:
        random = digest(store, place.resource.qualified, namespace, prefix)
        metadata["name"] = str(prefix)[:_LONGEST_PREFIX] + safe_text(random[:_SUFFIX])


def begin(obj: dict[str, Any], resource: Resource, store: Store) -> None:
    """Give a new object what the server sets, in place."""
    metadata = obj["metadata"]
    for name in (*_OWN, "resourceVersion"):
        metadata.pop(name, None)
    text = digest(store, "uid", resource.qualified, metadata.get("namespace", ""), metadata.get("name", "")).hex()
    metadata["uid"] = uuid(text)
    metadata["creationTimestamp"] = format_time(store.now)
    if resource.counts_generations:
        metadata["generation"] = 1


def carry_over(obj: dict[str, Any], before: Mapping[str, Any], resource: Resource) -> None:
    """Keep what the server set when it writes an object again, in place. Raises ApiError (400, 409)."""
    metadata, old = obj.setdefault("metadata", {}), before["metadata"]
    name = old["name"]
    _check_identity(resource, before, metadata)
    for key in ("name", "namespace"):
        given = metadata.get(key) or old.get(key, "")
        if given != old.get(key, ""):
            raise bad_request(
                f"the {key} of the object ({given}) does not match the {key} on the URL ({old.get(key, '')})"
            )
    metadata["name"] = name
    for key in ("namespace", *_OWN):
        if key in old:
            metadata[key] = old[key]
        else:
            metadata.pop(key, None)


def _check_identity(resource: Resource, before: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """An object must still be the one, and as it was when, the client read it. Raises ApiError (409)."""
    metadata = before["metadata"]
    if given.get("uid") and given["uid"] != metadata["uid"]:
        key = "/".join(("/registry", resource.name, key_of(before, resource)))
        detail = f"Precondition failed: UID in precondition: {given['uid']}, UID in object meta: {metadata['uid']}"
        stored = f"StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: {detail}"
        raise conflict(resource, metadata["name"], stored)
    if given.get("resourceVersion") and given["resourceVersion"] != metadata["resourceVersion"]:
        detail = "the object has been modified; please apply your changes to the latest version and try again"
        raise conflict(resource, metadata["name"], detail)


def check_preconditions(resource: Resource, before: Mapping[str, Any], wanted: Preconditions) -> None:
    """An object to delete must be the one, and as it was when, the client means. Raises ApiError (409)."""
    metadata = before["metadata"]
    for called, asked, found, perhaps in (
        ("UID", wanted.uid, metadata["uid"], "deleted and then recreated"),
        ("ResourceVersion", wanted.version, metadata["resourceVersion"], "modified"),
    ):
        if asked is not None and asked != found:
            detail = f"the {called} in the precondition ({asked}) does not match the {called} in record ({found})"
            raise unmet(resource, metadata["name"], f"{detail}. The object might have been {perhaps}")


def count_generation(obj: dict[str, Any], before: Mapping[str, Any], resource: Resource) -> None:
    """Let the generation grow where anything but metadata and status changed, in place."""
    kept = (before["metadata"].get(name) == obj["metadata"].get(name) for name in resource.counted_metadata)
    if resource.counts_generations and (_substance(obj) != _substance(before) or not all(kept)):
        obj["metadata"]["generation"] = before["metadata"].get("generation", 1) + 1


def _substance(obj: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in obj.items() if name not in {"metadata", "status", "kind", "apiVersion"}}


def same(obj: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether a write changes nothing; when somebody last said the same does not count."""
    return _comparable(obj) == _comparable(before)


def _comparable(obj: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {name: value for name, value in obj["metadata"].items() if name != "resourceVersion"}
    managed = metadata.get("managedFields") or ()
    metadata["managedFields"] = [{name: value for name, value in entry.items() if name != "time"} for entry in managed]
    return {**_substance(obj), "metadata": metadata, "status": obj.get("status")}


def key_of(obj: Mapping[str, Any], resource: Resource) -> str:
    """Where an object is kept."""
    metadata = obj["metadata"]
    return resource.key(Meta(name=metadata["name"], namespace=metadata.get("namespace", "")))


def problems(obj: Mapping[str, Any], resource: Resource) -> Iterator[Problem]:
    """What is wrong with an object's metadata."""
    metadata = obj["metadata"]
    name = metadata.get("name")
    if not name:
        yield required("metadata.name", "name or generateName is required")
    elif wrong := resource.named(name):
        yield invalid("metadata.name", name, wrong)
    yield from problems_with_labels("metadata.labels", metadata.get("labels"))
    yield from problems_with_annotations(metadata.get("annotations"))
    for number, owner in enumerate(metadata.get("ownerReferences") or ()):
        for field in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(field):
                yield invalid(f"metadata.ownerReferences[{number}].{field}", "", "must not be empty")
