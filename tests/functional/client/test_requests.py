"""The client's requests: against answers written down here, and against the mock."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from perfkit.client import (
    Access,
    ApiError,
    CancelledError,
    Client,
    ConnectionLostError,
    Filter,
    Options,
    UnknownResourceError,
)
from perfkit.model.control import AddFault, ClearFaults, Done
from perfkit.monitor import Monitor
from perfkit.storage.faults import parse_fault
from support import mock
from support.relayed import serving
from support.scripted_api import Answer, ScriptedApi
from support.watched import bookmark, frame, pod

pytestmark = pytest.mark.functional

SOON = 30.0
BUSY = Answer(429, [b"later\n"], headers={"Retry-After": "0"})


def client_of(server: ScriptedApi, **options: Any) -> Client:
    return Client(Access(server=server.url, token="secret"), Options(discovery_cache="", **options))


def test_a_busy_server_is_asked_again_as_it_says_and_not_for_ever() -> None:
    with ScriptedApi(BUSY, BUSY, Answer(body=[b"well"])) as server, client_of(server) as client:
        assert client.get("/version") == b"well"
    with (
        ScriptedApi(BUSY, BUSY, BUSY) as server,
        client_of(server, retries=2) as client,
        pytest.raises(ApiError, match="429: later"),
    ):
        client.get("/version")
    assert len(server.requests) == 3


def test_connections_are_used_again_unless_told_otherwise() -> None:
    for keep, connections in ((True, 1), (False, 3)):
        with (
            ScriptedApi(*[Answer(body=[b"x"]) for _ in range(3)]) as server,
            client_of(server, keep_alive=keep) as client,
        ):
            for _ in range(3):
                client.get("/version")
        assert len({request.connection for request in server.requests}) == connections


def test_a_kept_connection_that_the_server_closed_costs_one_more_attempt() -> None:
    cut = Answer(body=[b"first"], headers={"Connection": "close"})
    with ScriptedApi(cut, Answer(body=[b"second"])) as server, client_of(server) as client:
        assert client.get("/version") == b"first"
        assert client.get("/version") == b"second"


def test_a_response_that_stops_half_way_is_given_up() -> None:
    with (
        ScriptedApi(Answer(body=[b"ha"], end="silence")) as server,
        client_of(server, read_timeout=0.2) as client,
        pytest.raises(ConnectionLostError, match="timed out"),
    ):
        client.get("/version")


def test_identical_requests_at_one_time_are_one() -> None:
    with ScriptedApi(Answer(body=[b"{}"], end="silence"), Answer(body=[b"{}"])) as server:
        with client_of(server) as client:
            first = client.submit(client.get, "/version")
            assert server.silent.wait(SOON)
            others = [client.submit(client.get, "/version") for _ in range(2)]
            first.cancel()  # who cancels does not spoil it for the others, of whom one asks again
            assert [task.result(SOON) for task in others] == [b"{}", b"{}"]
            with pytest.raises(CancelledError):
                first.result(SOON)
        assert len(server.requests) == 2


def test_cancelling_a_task_reaches_its_socket() -> None:
    with ScriptedApi(Answer(body=[b"ha"], end="silence")) as server, client_of(server) as client:
        task = client.submit(client.get, "/version")
        assert server.silent.wait(SOON)
        task.cancel()
        with pytest.raises(CancelledError):
            task.result(SOON)


def test_the_end_of_a_client_ends_all_of_it() -> None:
    first = [frame("ADDED", pod("a")), bookmark(3, initial=True)]
    with ScriptedApi(Answer(body=first, end="silence"), Answer(body=[b"ha"], end="silence")) as server:
        client = client_of(server)
        cache = client.cache("pods")
        cache.subscribe(lambda _: None)
        assert cache.wait_synced(SOON)
        server.silent.clear()
        task = client.submit(client.get, "/version")
        assert server.silent.wait(SOON)
        client.close()
        client.close()
        with pytest.raises(CancelledError):
            task.result(SOON)
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("perfkit-")]


def test_a_stream_gives_lines_as_they_come_and_ends_quietly_when_it_is_cancelled() -> None:
    with ScriptedApi(Answer(body=[b"one\ntw", b"o\nthree"], end="silence")) as server, client_of(server) as client:
        stream = client.stream("/log", {"follow": "true"})
        lines = []
        for block in stream:
            lines.append(block)
            if b"two" in block:
                stream.cancel()
    assert b"".join(lines) == b"one\ntwo\n"


def test_a_proxy_is_asked_to_connect_and_told_who_asks() -> None:
    asked: list[bytes] = []
    with ScriptedApi(Answer(body=[b"through"], headers={"Connection": "close"})) as server:

        def proxy(connection: socket.socket) -> None:
            while b"\r\n\r\n" not in b"".join(asked):
                asked.append(connection.recv(1 << 12))
            with socket.create_connection(("127.0.0.1", server.server_port)) as onward:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                onward.sendall(connection.recv(1 << 16))
                while data := onward.recv(1 << 16):
                    connection.sendall(data)

        with serving(proxy) as (host, port):
            access = Access(server=server.url, proxy=f"http://me:pass%20word@{host}:{port}")
            with Client(access, Options(keep_alive=False)) as client:
                assert client.get("/version") == b"through"
    head = b"".join(asked).decode()
    assert head.startswith(f"CONNECT 127.0.0.1:{server.server_port} HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic bWU6cGFzcyB3b3Jk" in head


def test_a_proxy_that_refuses_is_quoted() -> None:
    def proxy(connection: socket.socket) -> None:
        connection.recv(1 << 12)
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")

    with (
        serving(proxy) as (host, port),
        Client(Access(server="http://x", proxy=f"http://{host}:{port}")) as client,
        pytest.raises(ConnectionLostError, match="answers 407 Proxy Authentication Required"),
    ):
        client.get("/version")


def test_discovery_in_the_old_form_is_read_too() -> None:
    core = {"kind": "APIVersions", "versions": ["v1"]}
    groups = {"kind": "APIGroupList", "groups": [{"name": "x.io", "preferredVersion": {"groupVersion": "x.io/v2"}}]}
    pods = {"resources": [{"name": "pods", "kind": "Pod", "namespaced": True, "shortNames": ["po"], "verbs": ["list"]}]}
    gone = Answer(503, [b"away"])
    answers = [Answer(body=[json.dumps(each).encode()]) for each in (core, pods, groups)]
    with ScriptedApi(*answers, gone) as server, client_of(server) as client:
        assert [resource.name for resource in client.discovery.resources()] == ["pods"]


@pytest.fixture(scope="module")
def cluster() -> Iterator[mock.Mock]:
    with mock.running("tiny") as running:
        yield running


def connected(cluster: mock.Mock, monitor: Monitor | None = None, **options: Any) -> Client:
    way = Access(server=cluster.url, authority=mock.authority().ca.read_text(), token=mock.TOKEN)
    return Client(way, Options(**{"discovery_cache": "", **options}), monitor)


def work(cluster: mock.Mock) -> int:
    return cluster.collect().requests


def test_any_resource_is_found_by_its_names_and_watched(cluster: mock.Mock) -> None:
    with connected(cluster) as client:
        for name, path in {
            "po": "/api/v1/pods",
            "Deployment": "/apis/apps/v1/deployments",
            "rs.apps": "/apis/apps/v1/replicasets",
            "hpa": "/apis/autoscaling/v2/horizontalpodautoscalers",
        }.items():
            assert client.discovery.find(name).path() == path
        leases = client.cache("leases", namespace="kube-system")
        assert leases.wait_synced(SOON)
        with pytest.raises(UnknownResourceError, match="no 'unicorns'"):
            client.cache("unicorns")
        assert client.cache("lease", namespace="kube-system") is leases


def test_what_was_discovered_is_asked_for_once_and_later_only_whether_it_is_still_true(
    cluster: mock.Mock, tmp_path: Path
) -> None:
    cluster.reset(tmp_path / "record.jsonl")
    folder = str(tmp_path / "discovery")
    with connected(cluster, discovery_cache=folder) as client:
        everything = client.discovery.resources()
    first = work(cluster)
    with connected(cluster, discovery_cache=folder) as client:
        assert client.discovery.resources() == everything
    assert work(cluster) == first
    with connected(cluster, discovery_cache=folder, discovery_age=0.0) as client:
        assert client.discovery.resources() == everything
    statuses = [msgspec.json.decode(line)["status"] for line in (tmp_path / "record.jsonl").read_bytes().splitlines()]
    cluster.collect()
    statuses = [msgspec.json.decode(line)["status"] for line in (tmp_path / "record.jsonl").read_bytes().splitlines()]
    assert statuses[first:] == [304, 304]


def test_selectors_choose_at_the_server(cluster: mock.Mock) -> None:
    with connected(cluster) as client:
        everything: Any = client.cache("pods")
        assert everything.wait_synced(SOON)
        node = next(row.node for row in everything.rows if row.node)
        some = client.cache("pods", selector=f"spec.nodeName={node}")
        none = client.cache("pods", labels="no=such")
        assert some.wait_synced(SOON)
        assert none.wait_synced(SOON)
        assert {row.key for row in some.rows} == {row.key for row in everything.rows if row.node == node}
        assert everything.query(Filter(equal={"node": node})).total == len(some)
        assert len(none) == 0


def test_a_whole_object_is_asked_for_once_and_never_with_originals(cluster: mock.Mock, tmp_path: Path) -> None:
    for options, requests in (({}, 1), ({"originals": "zlib"}, 0), ({"object_cache": 0}, 2)):
        cluster.reset(tmp_path / "record.jsonl")
        with connected(cluster, **options) as client:
            pods = client.cache("pods")
            assert pods.wait_synced(SOON)
            before = work(cluster)
            row = pods.query(limit=1).rows[0]
            objects = [pods.object(row) for _ in range(2)]
            assert work(cluster) - before == requests
        assert objects[0] == objects[1]
        assert objects[0] is not None
        assert objects[0]["metadata"]["name"] == row.name
        assert "managedFields" not in objects[0]["metadata"]


def test_what_the_watch_has_never_seen_is_not_there_and_costs_no_request(cluster: mock.Mock, tmp_path: Path) -> None:
    cluster.reset(tmp_path / "record.jsonl")
    with connected(cluster) as client:
        pods = client.cache("pods")
        assert pods.wait_synced(SOON)
        before = work(cluster)
        row = msgspec.structs.replace(pods.rows[0], name="never-was")
        assert pods.object(row) is None
        assert pods.read("default", "never-was") is None
        assert work(cluster) == before


def test_what_cannot_be_trusted_is_asked_for_and_what_was_not_there_only_once(
    cluster: mock.Mock, tmp_path: Path
) -> None:
    cluster.reset(tmp_path / "record.jsonl")
    with connected(cluster, stale_after=0.0) as client:
        pods = client.cache("pods")
        assert pods.wait_synced(SOON)
        row = pods.rows[0]
        before = work(cluster)
        assert pods.read(*row.key) == row
        assert [pods.read("default", "never-was") for _ in range(2)] == [None, None]
        assert work(cluster) - before == 2
        assert not pods.state().trusted


def test_a_first_state_waits_for_a_busy_server(cluster: mock.Mock, tmp_path: Path) -> None:
    cluster.reset(tmp_path / "record.jsonl")
    cluster.send(AddFault(fault=parse_fault("429 resource=pods retry-after=1s count=2")))
    assert isinstance(cluster.receive(), Done)
    with connected(cluster) as client:
        pods = client.cache("pods")
        assert pods.wait_synced(SOON)
        assert pods.state().restarts == {"busy": 2}
    cluster.send(ClearFaults())
    assert isinstance(cluster.receive(), Done)


@pytest.mark.parametrize("options", [{"gzip": True}, {"coalesce": 0.0}, {"batch": False}, {"columnar": True}])
def test_with_any_switch_the_rows_are_the_same(cluster: mock.Mock, options: dict[str, Any]) -> None:
    rows = []
    for chosen in ({}, options):
        with connected(cluster, watch_list=False, page=50, **chosen) as client:
            pods = client.cache("pods")
            assert pods.wait_synced(SOON)
            rows.append(sorted(pods.rows, key=lambda row: row.key))
    assert rows[0] == rows[1]


def test_a_monitor_is_told_of_requests_caches_and_watches(cluster: mock.Mock) -> None:
    with Monitor() as monitor, connected(cluster, monitor) as client:
        pods = client.cache("pods")
        assert pods.wait_synced(SOON)
        pods.object(pods.rows[0])
        pods.query(limit=1)
        seen = monitor.snapshot()
        statistics = client.statistics()
    assert {(call.verb, call.resource) for call in seen.api} >= {("watch", "pods"), ("get", "pods")}
    assert {cache.name for cache in seen.caches} >= {"objects", "views"}
    assert [watch.resource for watch in seen.watches] == ["pods"]
    assert statistics.memory["rows"] > 0
    assert statistics.caches[0].rows == len(pods)
    assert statistics.hits["views"].misses == 1
    assert statistics.switches == {"discovery_cache": ""}
