"""Batches of objects as people write them: the keys of a step with ``do = "objects"``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from perfkit.model.objects import ACTS, FASTEST, MOST, NUMBER, Batch
from perfkit.storage import churn
from perfkit.storage.tables import Value, choice, integer, table, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NAMESPACE: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?")


def read_batch(value: Value, fields: dict[str, Any]) -> Batch:
    """The batch among the fields of a step, which are taken out of them. Raises ScenarioError naming ``value``."""
    batch = Batch(**{name: fields.pop(name) for name in READERS if name in fields})
    if batch.count > 1 and NUMBER not in batch.manifest["metadata"]["name"]:
        name = value.child("manifest").child("metadata").child("name")
        raise name.error(f"found {name.data!r}, one name for {batch.count:,} objects", "such as 'widget-{n}'")
    return batch


def _manifest(value: Value) -> dict[str, Any]:
    """An object as ``kubectl`` would be given it, but in TOML."""
    for key in ("apiVersion", "kind", "metadata"):
        if key not in table(value):
            raise value.error(f"the key {key!r} is missing", "it is an object's manifest, written as a table")
    text(value.child("apiVersion"))
    text(value.child("kind"))
    _check_metadata(value.child("metadata"))
    return dict(value.data)


def _check_metadata(value: Value) -> None:
    if "namespace" in table(value):
        raise value.child("namespace").error("the namespace is a key of the step", 'such as namespace = "default"')
    if "name" not in value.data:
        raise value.error("the key 'name' is missing", "such as 'widget-{n}'")
    name = value.child("name")
    if not _NAME.fullmatch(text(name).replace(NUMBER, "0")):
        raise name.refused("a name of an object, with {n} where its number is to be")


def _rate(value: Value) -> float:
    rate = churn.rate(value)
    if not 0 < rate <= FASTEST:
        raise value.refused(f"more than 0 objects a second, at most {FASTEST:,.0f}")
    return rate


def _namespace(value: Value) -> str:
    if not _NAMESPACE.fullmatch(text(value)):
        raise value.refused("the name of a namespace")
    return str(value.data)


READERS: Final[Mapping[str, Callable[[Value], Any]]] = {
    "act": choice(*ACTS),
    "manifest": _manifest,
    "count": integer(1, MOST),
    "rate": _rate,
    "namespace": _namespace,
}
