"""kubectl, which nobody here wrote, in trouble: what it does about each fault is what it does against a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from perfkit.measure.api import api_values
from perfkit.measure.requests import read_requests
from perfkit.model.control import AddFault, Deny, Done, MockRequest
from perfkit.storage.faults import parse_fault
from support.kubectl import Kubectl
from support.mock import Mock, running

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def server() -> Iterator[Mock]:
    with running("small") as found:
        yield found


@pytest.fixture
def mock(server: Mock, tmp_path: Path) -> Iterator[Mock]:
    server.reset(tmp_path / "record")
    yield server
    server.reset(tmp_path / "after")


@pytest.fixture
def kubectl(mock: Mock, tmp_path: Path) -> Kubectl:
    return Kubectl(mock, tmp_path)


def tell(mock: Mock, message: MockRequest) -> None:
    mock.send(message)
    assert isinstance(mock.receive(), Done)


def fault(mock: Mock, words: str) -> None:
    tell(mock, AddFault(fault=parse_fault(words)))


def asked(mock: Mock, folder: Path, path: str) -> list[dict[str, object]]:
    mock.collect()
    entries = [json.loads(line) for line in (folder / "record").read_text().splitlines()]
    return [entry for entry in entries if entry["path"] == path]


def test_it_waits_as_long_as_a_429_asks_for_and_then_succeeds(mock: Mock, kubectl: Kubectl, tmp_path: Path) -> None:
    fault(mock, "429 verb=list resource=nodes retry-after=1s count=2")
    assert "node-00000" in kubectl("get", "nodes")
    first, second, third = asked(mock, tmp_path, "/api/v1/nodes")
    assert [entry["status"] for entry in (first, second, third)] == [429, 429, 200]
    for before, after in ((first, second), (second, third)):
        assert int(str(after["ns"])) - int(str(before["ns"])) >= 1_000_000_000
    told = api_values(read_requests(tmp_path / "record"), ())
    assert (told["api.retries"], told["api.retry_after_ignored"], told["api.errors"]) == (2, 0, 2)
    assert (told["api.duplicates"], told["api.requests{resource=nodes,verb=list}"]) == (0, 3)


def test_it_tells_an_error_in_the_servers_words(mock: Mock, kubectl: Kubectl) -> None:
    fault(mock, "500 verb=list resource=nodes")
    assert "Error from server (InternalError): Internal error occurred" in kubectl("get", "nodes", fails=True)
    fault(mock, "504 verb=list resource=pods")
    assert "Error from server (Timeout): Timeout: request did not" in kubectl("get", "pods", fails=True)


def test_it_tells_who_is_denied_and_whose_token_has_expired(mock: Mock, kubectl: Kubectl) -> None:
    tell(mock, Deny(rule="list secrets"))
    assert "Error from server (Forbidden): secrets is forbidden" in kubectl("get", "secrets", fails=True)
    assert kubectl("auth", "can-i", "list", "secrets", fails=True) == "no - the mock was told to deny it\n"
    fault(mock, "token")
    assert "You must be logged in to the server" in kubectl("get", "nodes", fails=True)


def test_a_list_that_expires_between_two_pages_is_told(mock: Mock, kubectl: Kubectl) -> None:
    fault(mock, "410 verb=list resource=pods count=1")
    assert "too old to display a consistent list result" in kubectl("get", "pods", "-A", fails=True)


def test_a_server_that_is_down_is_refused(mock: Mock, kubectl: Kubectl, tmp_path: Path) -> None:
    fault(mock, "restart 1h")
    assert "was refused" in kubectl("get", "nodes", fails=True)
    mock.reset(tmp_path / "up")
    assert "node-00000" in kubectl("get", "nodes")


def test_health_and_metrics_can_be_read_raw(mock: Mock, kubectl: Kubectl) -> None:
    assert kubectl("get", "--raw=/readyz?verbose").endswith("readyz check passed\n")
    kubectl("get", "pods")
    assert 'apiserver_storage_objects{resource="pods"} 1000\n' in kubectl("get", "--raw=/metrics")


def test_a_dropped_watch_ends_it(mock: Mock, kubectl: Kubectl) -> None:
    fault(mock, "drop resource=nodes after=200ms")
    assert kubectl("get", "nodes", "--watch-only") == ""
    assert mock.collect().faults == {"drop": 1}
