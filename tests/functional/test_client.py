"""The lean client over real sockets: against answers written down here, and as a program."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from perfkit.client import Access, AccessError, Api, ApiError, CancelledError, Client, ConnectionLostError, Options
from perfkit.client.options import OFF
from perfkit.errors import ClusterError
from support import mock
from support.scripted_api import Answer, Request, ScriptedApi
from support.watched import Reflected, bookmark, expired, frame, pod

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.functional

FIRST = [frame("ADDED", pod("a")) + frame("ADDED", pod("b")), bookmark(10, initial=True)]
REFUSED = Answer(422, [b'{"kind":"Status","message":"sendInitialEvents is forbidden","code":422}'])


def cache_of(server: ScriptedApi, **options: Any) -> Reflected:
    """A cache on it that stops itself when its last watch was lost; without waits."""
    api = Api(Access(server=server.url, token="secret"), Options(backoff_first=0, backoff_longest=0, **options))

    def stop_at_the_end(_line: str) -> None:
        if not server.answers:
            cache.reflector.stop()

    cache = Reflected(api, stop_at_the_end)
    return cache


def test_one_connection_and_one_request_bring_the_first_state_and_what_follows() -> None:
    with ScriptedApi(Answer(body=[*FIRST, frame("DELETED", pod("a", 11))])) as server:
        cache = cache_of(server)
        cache.run()
    assert [row.name for row in cache.rows] == ["b"]
    assert cache.replica.version == "11"
    [request] = server.requests
    assert (request.path, request.token) == ("/api/v1/pods", "secret")
    assert request.query == {
        "watch": "true",
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
        "allowWatchBookmarks": "true",
    }


def test_the_fallback_lists_page_by_page_and_watches_over_the_same_connection() -> None:
    first = {"metadata": {"resourceVersion": "7", "continue": "more"}, "items": [pod("a")]}
    last = {"metadata": {"resourceVersion": "7"}, "items": [pod("b")]}
    pages = [Answer(body=[json.dumps(page).encode()]) for page in (first, last)]
    with ScriptedApi(REFUSED, *pages, Answer(body=[frame("ADDED", pod("c", 8))])) as server:
        cache = cache_of(server, page=1)
        cache.run()
    assert sorted(row.name for row in cache.rows) == ["a", "b", "c"]
    assert [request.query for request in server.requests[1:]] == [
        {"limit": "1"},
        {"limit": "1", "continue": "more"},
        {"watch": "true", "allowWatchBookmarks": "true", "resourceVersion": "7"},
    ]
    assert len({request.connection for request in server.requests}) == 1


def test_a_stream_that_fails_half_way_is_left_for_a_list() -> None:
    broken = {"kind": "Status", "message": "etcd is slow", "code": 500}
    half = Answer(body=[frame("ADDED", pod("gone")), frame("ERROR", broken)], end="silence")
    page = Answer(body=[json.dumps({"metadata": {"resourceVersion": "7"}, "items": [pod("a")]}).encode()])
    with ScriptedApi(half, page, Answer()) as server:
        cache = cache_of(server)
        cache.run()
    assert [row.name for row in cache.rows] == ["a"]


def test_a_connection_that_was_cancelled_asks_nothing_more() -> None:
    with ScriptedApi() as server:
        connection = Api(Access(server=server.url)).connect()
        connection.cancel()
        with pytest.raises(CancelledError):
            connection.read("/version", {})
        connection.close()
    assert server.requests == []


def test_a_cut_in_the_middle_of_a_frame_loses_nothing() -> None:
    torn = frame("ADDED", pod("c", 11))
    again = Answer(body=[torn])
    with ScriptedApi(Answer(body=[*FIRST, torn[:40]], end="cut"), again) as server:
        cache = cache_of(server)
        cache.run()
    assert len(cache) == 3
    assert server.requests[1].query["resourceVersion"] == "10"


@pytest.mark.parametrize(
    "gone", [Answer(410, [json.dumps(expired()).encode()]), Answer(body=[frame("ERROR", expired())])]
)
def test_after_410_the_state_is_loaded_anew(gone: Answer) -> None:
    anew = Answer(body=[frame("ADDED", pod("z", 50)), bookmark(50, initial=True)])
    with ScriptedApi(Answer(body=FIRST, end="cut"), gone, anew) as server:
        cache = cache_of(server)
        cache.run()
    assert [row.name for row in cache.rows] == ["z"]


def test_a_silent_connection_is_given_up_and_the_watch_resumed() -> None:
    with ScriptedApi(Answer(body=FIRST, end="silence"), Answer(body=[bookmark(12)])) as server:
        cache = cache_of(server, idle_timeout=1.0)
        cache.run()
    assert cache.replica.version == "12"


def test_stop_ends_a_read_that_waits() -> None:
    with ScriptedApi(Answer(body=FIRST, end="silence")) as server:
        cache = cache_of(server)
        cache.reflector.start()
        assert cache.replica.settled.wait(30)
        cache.reflector.stop()
        cache.reflector.join()
    assert len(cache) == 2


def test_an_answer_in_plain_text_is_quoted() -> None:
    broken = Answer(500, [b"etcd is slow.\nreally\n"])
    with ScriptedApi(broken, broken) as server, pytest.raises(ApiError, match=r"500: etcd is slow\.$"):
        cache_of(server).run()


def test_a_frame_without_end_is_given_up_before_it_fills_the_memory() -> None:
    with ScriptedApi(Answer(body=[b"x" * 5000])) as server, pytest.raises(ConnectionLostError, match="more than 1000"):
        cache_of(server, longest_frame=1000).run()


def test_a_server_that_is_not_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(ConnectionLostError, match=f"http://127.0.0.1:{port}: Connection refused"):
        Reflected(Api(Access(server=f"http://127.0.0.1:{port}"))).run()


def test_certificates_that_are_none_are_said_before_anything_is_sent() -> None:
    with pytest.raises(AccessError, match=r"the certificate authority of https://127\.0\.0\.1:1 is no certificate: "):
        Api(Access(server="https://127.0.0.1:1", authority="no PEM"))
    with pytest.raises(AccessError, match=r"client certificate or key for https://127\.0\.0\.1:1 cannot be used"):
        Api(Access(server="https://127.0.0.1:1", verify=False, certificate=b"no", key=b"PEM"))


@pytest.fixture(scope="module")
def cluster() -> Iterator[mock.Mock]:
    with mock.running("tiny") as running:
        yield running


def access(cluster: mock.Mock, **changes: Any) -> Access:
    """The way into the mock, as its kubeconfig gives it."""
    way = Access(server=cluster.url, authority=mock.authority().ca.read_text(), token=mock.TOKEN)
    return msgspec.structs.replace(way, **changes)


@pytest.mark.parametrize("watch_list", [True, False])
def test_streamed_or_listed_the_state_is_the_same(cluster: mock.Mock, tmp_path: Path, *, watch_list: bool) -> None:
    cluster.reset(tmp_path / "record.jsonl")
    cluster.expect("watch", "pods")
    with Client(access(cluster), Options(watch_list=watch_list, page=7)) as client:
        cache = client.cache("pods")
        assert cache.wait_synced()
        cluster.reached()
        traffic = cluster.collect()
    assert len(cache) == cluster.ready.pods
    assert cache.resource_version == str(cluster.ready.resource_version)
    assert traffic.work == ({"watch pods": len(cache)} if watch_list else {"list pods": len(cache), "watch pods": 0})
    assert traffic.connections == 1


def test_rows_carry_what_the_cluster_holds(cluster: mock.Mock, tmp_path: Path) -> None:
    cluster.reset(tmp_path / "record.jsonl")
    connection = Api(access(cluster)).connect()
    listed = msgspec.json.decode(connection.read("/api/v1/pods", {}))["items"]
    connection.close()
    with Client(access(cluster)) as client:
        cache: Any = client.cache("pods")
        cache.wait_synced()
    assert {
        (row.namespace, row.name, row.resource_version, row.phase, row.node, row.containers) for row in cache.rows
    } == {
        (
            pod["metadata"]["namespace"],
            pod["metadata"]["name"],
            pod["metadata"]["resourceVersion"],
            pod["status"]["phase"],
            pod["spec"].get("nodeName", ""),
            len(pod["spec"]["containers"]),
        )
        for pod in listed
    }


def test_a_server_that_starts_anew_is_watched_again(cluster: mock.Mock, tmp_path: Path) -> None:
    """A reset ends every watch."""
    cluster.reset(tmp_path / "first.jsonl")
    with Client(access(cluster), Options(backoff_first=0, backoff_longest=0)) as client:
        client.cache("pods").wait_synced()
        cluster.reset(tmp_path / "second.jsonl")
        cluster.expect("watch", "pods")
        cluster.reached()
        traffic = cluster.collect()
    assert traffic.work == {"watch pods": 0}  # resumed: nothing had to come again


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"token": "stolen"}, "401"),
        ({"authority": ""}, "certificate verify failed"),
        ({"server_name": "elsewhere"}, "Hostname mismatch"),
    ],
)
def test_a_client_that_is_not_let_in_says_why(cluster: mock.Mock, changes: dict[str, str], says: str) -> None:
    with pytest.raises(ClusterError, match=says):
        Reflected(Api(access(cluster, **changes))).run()


def test_who_must_not_verify_is_let_in(cluster: mock.Mock) -> None:
    connection = Api(access(cluster, authority="", verify=False)).connect()
    assert connection.read("/version", {})
    connection.close()


def test_a_client_certificate_is_shown_with_its_key(cluster: mock.Mock) -> None:
    pair = mock.authority()
    api = Api(access(cluster, certificate=pair.certificate.read_bytes(), key=pair.key.read_bytes()))
    connection = api.connect()
    assert connection.read("/version", {})
    connection.close()


def lean(kubeconfig: Path, *arguments: str) -> subprocess.Popen[str]:
    """The program, started."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "perfkit.client.lean", *arguments],
        env={**os.environ, "KUBECONFIG": str(kubeconfig)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_program_says_synced_and_ends_with_sigterm(tmp_path: Path) -> None:
    with ScriptedApi(Answer(body=FIRST, end="silence")) as server, lean(server.kubeconfig(tmp_path)) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "synced 2\n"
        program.send_signal(signal.SIGTERM)
        assert program.communicate(timeout=30) == ("", "")
    assert program.returncode == 0


def test_the_program_says_what_stands_against_it_in_one_line(tmp_path: Path) -> None:
    with lean(tmp_path / "none") as program:
        output, errors = program.communicate(timeout=30)
    assert (program.returncode, output) == (2, "")
    assert errors == f"lean: {tmp_path}/none: No such file or directory; KUBECONFIG must name a readable kubeconfig\n"


@pytest.mark.parametrize("switches", [",".join(OFF), ",".join(set(OFF) - {"watch_list"})])
def test_the_program_does_the_same_without_its_optimisations(tmp_path: Path, switches: str) -> None:
    page = Answer(body=[json.dumps({"metadata": {"resourceVersion": "7"}, "items": [pod("a"), pod("b")]}).encode()])
    answers = [page, Answer(end="silence")] if "watch_list" in switches else [Answer(body=FIRST, end="silence")]
    with (
        ScriptedApi(*answers) as server,
        lean(server.kubeconfig(tmp_path), "--without", switches, "--set", "page=10", "--monitor") as program,
    ):
        assert program.stdout is not None
        assert program.stdout.readline() == "synced 2\n"
        program.send_signal(signal.SIGTERM)
        _, report = program.communicate(timeout=30)
    assert program.returncode == 0
    assert "watch pods" in report


class Cluster(ScriptedApi):
    """Two pods for who watches; one of them for everything else that is asked."""

    def answer(self, request: Request) -> Answer:
        return (
            Answer(body=FIRST, end="silence")
            if "watch" in request.query
            else Answer(body=[json.dumps(pod("a")).encode()])
        )


def test_the_program_asks_its_cache_and_tells_how_often(tmp_path: Path) -> None:
    with Cluster() as server, lean(server.kubeconfig(tmp_path), "--ask", "200") as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "synced 2\n"
        while not {"/api", "/apis", "/api/v1/namespaces/ns/pods/a"} <= {each.path for each in list(server.requests)}:
            server.closing.wait(0.01)
        program.send_signal(signal.SIGTERM)
        output, errors = program.communicate(timeout=30)
    assert (program.returncode, errors) == (0, "")
    assert output.startswith("perfkit: reads ")
    assert int(output.split()[-1]) >= 2


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ("--colour", "option --colour not recognized"),
        ("--without=red", "'red' is no switch"),
        ("--set=x=1", "'x' is no"),
        ("--set=page=many", "page='many': no value for it; it is 500 by default"),
        ("--context=nowhere", "{none}: No such file"),
        ("--ask=many", "--ask many: no number of questions a second"),
        ("--ask=-1", "--ask -1: no number of questions a second"),
    ],
)
def test_the_program_says_what_it_does_not_understand(tmp_path: Path, argument: str, says: str) -> None:
    with lean(tmp_path / "none", argument) as program:
        output, errors = program.communicate(timeout=30)
    assert (program.returncode, output) == (2, "")
    assert errors.startswith(f"lean: {says.format(none=tmp_path / 'none')}")
    assert errors.count("\n") == 1


def test_help_of_the_program_is_its_usage(tmp_path: Path) -> None:
    with lean(tmp_path / "none", "--help") as program:
        output, errors = program.communicate(timeout=30)
    assert (program.returncode, errors) == (0, "")
    assert output.startswith("usage: lean [RESOURCE [NAMESPACE]]")


def test_importing_the_client_loads_nothing_heavy() -> None:
    """What it costs is msgspec, ssl and http.client; rich, typer or PyYAML would double it."""
    code = "import perfkit.client, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"rich", "typer", "yaml", "kubernetes", "urllib3", "asyncio", "logging", "granian"} & set(loaded)
