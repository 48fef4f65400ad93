"""``perfkit cluster record``: a shape, or a snapshot, of any cluster that a kubeconfig leads to; read-only."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from perfkit.client.access import load_access
from perfkit.client.api import Api
from perfkit.client.pages import PAGE, extent, pages
from perfkit.client.problems import ApiError
from perfkit.errors import UsageError
from perfkit.mock.resources.addresses import IP_ADDRESSES
from perfkit.mock.resources.control_plane import API_SERVICES, COMPONENT_STATUSES
from perfkit.mock.resources.custom import DEFINITIONS, defined
from perfkit.mock.resources.events import EVENTS, EVENTS_V1
from perfkit.mock.resources.nodes import NODES
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.registry import RESOURCES
from perfkit.model.units import format_value
from perfkit.storage.anonymous import anonymised, without_secrets
from perfkit.storage.files import shown, write_whole
from perfkit.storage.fitted import Census, shape_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from perfkit.client.api import Connection
    from perfkit.client.pages import Extent
    from perfkit.mock.resources.description import Resource

# What happened once, and what a server says of itself, by names that are addresses and groups.
_LEFT_OUT = {each.qualified for each in (EVENTS, EVENTS_V1, API_SERVICES, COMPONENT_STATUSES, IP_ADDRESSES)}
_DENIED = frozenset({403, 404, 405})


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line. ``raw``: names and all stay as they are; ``yes``: do not ask."""

    context: str
    kubeconfig: str | None
    output: str
    snapshot: bool
    raw: bool
    yes: bool


def record(asked: Asked) -> None:
    """Tell what will be read, ask, read it, and write the file.

    Raises:
        UsageError: no such context, nobody to ask, or the answer is no.
        ApiError, ConnectionLostError: the cluster refuses, or cannot be reached.
        StorageError: the file cannot be written.
    """
    kubeconfig = None if asked.kubeconfig is None else Path(asked.kubeconfig)
    connection = Api(load_access(kubeconfig, asked.context)).connect()
    try:
        found = _extents(connection, _wanted(snapshot=asked.snapshot))
        found |= _extents(connection, _custom(connection, found))
        _confirm(found, asked)
        data = _snapshot(connection, found, raw=asked.raw) if asked.snapshot else _shape(connection)
    finally:
        connection.close()
    write_whole(Path(asked.output), data)
    option = "-f" if asked.snapshot else "--shape"
    sys.stderr.write(f"wrote {shown(Path(asked.output))}\nplay it with: perfkit cluster up {option} {asked.output}\n")


def _wanted(*, snapshot: bool) -> list[Resource]:
    if not snapshot:
        return [PODS, NODES]
    readable = (each for each in RESOURCES if "list" in each.verbs and each.projection is None)
    return [each for each in readable if each.qualified not in _LEFT_OUT]


def _custom(connection: Connection, found: dict[str, tuple[Resource, Extent]]) -> Iterator[Resource]:
    """The resources of the definitions that are to be read, each in the version in which it is stored."""
    if DEFINITIONS.qualified not in found or not found[DEFINITIONS.qualified][1].objects:
        return
    for definition in _all(connection, DEFINITIONS):
        kept = {each["name"] for each in definition["spec"]["versions"] if each.get("storage")}
        served = defined(definition)
        yield from [each for each in served if each.version in kept] or served[:1]


def _extents(connection: Connection, resources: Iterable[Resource]) -> dict[str, tuple[Resource, Extent]]:
    """How much there is of each; what may not be read, or is not served, is told and left out."""
    found = {}
    for resource in resources:
        try:
            found[resource.qualified] = (resource, extent(connection, _path(resource)))
        except ApiError as error:
            if error.code not in _DENIED or resource is PODS:
                raise
            sys.stderr.write(f"! left out {resource.qualified}: {error.message}\n")
    return found


def _confirm(found: dict[str, tuple[Resource, Extent]], asked: Asked) -> None:
    extents = [each for _, each in found.values() if each.objects]
    requests = sum(-(-each.objects // PAGE) for each in extents)
    counts: Counter[str] = Counter()
    for resource, each in found.values():
        counts[resource.qualified if resource.defined is None else "custom resources"] += each.objects
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    size = format_value(float(sum(each.bytes for each in extents)), "bytes")
    sys.stderr.write(
        f"this reads {told}: {requests:,} LISTs of up to {PAGE} objects, about {size}; nothing is written\n"
    )
    if asked.yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("nobody is there to ask whether to go on", "say --yes")
    sys.stderr.write("go on? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise UsageError("not recorded")


def _shape(connection: Connection) -> bytes:
    census = Census()
    for pod in _all(connection, PODS):
        census.add(pod)
    census.nodes = sum(1 for _ in _all(connection, NODES))
    return shape_text(census).encode()


def _snapshot(connection: Connection, found: dict[str, tuple[Resource, Extent]], *, raw: bool) -> bytes:
    objects = [
        {"apiVersion": resource.api_version, "kind": resource.kind, **obj}
        for resource, each in found.values()
        if each.objects
        for obj in _all(connection, resource)
    ]
    kept: Sequence[dict[str, Any]] = [without_secrets(obj) for obj in objects] if raw else anonymised(objects)
    return b"".join(msgspec.json.encode(obj) + b"\n" for obj in kept)


def _all(connection: Connection, resource: Resource) -> Iterator[dict[str, Any]]:
    for page in pages(connection, _path(resource)):
        yield from page


def _path(resource: Resource) -> str:
    prefix = f"/apis/{resource.group}/{resource.version}" if resource.group else f"/api/{resource.version}"
    return f"{prefix}/{resource.name}"
