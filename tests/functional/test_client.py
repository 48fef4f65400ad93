"""The lean client over real sockets: against answers written down here, and as a program."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from perfkit.client import Access, AccessError, Api, ApiError, ConnectionLostError, Options, WatchCache
from support.scripted_api import Answer, ScriptedApi
from support.watched import bookmark, expired, frame, pod

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.functional

FIRST = [frame("ADDED", pod("a")) + frame("ADDED", pod("b")), bookmark(10, initial=True)]
REFUSED = Answer(422, [b'{"kind":"Status","message":"sendInitialEvents is forbidden","code":422}'])


def cache_of(server: ScriptedApi, **options: float) -> WatchCache:
    """A cache on it that stops itself when its last watch was lost; without waits."""
    api = Api(Access(server=server.url, token="secret"), Options(backoff_first=0, backoff_longest=0, **options))

    def stop_at_the_end(_line: str) -> None:
        if not server.answers:
            cache.stop()

    cache = WatchCache(api, stop_at_the_end)
    return cache


def test_one_connection_and_one_request_bring_the_first_state_and_what_follows() -> None:
    with ScriptedApi(Answer(body=[*FIRST, frame("DELETED", pod("a", 11))])) as server:
        cache = cache_of(server)
        cache.run()
    assert [row.name for row in cache.rows] == ["b"]
    assert cache.resource_version == "11"
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
        cache = cache_of(server, idle_timeout=0.05)
        cache.run()
    assert cache.resource_version == "12"


def test_stop_ends_a_read_that_waits() -> None:
    with ScriptedApi(Answer(body=FIRST, end="silence")) as server:
        cache = cache_of(server)
        cache.start()
        assert cache.wait_synced()
        cache.stop()
        cache.join()
    assert len(cache) == 2


def test_an_answer_in_plain_text_is_quoted() -> None:
    busy = Answer(429, [b"Too many requests, please try again later.\n"])
    with ScriptedApi(busy, busy) as server, pytest.raises(ApiError, match="429: Too many requests, please try"):
        cache_of(server).run()


def test_a_frame_without_end_is_given_up_before_it_fills_the_memory() -> None:
    with ScriptedApi(Answer(body=[b"x" * 5000])) as server, pytest.raises(ConnectionLostError, match="more than 1000"):
        cache_of(server, longest_frame=1000).run()


def test_a_server_that_is_not_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(ConnectionLostError, match=f"http://127.0.0.1:{port}: Connection refused"):
        WatchCache(Api(Access(server=f"http://127.0.0.1:{port}"))).run()


def test_certificates_that_are_none_are_said_before_anything_is_sent() -> None:
    with pytest.raises(AccessError, match="certificates or key cannot be used"):
        Api(Access(server="https://127.0.0.1:1", authority="no PEM"))
    with pytest.raises(AccessError, match="certificates or key cannot be used"):
        Api(Access(server="https://127.0.0.1:1", verify=False, certificate=b"no", key=b"PEM"))


def lean(kubeconfig: Path) -> subprocess.Popen[str]:
    """The program, started."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "perfkit.client"],
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
    assert (program.returncode, output) == (1, "")
    assert errors == f"lean: {tmp_path}/none: No such file or directory; KUBECONFIG must name a readable kubeconfig\n"


def test_importing_the_client_loads_nothing_heavy() -> None:
    """What it costs is msgspec, ssl and http.client; rich, typer or PyYAML would double it."""
    code = "import perfkit.client, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"rich", "typer", "yaml", "kubernetes", "urllib3", "asyncio", "logging", "granian"} & set(loaded)
