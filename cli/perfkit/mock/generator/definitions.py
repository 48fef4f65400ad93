"""Custom resource definitions by the thousand, as a cluster with many operators has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from perfkit.mock.generator.words import DOMAINS
from perfkit.mock.resources.custom import DEFINITIONS, completed, defined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.generator.collection import Collection
    from perfkit.mock.generator.maker import Maker
    from perfkit.mock.resources.description import Resource

_A_GROUP: Final = 20  # definitions share a group
_KINDS: Final = (
    *("Cluster", "Instance", "Policy", "Route", "Gateway", "Certificate", "Backup", "Restore", "Schedule", "Topic"),
    *("User", "Queue", "Bucket", "Alert", "Dashboard", "Pipeline", "Workflow", "Registry", "Secretstore", "Volume"),
)
_SETTINGS: Final = ("size", "region", "class", "version", "endpoint", "replicas", "retention", "schedule", "encryption")


def definitions(count: int, maker: Maker) -> tuple[dict[str, Collection], dict[str, list[Resource]]]:
    """``count`` definitions as a collection, and what each makes the server serve, by its name.

    Their schemas are alike: they are kept once, and a definition is put together when it is asked for.
    """
    if not count:
        return {}, {}
    schema = _schema()
    built = [_definition(number, schema) for number in range(count)]
    names = {f"{each['spec']['names']['plural']}.{each['spec']['group']}": n for n, each in enumerate(built)}
    served = {name: defined(built[number]) for name, number in names.items()}
    epoch = maker.metadata(DEFINITIONS, "epoch", 0)["creationTimestamp"]

    def build(number: int) -> dict[str, Any]:
        return completed({**built[number], "metadata": {"creationTimestamp": epoch}})

    collection = maker.collection(DEFINITIONS, count, lambda: names, build)
    return {DEFINITIONS.qualified: collection}, served


def _definition(number: int, schema: Mapping[str, Any]) -> dict[str, Any]:
    group, kind = divmod(number, _A_GROUP)
    name = f"{_KINDS[kind]}{'' if group < len(DOMAINS) else group}"
    domain = DOMAINS[group % len(DOMAINS)]
    names = {"plural": f"{name.lower()}s", "singular": name.lower(), "kind": name, "listKind": f"{name}List"}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
        "additionalPrinterColumns": [
            {"name": "Ready", "type": "string", "jsonPath": '.status.conditions[?(@.type=="Ready")].status'},
            {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
        ],
    }
    return {
        "spec": {
            "group": f"{domain}{group:03d}.example.com",
            "scope": "Namespaced" if number % 4 else "Cluster",
            "names": names,
            "versions": [version],
        }
    }


def _schema() -> dict[str, Any]:
    """Some 4 KB, as an operator's small kind has: settings with a description each, and conditions."""
    text = {"type": "string"}
    settings = {
        f"{setting}{part}": {**text, "description": f"{setting.capitalize()} of the {part or 'whole'}."}
        for setting in _SETTINGS
        for part in ("", "Primary", "Standby", "Archive")
    }
    reference = {"type": "object", "required": ["name"], "properties": {"name": text, "namespace": text, "key": text}}
    condition = {"type": "object", "properties": dict.fromkeys(("type", "status", "reason", "message"), text)}
    spec = {**settings, "secretRef": reference, "labels": {"type": "object", "additionalProperties": text}}
    status = {"conditions": {"type": "array", "items": condition}, "observedGeneration": {"type": "integer"}}
    properties = {
        "spec": {"type": "object", "properties": spec},
        "status": {"type": "object", "properties": status},
    }
    return {"type": "object", "properties": properties}
