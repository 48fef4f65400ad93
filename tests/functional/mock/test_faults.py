"""Faults as clients meet them: on a real server, by HTTP/1.1, HTTP/2 and the lean client."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from perfkit.client.access import Access
from perfkit.client.api import Api
from perfkit.client.problems import ApiError, ConnectionLostError
from perfkit.model.control import AddFault, AllowAll, ClearFaults, Deny, Done, MockError, MockRequest
from perfkit.storage.faults import parse_fault
from support.mock import TOKEN, Mock, authority, running

pytestmark = pytest.mark.functional

PODS = "/api/v1/pods"
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


@pytest.fixture(scope="module")
def server() -> Iterator[Mock]:
    with running("tiny") as found:
        yield found


@pytest.fixture
def mock(server: Mock, tmp_path: Path) -> Iterator[Mock]:
    server.reset(tmp_path / "record")
    yield server
    server.reset(tmp_path / "after")


def tell(mock: Mock, message: MockRequest) -> None:
    mock.send(message)
    assert isinstance(mock.receive(), Done)


def fault(mock: Mock, words: str) -> None:
    tell(mock, AddFault(fault=parse_fault(words)))


def connect(mock: Mock) -> http.client.HTTPSConnection:
    return http.client.HTTPSConnection("127.0.0.1", mock.port, context=mock.tls(), timeout=30)


@dataclass
class Answer:
    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def get(mock: Mock, path: str, token: str = TOKEN) -> Answer:
    with closing(connect(mock)) as connection:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())


def record(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def lean(mock: Mock) -> Api:
    return Api(Access(server=mock.url, token=TOKEN, authority=authority().ca.read_text()))


def test_a_429_is_plain_text_with_the_time_to_come_back_and_ends_after_its_count(mock: Mock) -> None:
    fault(mock, "429 verb=list resource=pods retry-after=2s count=2")
    for _ in range(2):
        refused = get(mock, PODS)
        assert (refused.status, refused.headers["Retry-After"]) == (429, "2")
        assert refused.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert refused.body == b"Too many requests, please try again later.\n"
    assert get(mock, PODS).status == 200


@pytest.mark.parametrize(
    ("kind", "reason"), [("500", "InternalError"), ("503", "ServiceUnavailable"), ("504", "Timeout")]
)
def test_other_errors_are_status_objects(mock: Mock, kind: str, reason: str) -> None:
    fault(mock, f"{kind} verb=list")
    refused = get(mock, PODS)
    status = refused.json()
    assert (refused.status, status["code"]) == (int(kind), int(kind))
    assert (status["reason"], status["kind"]) == (reason, "Status")
    assert get(mock, "/api/v1/namespaces/default").status == 200
    assert get(mock, "/readyz").status == 200


def test_the_lean_client_reports_the_servers_words(mock: Mock) -> None:
    fault(mock, "429 count=1")
    connection = lean(mock).connect()
    with pytest.raises(ApiError, match="Too many requests") as caught:
        connection.read(PODS, {})
    assert caught.value.code == 429
    assert json.loads(connection.read(PODS, {}))["kind"] == "PodList"
    connection.close()


def test_latency_holds_back_what_it_describes_and_is_in_the_record(mock: Mock, tmp_path: Path) -> None:
    fault(mock, "latency 80ms verb=list resource=pods")
    get(mock, PODS)
    get(mock, "/api/v1/nodes")
    assert mock.collect().faults == {"latency": 1}
    slow, quick = record(tmp_path / "record")
    assert (slow["fault"], quick.get("fault", "")) == ("latency", "")
    assert slow["first_ns"] - slow["ns"] >= 80_000_000


def test_a_limit_answers_429_above_it(mock: Mock) -> None:
    fault(mock, "limit 2/s resource=pods")
    statuses = [get(mock, PODS).status for _ in range(4)]
    assert statuses[:2] == [200, 200]
    assert 429 in statuses


def watch(mock: Mock, query: str = "") -> tuple[http.client.HTTPSConnection, http.client.HTTPResponse]:
    connection = connect(mock)
    path = f"{CONFIG_MAPS}?watch=1&resourceVersion={mock.ready.resource_version}{query}"
    connection.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
    return connection, connection.getresponse()


def create(mock: Mock, name: str) -> None:
    connection = connect(mock)
    body = json.dumps({"metadata": {"name": name}})
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    connection.request("POST", CONFIG_MAPS, body, headers)
    assert connection.getresponse().status == 201
    connection.close()


@pytest.mark.parametrize("first", ["fault", "watch"])
def test_a_dropped_watch_ends_without_an_end(mock: Mock, first: str) -> None:
    if first == "fault":
        fault(mock, "drop verb=watch after=20ms count=1")
    connection, answer = watch(mock)
    if first == "watch":
        fault(mock, "drop after=20ms")
    with pytest.raises((http.client.IncompleteRead, ssl.SSLError, ConnectionError)):
        answer.read()
    connection.close()
    assert mock.collect().faults == {"drop": 1}


def test_a_dropped_watch_takes_its_http_2_connection_along(mock: Mock) -> None:
    fault(mock, "drop after=20ms")
    with httpx.Client(http2=True, verify=mock.tls(), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        url = f"{mock.url}{CONFIG_MAPS}?watch=1&resourceVersion={mock.ready.resource_version}"
        with client.stream("GET", url) as answer:
            assert answer.http_version == "HTTP/2"
            with pytest.raises(httpx.TransportError):
                answer.read()


def test_the_lean_client_sees_a_dropped_watch_as_a_lost_connection(mock: Mock) -> None:
    fault(mock, "drop after=20ms")
    connection = lean(mock).connect()
    frames = connection.watch(PODS, {"watch": "1", "resourceVersion": str(mock.ready.resource_version)})
    with pytest.raises(ConnectionLostError):
        list(frames)
    connection.close()


def test_a_silent_watch_stays_open_and_gets_what_it_missed_once_the_fault_ends(mock: Mock) -> None:
    fault(mock, "silent resource=configmaps")
    silent, answer = watch(mock)
    create(mock, "missed")
    assert mock.collect().open_watches == {"configmaps": 1}
    tell(mock, ClearFaults(kind="silent"))
    event = json.loads(answer.readline())
    assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "missed")
    silent.close()


def test_a_silent_watch_sends_nothing_to_its_end(mock: Mock) -> None:
    fault(mock, "silent")
    connection, answer = watch(mock, "&timeoutSeconds=1")
    create(mock, "missed")
    assert answer.read() == b""
    connection.close()


@pytest.mark.parametrize("first", ["fault", "watch"])
def test_a_410_ends_a_watch_with_an_error_event(mock: Mock, first: str) -> None:
    if first == "fault":
        fault(mock, "410 resource=configmaps")
    connection, answer = watch(mock)
    if first == "watch":
        fault(mock, "410 resource=configmaps")
    event = json.loads(answer.read())
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")
    assert event["object"]["message"].startswith("too old resource version: ")
    connection.close()


def test_a_410_refuses_to_go_on_with_a_list_and_says_how_to_go_on_nevertheless(mock: Mock) -> None:
    fault(mock, "410 verb=list count=1")
    first = get(mock, f"{PODS}?limit=3").json()
    path = f"{PODS}?limit=500&continue={first['metadata']['continue']}"
    refused = get(mock, path)
    status = refused.json()
    assert (refused.status, status["reason"]) == (410, "Expired")
    rest = get(mock, f"{PODS}?continue={status['metadata']['continue']}").json()
    assert len(first["items"]) + len(rest["items"]) == mock.ready.pods


def refused(mock: Mock) -> bool:
    try:
        get(mock, "/readyz")
    except (ConnectionRefusedError, ConnectionResetError, ssl.SSLError, http.client.HTTPException):
        return True
    return False


def until_up(mock: Mock) -> None:
    while refused(mock):
        time.sleep(0.01)


@pytest.mark.parametrize("window", ["", " window=lost"])
def test_a_restart_closes_all_connections_refuses_new_ones_and_comes_back_at_its_port(mock: Mock, window: str) -> None:
    create(mock, "before")
    connection, answer = watch(mock)
    assert json.loads(answer.readline())["object"]["metadata"]["name"] == "before"
    fault(mock, f"restart 300ms{window}")
    with pytest.raises((http.client.IncompleteRead, ssl.SSLError, ConnectionError)):
        answer.read()
    connection.close()
    assert refused(mock)
    until_up(mock)
    connection, answer = watch(mock)
    event = json.loads(answer.readline())
    connection.close()
    assert event["type"] == ("ERROR" if window else "ADDED")
    assert event["object"].get("code") == (410 if window else None)
    assert get(mock, f"{CONFIG_MAPS}/before").json()["metadata"]["name"] == "before"
    assert mock.collect().faults == {"restart": 1}


def test_a_reset_brings_a_server_back_that_is_down(mock: Mock, tmp_path: Path) -> None:
    fault(mock, "restart 1h")
    mock.reset(tmp_path / "next")
    assert get(mock, PODS).status == 200


def test_a_wrong_clock_shows_in_dates_and_in_new_objects(mock: Mock) -> None:
    create(mock, "right")
    fault(mock, "clock +2h")
    create(mock, "wrong")
    answer = get(mock, f"{CONFIG_MAPS}/wrong")
    wrong = answer.json()["metadata"]["creationTimestamp"]
    ahead = parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()
    right = get(mock, f"{CONFIG_MAPS}/right").json()["metadata"]["creationTimestamp"]
    assert 7100 < ahead < 7300
    assert int(wrong[11:13]) - int(right[11:13]) == 2
    tell(mock, ClearFaults())
    answer = get(mock, PODS)
    assert abs(parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()) < 100


def test_a_watch_lives_on_under_a_wrong_clock(mock: Mock) -> None:
    fault(mock, "clock -1h")
    connection, answer = watch(mock, "&timeoutSeconds=1")
    create(mock, "wrong")
    (event,) = answer.read().splitlines()
    assert json.loads(event)["type"] == "ADDED"
    connection.close()


def test_an_expired_token_is_refused_and_its_successor_taken(mock: Mock) -> None:
    assert get(mock, PODS, "the-next").status == 401
    fault(mock, "token next=the-next")
    answer = get(mock, PODS)
    assert (answer.status, answer.json()["reason"]) == (401, "Unauthorized")
    assert get(mock, PODS, "the-next").status == 200
    assert mock.collect().faults == {"token": 1}


def test_a_rule_denies_until_it_is_lifted(mock: Mock) -> None:
    tell(mock, Deny(rule="list secrets"))
    assert get(mock, "/api/v1/secrets").status == 403
    tell(mock, AllowAll())
    assert get(mock, "/api/v1/secrets").status == 200
    mock.send(Deny(rule="secrets"))
    assert mock.receive() == MockError(
        message="cannot read the rule 'secrets'",
        advice="say VERBS RESOURCES [in NAMESPACE], such as: delete,create pods in default",
    )


def test_a_reset_drops_faults_and_rules_and_repeats_their_chance(mock: Mock, tmp_path: Path) -> None:
    def statuses() -> list[int]:
        fault(mock, "500 share=50% verb=list")
        return [get(mock, PODS).status for _ in range(12)]

    tell(mock, Deny(rule="list nodes"))
    first = statuses()
    mock.reset(tmp_path / "second")
    assert get(mock, "/api/v1/nodes").status == 200
    assert statuses() == first
    assert set(first) == {200, 500}
