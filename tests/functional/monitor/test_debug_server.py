"""The debug server as whoever debugs sees it."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perfkit.errors import UsageError
from perfkit.model import pprof
from perfkit.monitor import Monitor, Options

pytestmark = pytest.mark.functional
TOKEN = "a-long-random-one"


def options(where: str) -> Options:
    return Options(debug=where, token=TOKEN, rules=(), slow="0 s")


@pytest.fixture(scope="module")
def monitor() -> Iterator[Monitor]:
    with Monitor(options("127.0.0.1:0")) as found:
        with found.operation("list pods", token="hunter2"), found.call("list", "pods") as call:
            call.answered(200)
        yield found


class Leaked:
    """What a test holds on to."""


class _Unix(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.host)


def get(address: str, path: str, token: str = TOKEN) -> tuple[int, bytes]:
    unix = address.startswith("unix:")
    connection = (
        _Unix(address.removeprefix("unix:"), timeout=60) if unix else http.client.HTTPConnection(address, timeout=60)
    )
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}", "Host": "localhost"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def stacks(data: bytes) -> tuple[list[str], list[list[str]]]:
    """Names of the values, and the functions of each stack, innermost first."""
    read = pprof.read(data)
    return [value.name for value in read.values], [
        [read.frames[number].function for number in reversed(stack)] for stack in read.stacks
    ]


def page(monitor: Monitor, path: str) -> Any:
    status, body = get(monitor.debug_address, path)
    assert status == 200, body
    return json.loads(body)


@pytest.mark.parametrize("token", ["", "wrong", f"{TOKEN}x"])
@pytest.mark.parametrize("path", ["/", "/metrics", "/debug/pprof/profile", "/nowhere"])
def test_nothing_is_told_without_the_token(monitor: Monitor, token: str, path: str) -> None:
    assert get(monitor.debug_address, path, token)[0] == 401


@pytest.mark.parametrize("where", ["0.0.0.0:0", "192.0.2.1:6060", "[::]:0"])
def test_an_address_that_others_can_reach_is_refused(where: str) -> None:
    threads = threading.enumerate()
    monitor = Monitor(options(where))
    with pytest.raises(UsageError, match="open to others"):
        monitor.start()
    assert set(threading.enumerate()) <= set(threads)


def test_a_server_without_a_token_is_refused() -> None:
    with pytest.raises(UsageError, match="wants a token"):
        Monitor(Options(debug="127.0.0.1:0")).start()


def test_off_by_default() -> None:
    with Monitor() as monitor:
        assert monitor.debug_address == ""


def test_a_unix_socket_is_for_its_owner_and_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "debug.sock"
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(path))  # nobody listens to it any more
    with Monitor(options(f"unix:{path}")) as monitor:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert get(monitor.debug_address, "/gc")[0] == 200
    assert not path.exists()


def test_a_file_where_the_socket_should_be_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("mine")
    with pytest.raises(UsageError, match="in use"):
        Monitor(options(f"unix:{path}")).start()
    assert path.read_text() == "mine"


def test_metrics_are_what_prometheus_reads(monitor: Monitor) -> None:
    status, body = get(monitor.debug_address, "/metrics")
    assert status == 200
    assert b'perfkit_api_requests_total{outcome="200",resource="pods",verb="list"} 1.0' in body


def test_slow_operations_are_told_without_secrets(monitor: Monitor) -> None:
    (told,) = page(monitor, "/slow")
    assert (told["operation"], told["attributes"]) == ("list pods", {"token": "[redacted]"})


def test_threads_are_told_with_what_they_do(monitor: Monitor) -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait, name="waiting")
    thread.start()
    try:
        (told,) = [each for each in page(monitor, "/threads") if each["name"] == "waiting"]
        assert told["stack"][0].startswith("Condition.wait ")
        names, counted = stacks(get(monitor.debug_address, "/debug/pprof/threads")[1])
    finally:
        release.set()
        thread.join()
    assert names == ["threads"]
    assert any(stack[0] == "Condition.wait" for stack in counted)


def test_tasks_are_told_with_where_they_wait() -> None:
    async def lingering() -> None:
        await asyncio.sleep(60)

    async def look() -> Any:
        async with Monitor(options("127.0.0.1:0")) as monitor:
            task = asyncio.create_task(lingering(), name="lingerer")
            await asyncio.sleep(0)
            found = await asyncio.to_thread(page, monitor, "/tasks")
            task.cancel()
            return found

    (told,) = [each for each in asyncio.run(look()) if each["name"] == "lingerer"]
    assert told["coroutine"].endswith("lingering")
    assert any("lingering" in line for line in told["stack"])


def test_a_profile_shows_the_function_that_is_busy(monitor: Monitor) -> None:
    done = threading.Event()

    def busily() -> None:
        while not done.is_set():
            sum(range(1_000))

    thread = threading.Thread(target=busily)
    thread.start()
    try:
        status, body = get(monitor.debug_address, "/debug/pprof/profile?seconds=0.5&hz=50")
    finally:
        done.set()
        thread.join()
    assert status == 200
    names, found = stacks(body)
    assert names == ["samples", "wall"]
    assert any("busily" in name for stack in found for name in stack)


def test_the_heap_shows_who_allocated(monitor: Monitor) -> None:
    held: list[bytes] = []
    done = threading.Event()

    def hoard() -> None:
        while not done.wait(0.01):
            held.append(os.urandom(1_000))

    thread = threading.Thread(target=hoard)
    thread.start()
    try:
        status, body = get(monitor.debug_address, "/heap?seconds=0.5")
    finally:
        done.set()
        thread.join()
    assert status == 200
    names, found = stacks(body)
    assert names == ["inuse_objects", "inuse_space"]
    assert any(stack[0].startswith("test_debug_server.py:") for stack in found)


@pytest.mark.parametrize("query", ["seconds=0", "seconds=61", "seconds=x", "seconds=nan", "hz=5000"])
def test_a_profile_is_bounded(monitor: Monitor, query: str) -> None:
    assert get(monitor.debug_address, f"/debug/pprof/profile?{query}")[0] == 400


def test_growth_tells_types(monitor: Monitor) -> None:
    page(monitor, "/growth")
    held = [Leaked() for _ in range(500)]
    grown = {each["type"]: each["grown"] for each in page(monitor, "/growth")}
    assert grown[f"{Leaked.__module__}.Leaked"] == len(held)


def test_an_unknown_path_lists_what_there_is(monitor: Monitor) -> None:
    status, body = get(monitor.debug_address, "/nowhere")
    assert status == 404
    assert b"/debug/pprof/profile" in body
