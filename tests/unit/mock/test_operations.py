"""What operators ask a server: its health, its metrics, and the headers that tell how a request was treated."""

from __future__ import annotations

import re

import pytest

from perfkit.storage.faults import parse_fault
from support.asgi import Harness, pod

SAMPLE = re.compile(r'[a-z_]+(\{([a-z_]+="[^"\\\n]*",?)*\})? [0-9.e+-]+')


@pytest.fixture
def cluster() -> Harness:
    return Harness()


def metrics(cluster: Harness) -> dict[str, float]:
    response = cluster.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in response.body.decode().splitlines() if not line.startswith("#")]
    assert [line for line in lines if not SAMPLE.fullmatch(line)] == []
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


@pytest.mark.parametrize("endpoint", ["readyz", "livez", "healthz"])
def test_verbose_health_lists_each_check_and_each_can_be_asked_alone(cluster: Harness, endpoint: str) -> None:
    lines = cluster.get(f"/{endpoint}?verbose").body.decode().splitlines()
    assert lines[0] == "[+]ping ok"
    assert lines[-1] == f"{endpoint} check passed"
    for line in lines[:-1]:
        check = line.removeprefix("[+]").removesuffix(" ok")
        assert cluster.get(f"/{endpoint}/{check}").body == b"ok"


def test_checks_can_be_excluded_and_unknown_ones_are_told(cluster: Harness) -> None:
    text = cluster.get("/readyz?verbose=1&exclude=etcd&exclude=nope").body.decode()
    assert "[+]etcd excluded: ok\n" in text
    assert 'warn: some health checks cannot be excluded: no matches for "nope"\nreadyz check passed\n' in text
    assert cluster.get("/readyz?exclude=etcd").body == b"ok"


@pytest.mark.parametrize("path", ["/readyz/nope", "/livez/informer-sync", "/readyzz", "/healthz/ping/pong"])
def test_a_check_that_there_is_not_is_not_found(cluster: Harness, path: str) -> None:
    assert cluster.get(path).status == 404


def test_single_checks_need_a_token(cluster: Harness) -> None:
    assert cluster.get("/readyz/ping", authorization="").status == 401


def test_requests_are_counted_as_the_api_server_counts_them(cluster: Harness) -> None:
    cluster.get("/api/v1/pods")
    cluster.get("/api/v1/namespaces/default/pods/none")
    cluster.post("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "new"}})
    cluster.get("/apis/apps/v1/namespaces/default/deployments")
    found = metrics(cluster)
    common = 'component="apiserver",dry_run="",'
    pods = 'group="",resource="pods"'
    apps = 'group="apps",resource="deployments"'
    for labels in (
        f'code="200",{common}{pods},scope="cluster",subresource="",verb="LIST",version="v1"',
        f'code="404",{common}{pods},scope="resource",subresource="",verb="GET",version="v1"',
        f'code="201",{common}group="",resource="configmaps",scope="namespace",subresource="",verb="POST",version="v1"',
        f'code="200",{common}{apps},scope="namespace",subresource="",verb="LIST",version="v1"',
    ):
        assert found[f"apiserver_request_total{{{labels}}}"] == 1


def test_durations_are_a_cumulative_histogram(cluster: Harness) -> None:
    cluster.get("/api/v1/pods")
    cluster.get("/api/v1/pods")
    found = metrics(cluster)
    buckets = [value for name, value in found.items() if "_bucket" in name and 'resource="pods"' in name]
    assert len(buckets) == 24
    assert buckets == sorted(buckets)
    assert buckets[-1] == 2
    (count,) = [value for name, value in found.items() if "seconds_count" in name and 'resource="pods"' in name]
    assert count == 2


def test_objects_are_counted_as_they_come_and_go(cluster: Harness) -> None:
    name = 'apiserver_storage_objects{resource="pods"}'
    before = metrics(cluster)[name]
    assert before == len(cluster.list("/api/v1/pods")["items"])
    cluster.change("pods", "default/new", pod("default", "new"))
    assert metrics(cluster)[name] == before + 1


def test_what_is_in_flight_and_what_was_rejected_is_told(cluster: Harness) -> None:
    found = metrics(cluster)
    assert found['apiserver_current_inflight_requests{request_kind="readOnly"}'] == 1  # this very one
    cluster.faults.add(parse_fault("429 count=2 verb=list"))
    cluster.get("/api/v1/pods")
    cluster.get("/api/v1/pods")
    (rejected,) = [value for name, value in metrics(cluster).items() if "rejected" in name]
    assert rejected == 2


def test_an_answer_tells_its_audit_id_and_its_flow(cluster: Harness) -> None:
    first, second = cluster.get("/api/v1/pods"), cluster.get("/api/v1/pods/none")
    for response in (first, second):
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", response.headers["audit-id"])
        assert {"x-kubernetes-pf-flowschema-uid", "x-kubernetes-pf-prioritylevel-uid"} <= response.headers.keys()
    assert first.headers["audit-id"] != second.headers["audit-id"]


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/vnd.kubernetes.protobuf,application/json", 200),
        ("application/vnd.kubernetes.protobuf;stream=watch,application/json", 200),
        ("application/vnd.kubernetes.protobuf, */*", 200),
        ("application/vnd.kubernetes.protobuf", 406),
    ],
)
@pytest.mark.parametrize("query", ["", "?watch=1&timeoutSeconds=1"])
def test_protobuf_is_negotiated_away(cluster: Harness, accept: str, status: int, query: str) -> None:
    response = cluster.get(f"/api/v1/pods{query}", accept)
    assert (response.status, response.headers["content-type"]) == (status, "application/json")


def test_a_version_of_the_future_says_when_to_come_back(cluster: Harness) -> None:
    response = cluster.get("/api/v1/pods?resourceVersion=99999999")
    assert (response.status, response.headers["retry-after"]) == (504, "1")
