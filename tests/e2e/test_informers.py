"""Informers of other ecosystems, on their own protocols, follow what changes in the mock."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from perfkit.model.control import AddFault, Done
from perfkit.storage.faults import parse_fault
from support import foreign
from support.api import Api
from support.lines import Lines
from support.mock import Mock, running

pytestmark = pytest.mark.e2e

MAPS = "/api/v1/namespaces/default/configmaps"
NODE = foreign.PROGRAMS / "informer.mjs"


def client_node() -> list[str]:
    return ["node", str(NODE), str(foreign.client_node()), "default"]


def client_go(kind: str) -> Callable[[], list[str]]:
    return lambda: [str(foreign.informer()), kind, "default"]


INFORMERS = {
    "client-node": client_node,
    "client-go, typed": client_go("typed"),
    "client-go, dynamic": client_go("dynamic"),
}


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("tiny") as found:
        yield found


@pytest.fixture
def api(mock: Mock, tmp_path: Path) -> Api:
    mock.reset(tmp_path / "record")
    return Api(mock)


@contextmanager
def started(mock: Mock, name: str, folder: Path) -> Iterator[Lines]:
    environment = {**os.environ, "KUBECONFIG": str(mock.write_kubeconfig(folder / "kubeconfig"))}
    with subprocess.Popen(
        INFORMERS[name](), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        try:
            yield Lines(program)
        finally:
            program.kill()


def config_map(name: str, data: str = "a") -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": data}}


def live(api: Api, lines: Lines, name: str) -> None:
    """One object's life, of which the informer tells each step."""
    assert api.post(MAPS, config_map(name)).status == 201
    lines.until(f"add {name}")
    assert api.patch(f"{MAPS}/{name}", {"data": {"a": "b"}}).status == 200
    lines.until(f"update {name}")
    assert api.delete(f"{MAPS}/{name}").status == 200
    lines.until(f"delete {name}")


@pytest.mark.parametrize("name", INFORMERS)
def test_an_informer_sees_the_first_state_and_every_change(name: str, mock: Mock, api: Api, tmp_path: Path) -> None:
    present = len(api.get(MAPS).json()["items"])
    with started(mock, name, tmp_path) as lines:
        assert lines.next() == f"synced {present}"
        for number in range(3):
            live(api, lines, f"lives-{number}")


@pytest.mark.parametrize("name", INFORMERS)
def test_an_informer_goes_on_when_its_watch_ends(name: str, mock: Mock, api: Api, tmp_path: Path) -> None:
    with started(mock, name, tmp_path) as lines:
        assert lines.next().startswith("synced ")
        mock.reset(tmp_path / "again")
        live(api, lines, "after")


@pytest.mark.parametrize("name", INFORMERS)
def test_an_informer_goes_on_when_the_server_restarts_and_has_lost_its_past(
    name: str, mock: Mock, api: Api, tmp_path: Path
) -> None:
    with started(mock, name, tmp_path) as lines:
        assert lines.next().startswith("synced ")
        live(api, lines, "before")
        mock.send(AddFault(fault=parse_fault("restart 200ms window=lost")))
        assert isinstance(mock.receive(), Done)
        while mock.collect().faults.get("restart") != 1 or not served(api):
            time.sleep(0.01)
        live(api, lines, "after")


def served(api: Api) -> bool:
    try:
        return api.get("/readyz").status == 200
    except OSError:  # refused, or cut within the handshake
        return False
