"""Scale: the number of replicas of anything that has one, read and written in one form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.resources.columns import AGED, NAMED, pairs, table
from perfkit.mock.resources.columns import selector as selector_text
from perfkit.mock.resources.description import Resource
from perfkit.mock.resources.rules import find, invalid
from perfkit.mock.wire.bodies import media_type, read_json, read_object
from perfkit.mock.wire.formats import choose
from perfkit.mock.wire.status import bad_request, invalid_object, method_not_allowed
from perfkit.mock.writes.checking import identify
from perfkit.mock.writes.editor import Intent
from perfkit.mock.writes.metadata import carry_over
from perfkit.mock.writes.patching import patched
from perfkit.mock.writing import write_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.exchange import Exchange
    from perfkit.mock.store import Store
    from perfkit.mock.wire.places import Place
    from perfkit.mock.writes.control_plane import ControlPlane

SCALES = Resource(
    group="autoscaling",
    name="scales",
    singular="scale",
    kind="Scale",
    namespaced=True,
    **table(NAMED, AGED),
)
_BUILT_IN = {
    "specReplicasPath": ".spec.replicas",
    "statusReplicasPath": ".status.replicas",
    "labelSelectorPath": ".spec.selector",
}


def scale_of(obj: Mapping[str, Any], resource: Resource) -> dict[str, Any]:
    """The Scale of an object."""
    paths = _paths(resource)
    chosen = find(obj, paths.get("labelSelectorPath", "").removeprefix("."), "")
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    replicas = find(obj, paths["statusReplicasPath"].removeprefix("."), 0)
    text = _text(chosen)
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {name: obj["metadata"][name] for name in kept if name in obj["metadata"]},
        "spec": {"replicas": wanted} if (wanted := find(obj, paths["specReplicasPath"].removeprefix("."), 0)) else {},
        "status": {"replicas": replicas, **({"selector": text} if text else {})},
    }


def _text(chosen: Any) -> str:
    """A selector as text: a LabelSelector, labels alone (replication controllers), or text already (custom ones)."""
    if not isinstance(chosen, dict):
        return str(chosen)
    return selector_text(chosen) if {"matchLabels", "matchExpressions"} & chosen.keys() else pairs(chosen)


def _paths(resource: Resource) -> Mapping[str, str]:
    return (resource.defined.scale if resource.defined else None) or _BUILT_IN


async def serve(exchange: Exchange, store: Store, plane: ControlPlane, place: Place) -> None:
    """Answer a request for the scale of an object. Raises ApiError."""
    before = plane.editor.read(place)
    scale = scale_of(before, place.resource)
    match exchange.method:
        case "GET":
            pass
        case "PUT" | "PATCH":
            wanted = _wanted(exchange, scale)
            obj = _scaled(before, place.resource, _replicas(wanted, place))
            carry_over(obj, before, place.resource)
            intent = Intent(place, write_options(exchange))
            written = plane.editor.replace(intent, before, obj, [])
            scale = scale_of(msgspec.json.decode(written.body), place.resource)
        case _:
            raise method_not_allowed()
    form = choose(exchange.header("accept"), SCALES, "", lambda: store.now)
    body = {name: value for name, value in scale.items() if name not in {"kind", "apiVersion"}}
    await exchange.reply(200, form.single(msgspec.json.encode(body)) + b"\n")


def _wanted(exchange: Exchange, scale: dict[str, Any]) -> dict[str, Any]:
    """The Scale that a client wants. Raises ApiError."""
    kind = exchange.header("content-type")
    if exchange.method == "PUT":
        wanted = read_object(exchange.content, kind).value
    else:
        wanted = patched(scale, media_type(kind), read_json(exchange.content).value, SCALES)
    identify(wanted, "autoscaling/v1", "Scale")
    carry_over(wanted, scale, SCALES)
    found: dict[str, Any] = wanted
    return found


def _replicas(scale: Mapping[str, Any], place: Place) -> int:
    replicas = find(scale, "spec.replicas", 0)
    if not isinstance(replicas, int) or isinstance(replicas, bool):
        raise bad_request(f"spec.replicas must be a number, not {replicas!r}")
    if replicas < 0:
        problem = invalid("spec.replicas", replicas, "must be greater than or equal to 0")
        raise invalid_object(SCALES, place.name, [problem])
    return replicas


def _scaled(obj: dict[str, Any], resource: Resource, replicas: int) -> dict[str, Any]:
    *way, last = _paths(resource)["specReplicasPath"].removeprefix(".").split(".")
    result: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(obj))
    part = result
    for step in way:
        part = part.setdefault(step, {})
    part[last] = replicas
    return result
