"""Config maps, secrets and service accounts."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.columns import AGED, NAMED, reading, table, value
from perfkit.mock.resources.description import Column, Resource, Subresource
from perfkit.mock.resources.rules import forbidden, immutable, invalid, required

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.mock.schema.validation import Problem


def _size(obj: dict[str, Any]) -> int:
    return len(obj.get("data") or ()) + len(obj.get("binaryData") or ())


_DATA = (Column("Data", "Number of entries."), reading(_size))


def _frozen(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    """An immutable one keeps its data."""
    if before is None or not before.get("immutable"):
        return []
    kept = "field is immutable when `immutable` is set"
    changed = [field for field in ("data", "binaryData") if obj.get(field) != before.get(field)]
    thawed = [] if obj.get("immutable") else ["immutable"]
    return [forbidden(field, kept) for field in (*thawed, *changed)]


_KEY = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
    "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
# What a secret of a type must hold.
_NEEDED = {"kubernetes.io/tls": ("tls.crt", "tls.key"), "kubernetes.io/dockerconfigjson": (".dockerconfigjson",)}


def _map_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    return [*_key_problems(obj), *_frozen(obj, before)]


def _key_problems(obj: Mapping[str, Any]) -> Iterator[Problem]:
    for key in obj.get("data") or ():
        if not re.fullmatch("[-._a-zA-Z0-9]+", key):
            yield invalid(f"data[{key}]", key, _KEY)


CONFIG_MAPS = Resource(
    name="configmaps",
    singular="configmap",
    kind="ConfigMap",
    namespaced=True,
    short_names=("cm",),
    validate=_map_problems,
    **table(NAMED, _DATA, AGED),
)


def _secret_defaults(obj: dict[str, Any]) -> None:
    obj.setdefault("type", "Opaque")
    plain = obj.pop("stringData", None)  # written only
    if plain:
        encoded = {key: base64.b64encode(str(text).encode()).decode() for key, text in plain.items()}
        obj["data"] = {**(obj.get("data") or {}), **encoded}


def _secret_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    needed = _NEEDED.get(obj.get("type", ""), ())
    missing = [required(f"data[{key}]") for key in needed if key not in (obj.get("data") or ())]
    return [*_key_problems(obj), *missing, *_frozen(obj, before), *immutable("type", obj, before)]


SECRETS = Resource(
    name="secrets",
    singular="secret",
    kind="Secret",
    namespaced=True,
    fields={"metadata.name": "", "metadata.namespace": "", "type": ""},
    defaults=_secret_defaults,
    validate=_secret_problems,
    **table(NAMED, (Column("Type", "What the secret is for."), value("type")), _DATA, AGED),
)
SERVICE_ACCOUNTS = Resource(
    name="serviceaccounts",
    singular="serviceaccount",
    kind="ServiceAccount",
    namespaced=True,
    short_names=("sa",),
    subresources=(
        Subresource(name="token", kind="TokenRequest", group="authentication.k8s.io", version="v1", verbs=("create",)),
    ),
    **table(NAMED, AGED),
)
