"""The real k9s in a terminal, against the mock: the pod table, describe, logs, delete, nodes, custom resources."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import foreign
from support.api import Api
from support.manifests import DEFINITION
from support.mock import Mock, running
from support.screen import Screen, started

pytestmark = pytest.mark.e2e

PODS = 30
ESCAPE, CONTROL_D, TAB, ENTER = "\x1b", "\x04", "\t", "\r"
CONFIGURATION = "k9s:\n  skipLatestRevCheck: true\n  ui: {splashless: true, skin: ''}\n"
WIDGET = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "round-thing"}, "spec": {"size": 3}}


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("small", pods=PODS) as found:
        yield found


@pytest.fixture
def k9s(mock: Mock, tmp_path: Path) -> Iterator[Screen]:
    """K9s on the pods of all namespaces, with nothing of the user's."""
    program = foreign.k9s()
    mock.reset(tmp_path / "record")
    api = Api(mock)
    assert api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", DEFINITION).status == 201
    assert api.post("/apis/example.com/v1/namespaces/default/widgets", WIDGET).status == 201
    (tmp_path / "config.yaml").write_text(CONFIGURATION)
    environment = {
        "PATH": os.environ["PATH"],
        "TERM": "xterm-256color",
        "HOME": str(tmp_path),
        "K9S_CONFIG_DIR": str(tmp_path),
        "K9S_LOGS_DIR": str(tmp_path),
        "KUBECONFIG": str(mock.write_kubeconfig(tmp_path / "kubeconfig")),
    }
    with started([str(program), "--all-namespaces", "--command=pods"], environment) as screen:
        screen.until(rf"(?i)pods\(all\)\[{PODS}\]")
        yield screen


def first_pod(mock: Mock) -> tuple[str, str]:
    """Of the pods by namespace and name, the first: where the cursor is."""
    metadata = Api(mock).get("/api/v1/pods?limit=1").json()["items"][0]["metadata"]
    return metadata["namespace"], metadata["name"]


def test_it_shows_every_pod_with_its_state(k9s: Screen, mock: Mock) -> None:
    namespace, name = first_pod(mock)
    k9s.until(rf"{namespace}\s.*{name}\s.*2/2\s+Running")
    assert "K9s Rev" in k9s.text


def test_it_describes_a_pod(k9s: Screen, mock: Mock) -> None:
    namespace, name = first_pod(mock)
    k9s.until(name)
    k9s.type("d")
    k9s.until(rf"Name:\s+{name}")
    k9s.until(rf"Namespace:\s+{namespace}")
    k9s.until(r"Node:\s+node-")
    k9s.type(ESCAPE)
    k9s.until(rf"(?i)pods\(all\)\[{PODS}\]")


def test_it_shows_the_logs_of_a_pod(k9s: Screen, mock: Mock) -> None:
    _, name = first_pod(mock)
    k9s.until(name)
    k9s.type("l")
    k9s.until(rf"(?i)logs\(.*{name}")
    k9s.until(r"main \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [A-Z]+ \w+")


def test_it_deletes_a_pod(k9s: Screen, mock: Mock) -> None:
    namespace, name = first_pod(mock)
    k9s.until(name)
    version = Api(mock).get("/api/v1/pods?limit=1").json()["metadata"]["resourceVersion"]
    k9s.type(CONTROL_D)
    k9s.until(r"(?i)delete.*")
    k9s.type(TAB + ENTER)
    events = Api(mock).watch(f"/api/v1/namespaces/{namespace}/pods?watch=1&resourceVersion={version}")
    marked = next(events)["object"]["metadata"]
    assert (marked["name"], "deletionTimestamp" in marked) == (name, True)


def test_it_shows_nodes_with_their_load(k9s: Screen) -> None:
    k9s.type(":nodes" + ENTER)
    k9s.until(r"(?i)nodes\(all\)\[1\]")
    k9s.until(r"node-00000\s+Ready")


def test_it_shows_custom_resources(k9s: Screen) -> None:
    k9s.type(":crds" + ENTER)
    k9s.until(r"widgets\s+example.com")
    k9s.type(ENTER)
    k9s.until("round-thing")
