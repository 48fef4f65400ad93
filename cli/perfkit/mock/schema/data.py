"""The schemas that perfkit ships: the structure of Kubernetes' published OpenAPI definitions, read at the first use."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from perfkit.mock.schema.metrics import METRICS

PATH = Path(__file__).with_name("kubernetes.json")
REFERENCE = "#/definitions/"


class Shipped(msgspec.Struct, frozen=True):
    """``definitions`` are OpenAPI v2 schemas by name; ``release`` is the Kubernetes release that they describe."""

    release: str
    definitions: dict[str, dict[str, Any]]


@cache
def shipped() -> Shipped:
    """All shipped schemas."""
    read = msgspec.json.decode(PATH.read_bytes(), type=Shipped)
    return Shipped(read.release, {**read.definitions, **METRICS})


@cache
def kinds() -> dict[tuple[str, str, str], str]:
    """The name of the definition of each (group, version, kind)."""
    return {
        (kind["group"], kind["version"], kind["kind"]): name
        for name, definition in shipped().definitions.items()
        for kind in definition.get("x-kubernetes-group-version-kind", ())
    }
