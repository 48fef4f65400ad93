"""Objects without what tells whose they are: names, labels, addresses, images and the like become numbered words.

Equal texts become equal words, wherever they stand, so that references still lead where they led; the words are
numbered in the order of the texts, so that the same objects give the same words and nobody can find a text by trying.
Kept are kinds, with their definitions, enumerated values, quantities, times, and names that every cluster has.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# What a field of these names holds is of a closed vocabulary.
_PLAIN_FIELDS: Final = frozenset(
    (
        *("apiVersion", "kind", "type", "status", "phase", "protocol", "restartPolicy", "dnsPolicy"),
        *("imagePullPolicy", "terminationMessagePolicy", "operator", "effect", "qosClass", "operation"),
        *("fieldsType", "subresource", "concurrencyPolicy", "completionMode", "podManagementPolicy", "pathType"),
        *("policyTypes", "accessModes", "volumeMode", "persistentVolumeReclaimPolicy", "reclaimPolicy"),
        *("volumeBindingMode", "sessionAffinity", "internalTrafficPolicy", "externalTrafficPolicy", "ipFamilies"),
        *("ipFamilyPolicy", "addressType", "preemptionPolicy", "whenUnsatisfiable", "topologyKey", "scope"),
        *("verbs", "apiGroups", "resources", "resource", "fieldPath", "divisor", "architecture", "apiGroup"),
        *("operatingSystem", "kubeletVersion", "kernelVersion", "scheme", "action", "manager", "reason"),
        *("schedulerName", "terminationMessagePath"),
    )
)
# The keys of these objects are a user's own words, as are all their values.
_MAPS: Final = frozenset({"labels", "annotations", "matchLabels", "nodeSelector", "data", "selector", "parameters"})
_DROPPED: Final = frozenset({"stringData", "binaryData"})
_COMMON: Final = frozenset(
    (
        *("default", "kubernetes", "kube-system", "kube-public", "kube-node-lease", "kube-root-ca.crt"),
        *("cluster-admin", "admin", "edit", "view", "standard", "default-scheduler", "Always", "true", "false"),
        *("True", "False", "Unknown", "None", "linux", "amd64", "arm64"),
    )
)
_WELL_KNOWN_KEY: Final = re.compile(r"(?:[a-z0-9.-]+\.)?(?:kubernetes|k8s)\.io/.*|pod-template-hash")
_QUANTITY: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[numkKMGTPE]i?|%|s)?")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ADDRESS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_SELECTOR_WORDS: Final = frozenset({"matchLabels", "matchExpressions"})


def anonymised(objects: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The objects with words in place of what is somebody's own; secrets without their data."""
    bare = [_definition(obj) if _defines(obj) else without_secrets(obj) for obj in objects]
    texts: set[str] = set()

    def collect(text: str) -> str:
        texts.add(text)
        return text

    for obj in bare:
        if not _defines(obj):
            _replaced(obj, "", collect)
    words = {text: _word(text, number) for number, text in enumerate(sorted(texts), 1)}
    return [obj if _defines(obj) else _replaced(obj, "", words.__getitem__) for obj in bare]


def _defines(obj: dict[str, Any]) -> bool:
    return obj.get("kind") == "CustomResourceDefinition"


def _definition(obj: dict[str, Any]) -> dict[str, Any]:
    """A definition as it must be to define the same kinds; who made it and who converts is dropped."""
    spec = {name: value for name, value in obj.get("spec", {}).items() if name != "conversion"}
    metadata = {"name": obj["metadata"]["name"]}
    return {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "metadata": metadata, "spec": spec}


def without_secrets(obj: dict[str, Any]) -> dict[str, Any]:
    """The object as it is, but a Secret without its data, and nothing with a copy of itself in an annotation."""
    if obj.get("kind") == "Secret":
        obj = {name: value for name, value in obj.items() if name not in {"data", "stringData"}}
    metadata = dict(obj.get("metadata") or {})
    notes = metadata.get("annotations")
    if notes:
        metadata["annotations"] = {name: text for name, text in notes.items() if "last-applied" not in name}
    return {**obj, "metadata": metadata}


def _replaced(value: Any, field: str, word: Callable[[str], str]) -> Any:
    """``value`` as the field of that name holds it, with every text of a user's own put through ``word``."""
    if isinstance(value, str):
        return value if field in _PLAIN_FIELDS or _plain(value) else word(value)
    if isinstance(value, list):
        return [_replaced(item, field, word) for item in value]
    if not isinstance(value, dict):
        return value
    if field == "fieldsV1":
        return _owned(value, "", word)
    if field in _MAPS and not _SELECTOR_WORDS & value.keys():
        return {_key(name, word): _replaced(item, "", word) for name, item in value.items()}
    return {name: _replaced(item, name, word) for name, item in value.items() if name not in _DROPPED}


def _owned(fields: dict[str, Any], field: str, word: Callable[[str], str]) -> dict[str, Any]:
    """The field sets of managedFields, whose keys hold a user's words too: of maps, and of lists with keys."""
    return dict(_owned_members(fields, field, word))


def _owned_members(
    fields: dict[str, Any], field: str, word: Callable[[str], str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, members in fields.items():
        kind, _, rest = name.partition(":")
        if kind == "f" and field in _MAPS:
            yield f"f:{_key(rest, word)}", _owned(members, "", word)
        elif kind in {"k", "v"}:
            told = _replaced(msgspec.json.decode(rest), "", word)
            yield f"{kind}:{msgspec.json.encode(told).decode()}", _owned(members, "", word)
        else:
            yield name, _owned(members, rest, word)


def _key(name: str, word: Callable[[str], str]) -> str:
    return name if _WELL_KNOWN_KEY.fullmatch(name) else word(name)


def _plain(text: str) -> bool:
    """Whether a text says nothing of anybody."""
    return not text or text in _COMMON or bool(_QUANTITY.fullmatch(text) or _TIME.fullmatch(text))


def _word(text: str, number: int) -> str:
    """What stands for a text: of its form, and as long where it is long, since sizes are part of the experiment."""
    if _UUID.fullmatch(text):
        return f"00000000-0000-4000-a000-{number:012x}"
    if _ADDRESS.fullmatch(text):
        return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    if "://" in text and len(text) <= 100:
        return f"x://{number:06d}".ljust(len(text), "0")
    return f"n{number:06d}".ljust(len(text) if len(text) > 20 else 0, "x")
