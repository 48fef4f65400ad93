"""An operator made with kopf creates, patches and cleans up in the mock, by its own protocol."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from support import foreign
from support.api import Api
from support.manifests import DEFINITION
from support.mock import Mock, running

pytestmark = pytest.mark.e2e

MAPS = "/api/v1/namespaces/default/configmaps"
WIDGETS = "/apis/example.com/v1/namespaces/default/widgets"


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("tiny") as found:
        yield found


@pytest.fixture(scope="module")
def api(mock: Mock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The mock with the operator at work in it."""
    folder = tmp_path_factory.mktemp("kopf")
    found = Api(mock)
    assert found.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", DEFINITION).status == 201
    command = [sys.executable, "-m", "kopf", "run", "--namespace=default", str(foreign.PROGRAMS / "kopf_operator.py")]
    environment = {**os.environ, "KUBECONFIG": str(mock.write_kubeconfig(folder / "kubeconfig"))}
    with (folder / "log").open("w") as log, subprocess.Popen(command, env=environment, stderr=log) as operator:
        yield found
        operator.terminate()
        assert operator.wait(timeout=30) == 0, (folder / "log").read_text()


def widget(name: str, size: int) -> dict[str, Any]:
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": name}, "spec": {"size": size}}


def seen(api: Api, name: str, size: int) -> dict[str, Any]:
    """The widget once the operator has dealt with that size."""

    def dealt_with(event: dict[str, Any]) -> bool:
        found = event["object"]
        return bool(found["metadata"]["name"] == name and found.get("status", {}).get("size") == size)

    found: dict[str, Any] = api.wait(WIDGETS, dealt_with)["object"]
    return found


def test_it_creates_what_a_new_object_needs_and_patches_its_status(api: Api) -> None:
    assert api.post(WIDGETS, widget("new", 3)).status == 201
    found = seen(api, "new", 3)
    assert found["metadata"]["finalizers"] == ["example.com/kopf"]
    made = api.get(f"{MAPS}/new").json()
    assert made["data"] == {"size": "3"}
    assert made["metadata"]["ownerReferences"][0]["uid"] == found["metadata"]["uid"]


def test_it_follows_a_change(api: Api) -> None:
    api.post(WIDGETS, widget("changing", 1))
    seen(api, "changing", 1)
    assert api.patch(f"{WIDGETS}/changing", {"spec": {"size": 2}}).status == 200
    seen(api, "changing", 2)
    assert api.get(f"{MAPS}/changing").json()["data"] == {"size": "2"}


def test_its_finalizer_holds_an_object_until_it_has_been_dealt_with(api: Api) -> None:
    api.post(WIDGETS, widget("going", 1))
    version = seen(api, "going", 1)["metadata"]["resourceVersion"]
    changes = api.watch(f"{WIDGETS}?watch=1&resourceVersion={version}")
    owned = api.watch(f"{MAPS}?watch=1&resourceVersion={version}&fieldSelector=metadata.name=going")
    assert api.delete(f"{WIDGETS}/going").status == 200
    marked, released, gone = (next(changes) for _ in range(3))
    assert marked["object"]["metadata"]["deletionTimestamp"]
    assert not released["object"]["metadata"].get("finalizers")
    assert (gone["type"], gone["object"]["metadata"]["name"]) == ("DELETED", "going")
    assert next(owned)["type"] == "DELETED"


def test_its_events_are_there_to_read(api: Api) -> None:
    api.post(WIDGETS, widget("told", 1))
    seen(api, "told", 1)

    def about_it(event: dict[str, Any]) -> bool:
        return bool(event["object"]["involvedObject"].get("name") == "told")

    found = api.wait("/api/v1/namespaces/default/events", about_it)
    assert (found["object"]["reason"], found["object"]["source"]["component"]) == ("Made", "kopf")
