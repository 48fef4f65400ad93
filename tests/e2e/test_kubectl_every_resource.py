"""What kubectl does with OpenAPI, done to one object of every resource that can be written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from support.kubectl import Kubectl
from support.manifests import WRITABLE, manifest
from support.mock import Mock, running

pytestmark = pytest.mark.e2e


# Events and autoscalers have two places each, endpoints of a service are its controller's: no two may have one name.
OTHER_NAMES = {
    "autoscaling/v1/horizontalpodautoscalers": "older",
    "events.k8s.io/v1/events": "example-too",
    "v1/endpoints": "nobodys",
}


def placed(resource: Any) -> dict[str, Any]:
    obj = manifest(resource, OTHER_NAMES.get(f"{resource.api_version}/{resource.name}", ""))
    obj["metadata"] |= {"namespace": "default"} if resource.namespaced else {}
    return obj


# What a second apply changes, on kube-apiserver 1.37.2 too.
_ADMISSION = (
    *("mutatingadmissionpolicy", "validatingadmissionpolicy"),
    *("mutatingwebhookconfiguration", "validatingwebhookconfiguration"),
)
REPLACED = {
    *("secret", "poddisruptionbudget.policy", "endpoints", "endpointslice.discovery.k8s.io", "limitrange"),
    *(f"{kind}.rbac.authorization.k8s.io" for kind in ("role", "clusterrole")),
    *(f"{kind}.resource.k8s.io" for kind in ("resourceclaim", "resourceclaimtemplate")),
    *(f"{kind}.admissionregistration.k8s.io" for kind in _ADMISSION),
}


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("tiny") as found:
        yield found


@pytest.fixture
def kubectl(mock: Mock, tmp_path: Path) -> Kubectl:
    mock.reset(tmp_path / "record")
    return Kubectl(mock, tmp_path)


@pytest.fixture
def everything(tmp_path: Path) -> str:
    """A file with one object of each resource."""
    path = tmp_path / "everything.json"
    path.write_bytes(msgspec.json.encode({"apiVersion": "v1", "kind": "List", "items": [*map(placed, WRITABLE)]}))
    return f"--filename={path}"


def test_strict_validation_takes_every_kind(kubectl: Kubectl, everything: str) -> None:
    assert kubectl("create", "--validate=strict", everything).count(" created\n") == len(WRITABLE)


def test_apply_is_repeatable_and_diff_finds_nothing(kubectl: Kubectl, everything: str) -> None:
    assert kubectl("apply", everything).count(" created\n") == len(WRITABLE)
    again = kubectl("apply", everything).splitlines()
    changed = {line.partition("/")[0] for line in again if not line.endswith(" unchanged")}
    # kubectl's own doing, on a real API server too: stringData and empty lists are never read back, a budget's selector
    # is replaced, not merged, and so are lists whose elements got defaults.
    assert changed <= REPLACED
    assert not kubectl("diff", everything)


def test_server_side_apply_is_repeatable(kubectl: Kubectl, everything: str) -> None:
    for _ in range(2):
        assert kubectl("apply", "--server-side", everything).count(" serverside-applied\n") == len(WRITABLE)
    assert not kubectl("diff", "--server-side", everything)


def test_edit_label_and_delete_take_every_kind(kubectl: Kubectl, everything: str) -> None:
    kubectl("create", everything)
    edited = kubectl("edit", everything, EDITOR="sed -i 's/made: here/made: there/'")
    assert edited.count(" edited\n") == len(WRITABLE)
    assert kubectl("label", everything, "more=yes").count(" labeled\n") == len(WRITABLE)
    assert kubectl("get", everything, "-o", "name").count("\n") == len(WRITABLE)
    assert kubectl("delete", everything, "--wait=false").count(" deleted") == len(WRITABLE)
