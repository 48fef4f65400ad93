"""An object of any kind as text: a description in kubectl's manner, and its YAML. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from perfkit.client.ui.values import table, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LEFT_OUT: Final = {"managedFields", "kubectl.kubernetes.io/last-applied-configuration"}
_HUMPS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def yaml(whole: Mapping[str, Any]) -> str:
    """As ``kubectl get -o yaml`` prints it, without managed fields."""
    import msgspec

    metadata = whole.get("metadata")
    if isinstance(metadata, dict):
        whole = {**whole, "metadata": {key: value for key, value in metadata.items() if key != "managedFields"}}
    return msgspec.yaml.encode(whole, order="deterministic").decode()


def plain(whole: Mapping[str, Any]) -> Iterator[str]:
    """Name, labels and annotations first, then what the object says of itself."""
    metadata = table(whole.get("metadata"))
    head = {
        "Name": metadata.get("name"),
        "Namespace": metadata.get("namespace"),
        "Labels": metadata.get("labels"),
        "Annotations": metadata.get("annotations"),
        "Kind": whole.get("kind"),
        "Created": metadata.get("creationTimestamp"),
        "Deleted": metadata.get("deletionTimestamp"),
        "Controlled By": [f"{o.get('kind')}/{o.get('name')}" for o in tables(metadata.get("ownerReferences"))],
        "Finalizers": metadata.get("finalizers"),
    }
    rest = {key: value for key, value in whole.items() if key not in {"metadata", "kind", "apiVersion"}}
    yield from _fields({key: value for key, value in head.items() if value}, 0)
    yield from _fields(rest, 0)


def _fields(fields: Mapping[str, Any], depth: int) -> Iterator[str]:
    names = {key: titled(key) if depth or key[:1].islower() else key for key in fields if key not in LEFT_OUT}
    longest = max((len(name) for name in names.values()), default=0)
    for key, name in names.items():
        yield from _field(name, fields[key], depth, min(longest, 24))


def _field(name: str, value: Any, depth: int, longest: int) -> Iterator[str]:
    blank = "  " * depth
    match value:
        case {} if not value:
            yield f"{blank}{name}: {{}}"
        case {"type": _, "status": _}:
            yield f"{blank}{name}: {_flat(value)}"
        case dict() if all(isinstance(each, str) for each in value.values()) and depth == 0:
            first, *others = [f"{key}={each}" for key, each in sorted(value.items())]
            yield f"{blank}{name + ':':<{longest + 1}} {first}"
            yield from (f"{blank}{' ' * (longest + 1)} {each}" for each in others)
        case dict():
            yield f"{blank}{name}:"
            yield from _fields(value, depth + 1)
        case list() if value and all(isinstance(each, dict) for each in value):
            yield f"{blank}{name}:"
            for each in value:
                yield from _entry(each, depth + 1)
        case list():
            yield f"{blank}{name + ':':<{longest + 1}} {', '.join(_plain(each) for each in value)}"
        case _:
            yield f"{blank}{name + ':':<{longest + 1}} {_plain(value)}"


def _entry(fields: Mapping[str, Any], depth: int) -> Iterator[str]:
    """One of a list of tables: under its name where it has one; a condition is one line."""
    named = next((fields[key] for key in ("name", "type", "key", "ip") if isinstance(fields.get(key), str)), None)
    if named is not None and "status" in fields and "type" in fields:
        yield f"{'  ' * depth}{_flat(fields)}"
        return
    inner = list(_fields(fields, depth + 1))
    if named is None and inner:
        yield f"{'  ' * depth}- {inner[0].strip()}"
        yield from inner[1:]
        return
    yield f"{'  ' * depth}{named}:"
    yield from inner


def _flat(condition: Mapping[str, Any]) -> str:
    said = " ".join(_plain(condition[key]) for key in ("reason", "message") if condition.get(key))
    return f"{condition.get('type')}={condition.get('status')}" + (f"  {said}" if said else "")


def titled(key: str) -> str:
    """``podIP`` as ``Pod IP``; keys that are no field names (labels, paths) stay as they are."""
    return _HUMPS.sub(" ", key[:1].upper() + key[1:]) if key.isalnum() else key


def _plain(value: Any) -> str:
    match value:
        case None:
            return "<none>"
        case bool():
            return "true" if value else "false"
        case dict():
            return ", ".join(f"{key}={_plain(each)}" for key, each in value.items())
        case list():
            return ", ".join(map(_plain, value))
        case _:
            return " ".join(str(value).split())
