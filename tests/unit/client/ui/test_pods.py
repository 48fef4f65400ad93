"""READY, STATUS and RESTARTS of pods, held to what kubectl shows (the golden expectations that hold the mock too)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from perfkit.client.schema import Schema
from perfkit.client.ui.pods import FIELDS
from support import expectations

SCHEMA = Schema(FIELDS)


def pod(described: dict[str, Any]) -> dict[str, Any]:
    """The pod that the expectation is about."""
    inits: list[dict[str, Any]] = [{"name": f"i{number}"} for number in range(described.get("init", 0))]
    inits += [{"name": f"s{number}", "restartPolicy": "Always"} for number in range(described.get("sidecars", 0))]
    containers = [{"name": f"c{number or ''}"} for number in range(described.get("containers", 1))]
    deleted = {"deletionTimestamp": "2026-01-01T00:00:00Z"} if described.get("deleted") else {}
    return {
        "metadata": {"name": "p", **deleted},
        "spec": {"containers": containers, "initContainers": inits},
        "status": described["status"],
    }


@pytest.mark.parametrize(
    "described", expectations.data("pod_status")["pods"], ids=lambda described: " ".join(described["cells"])
)
def test_a_pod_reads_as_kubectl_shows_it(described: dict[str, Any]) -> None:
    row: Any = SCHEMA.row(SCHEMA.decode(msgspec.json.encode(pod(described))))
    assert [f"{row.ready}/{row.containers}", row.status, str(row.restarts)] == described["cells"]


def test_a_pod_of_which_nothing_is_known_has_a_row() -> None:
    row: Any = SCHEMA.row(SCHEMA.decode(b'{"metadata":{"name":"p"},"spec":null,"status":null}'))
    assert (row.ready, row.containers, row.status, row.restarts, row.node) == (0, 0, "Unknown", 0, "")
