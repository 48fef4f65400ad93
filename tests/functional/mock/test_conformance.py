"""The mock over the wire against what is expected of any Kubernetes API server (``tests/golden``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support import expectations
from support.api import Api
from support.expectations import Case, difference, perform
from support.manifests import WRITABLE
from support.mock import Mock, running

pytestmark = pytest.mark.functional

CASES = expectations.cases()
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
PODS = "/api/v1/namespaces/default/pods"


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("tiny") as found:
        yield found


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("records")


@pytest.fixture
def api(mock: Mock, records: Path) -> Api:
    """A cluster as new."""
    mock.reset(records / "record")
    return Api(mock)


@pytest.mark.parametrize(("file", "case"), CASES, ids=[f"{file}: {case.name}" for file, case in CASES])
def test_the_expectation_is_met(file: str, case: Case, api: Api) -> None:
    perform(api, file, case)


def pod(described: dict[str, Any], name: str) -> dict[str, Any]:
    """A pod with as many containers of each kind as a golden one has."""
    main = [{"name": f"c{number or ''}", "image": "i"} for number in range(described.get("containers", 1))]
    init: list[dict[str, Any]] = [{"name": f"i{number}", "image": "i"} for number in range(described.get("init", 0))]
    sidecars = range(described.get("sidecars", 0))
    init += [{"name": f"s{number}", "image": "i", "restartPolicy": "Always"} for number in sidecars]
    held = {"finalizers": ["example.com/hold"]} if described.get("deleted") else {}
    return {"metadata": {"name": name, **held}, "spec": {"nodeName": "n", "containers": main, "initContainers": init}}


@pytest.mark.parametrize(
    "described", expectations.data("pod_status")["pods"], ids=lambda described: " ".join(described["cells"])
)
def test_a_pods_status_reads_as_kubectl_shows_it(described: dict[str, Any], api: Api) -> None:
    assert api.post(PODS, pod(described, "p")).status == 201
    # Deletion comes first: a pod that has ended is gone at once, whatever its grace.
    if described.get("deleted"):
        assert api.delete(f"{PODS}/p").status == 200
    assert api.patch(f"{PODS}/p/status", {"status": described["status"]}).status == 200
    (row,) = api.get(f"{PODS}?fieldSelector=metadata.name%3Dp", accept=TABLE).json()["rows"]
    assert row["cells"][1:4] == described["cells"]


VERBS = expectations.data("resources")["verbs"]
RESOURCES = [
    (place, name, facts)
    for place, resources in expectations.data("resources")["resources"].items()
    for name, facts in resources.items()
]
NAMES = [f"{place}: {name}" for place, name, _ in RESOURCES]


def listed(name: str, facts: list[Any]) -> dict[str, Any]:
    """What the legacy list must say of a resource."""
    singular, kind, scope, short, categories, _, _, *verbs = facts
    described = {"name": name, "singularName": singular, "kind": kind, "namespaced": scope == "namespaced"}
    described |= {"shortNames": short.split() or "(absent)", "categories": categories.split() or "(absent)"}
    return {**described, "verbs": (verbs[0] if verbs else VERBS).split()}


@pytest.mark.parametrize(("place", "name", "facts"), RESOURCES, ids=NAMES)
def test_a_resource_is_discovered_as_published(place: str, name: str, facts: list[Any], api: Api) -> None:
    root = f"/apis/{place}" if "/" in place else f"/api/{place}"
    entries = {entry["name"]: entry for entry in api.get(root).json()["resources"]}
    assert not difference(listed(name, facts), entries[name])
    parts = {other.partition("/")[2]: entry for other, entry in entries.items() if other.startswith(f"{name}/")}
    assert {part: kind_of(entry) for part, entry in parts.items()} == facts[5]


def kind_of(entry: dict[str, Any]) -> str:
    return f"{entry['group']}/{entry['version']} {entry['kind']}" if "group" in entry else str(entry["kind"])


@pytest.mark.parametrize(("place", "name", "facts"), RESOURCES, ids=NAMES)
def test_both_forms_of_discovery_agree(place: str, name: str, facts: list[Any], api: Api) -> None:
    group, _, version = place.rpartition("/")
    items = api.get("/apis" if group else "/api", accept=AGGREGATED).json()["items"]
    (versions,) = [item["versions"] for item in items if item["metadata"].get("name", "") == group]
    (resources,) = [described["resources"] for described in versions if described["version"] == version]
    (found,) = [resource for resource in resources if resource["resource"] == name]
    wanted = listed(name, facts)
    described: dict[str, Any] = {"singularResource": wanted["singularName"], "scope": facts[2].title()}
    described |= {"responseKind": {"group": "", "version": "", "kind": facts[1]}}  # those of the place
    described |= {field: wanted[field] for field in ("shortNames", "categories", "verbs")}
    assert not difference(described, found)
    parts = {part["subresource"]: part["responseKind"]["kind"] for part in found.get("subresources", ())}
    assert parts == {part: kind.rpartition(" ")[2] for part, kind in facts[5].items()}


@pytest.mark.parametrize(("place", "name", "facts"), RESOURCES, ids=NAMES)
def test_a_table_has_the_columns_of_kubectl(place: str, name: str, facts: list[Any], api: Api) -> None:
    if facts[6] is None:
        assert "get" not in facts[7]  # nothing to show in a table
        return
    root = f"/apis/{place}" if "/" in place else f"/api/{place}"
    table = api.get(f"{root}/{name}?limit=1", accept=TABLE).json()
    assert ", ".join(c["name"] + "*" * bool(c["priority"]) for c in table["columnDefinitions"]) == facts[6]


def test_nothing_is_served_that_the_golden_files_do_not_know() -> None:
    known = {(place, name) for place, names in expectations.data("resources")["resources"].items() for name in names}
    assert {(resource.api_version, resource.name) for resource in WRITABLE} <= known
