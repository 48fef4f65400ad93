"""``perfkit cluster``: a cluster stays up until it is told to go, and leaves nothing."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from support.standing import Stage, ask, kubeconfig_of

pytestmark = pytest.mark.functional


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.cluster("down", "--all")
    assert list((tmp_path / "perfkit" / "clusters").glob("*")) == []


def test_up_returns_when_it_answers_and_prints_one_line_to_eval(stage: Stage) -> None:
    kubeconfig = kubeconfig_of(stage.cluster("up", "--pods", "30", "--shape", "tiny").stdout)
    pods = ask(kubeconfig, "/api/v1/pods")["items"]
    assert isinstance(pods, list)
    assert len(pods) == 30
    assert stat.S_IMODE(kubeconfig.stat().st_mode) == 0o600


def test_ls_shows_what_is_up_and_down_ends_it(stage: Stage) -> None:
    stage.cluster("up", "--name", "one", "--shape", "tiny")
    stage.cluster("up", "--name", "two", "--shape", "tiny")
    listed = stage.cluster("ls").stdout
    assert "one" in listed
    assert "two" in listed
    stage.cluster("down", "one")
    assert "one" not in stage.cluster("ls").stdout
    stage.cluster("down")
    assert stage.cluster("ls").stdout == ""


def test_a_link_stands_before_a_cluster_and_ends_with_it(stage: Stage) -> None:
    """The kubeconfig leads to the link, which takes its time; nothing of it is left."""
    up = stage.cluster("up", "--shape", "tiny", "--link", "lan", "--rtt", "60ms")
    assert "over lan 60 ms" in up.stderr
    kubeconfig = kubeconfig_of(up.stdout)
    began = time.monotonic()
    assert ask(kubeconfig, "/version")["major"] == "1"
    assert time.monotonic() - began > 0.18, "connecting, TLS and asking are three round trips at least"
    assert "lan 60 ms" in stage.cluster("ls").stdout
    port = int(json.loads((kubeconfig.parent / "state.json").read_text())["address"].rpartition(":")[2])
    stage.cluster("down")
    _wait_until_refused(port)


def test_the_port_asked_for_is_the_links(stage: Stage) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    stage.cluster("up", "--shape", "tiny", "--rtt", "1ms", "--port", port)
    assert f"https://127.0.0.1:{port}" in stage.cluster("ls").stdout


def test_a_cluster_whose_link_dies_ends_and_says_so(stage: Stage) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "perfkit", "cluster", "up", "--foreground", "--shape", "tiny", "--rtt", "1ms"],
        env=stage.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        kubeconfig = kubeconfig_of(process.stdout.readline())
        (relay,) = (each for each in psutil.Process(process.pid).children() if "perfkit.network" in each.cmdline())
        relay.kill()
        try:
            _, complaint = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 4
    assert "the relay was killed by signal 9" in complaint
    assert not kubeconfig.exists()


def test_a_misspelt_link_is_one_line_and_starts_nothing(stage: Stage) -> None:
    assert "did you mean 'vpn'?" in stage.cluster("up", "--shape", "tiny", "--link", "vnp", check=2).stderr
    assert stage.cluster("ls").stdout == ""


def test_a_name_that_is_taken_is_refused(stage: Stage) -> None:
    stage.cluster("up", "--shape", "tiny")
    assert "is up already" in stage.cluster("up", "--shape", "tiny", check=2).stderr


def test_a_port_that_is_taken_is_one_clear_line(stage: Stage) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = stage.cluster("up", "--shape", "tiny", "--port", port, check=4)
    assert port in done.stderr
    assert len(done.stderr.splitlines()) <= 2
    assert stage.cluster("ls").stdout == ""


def test_down_without_a_name_asks_which_of_several(stage: Stage) -> None:
    stage.cluster("up", "--name", "one", "--shape", "tiny")
    stage.cluster("up", "--name", "two", "--shape", "tiny")
    assert "one, two" in stage.cluster("down", check=2).stderr


def test_a_killed_keeper_takes_its_server_along_and_is_not_listed(stage: Stage) -> None:
    kubeconfig = kubeconfig_of(stage.cluster("up", "--shape", "tiny").stdout)
    state = json.loads((kubeconfig.parent / "state.json").read_text())
    pidfd = os.pidfd_open(state["pid"])
    os.kill(state["pid"], signal.SIGKILL)
    import select

    assert select.select([pidfd], [], [], 20)[0]
    os.close(pidfd)
    assert stage.cluster("ls").stdout == ""
    port = int(state["address"].rpartition(":")[2])
    _wait_until_refused(port)


def _wait_until_refused(port: int) -> None:
    """The server sees the end of its lifeline; until it has gone its port answers."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return
        time.sleep(0.01)
    pytest.fail("the server outlived its keeper")


def test_foreground_stays_and_ends_with_ctrl_c(stage: Stage) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "perfkit", "cluster", "up", "--foreground", "--shape", "tiny"],
        env=stage.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        kubeconfig = kubeconfig_of(process.stdout.readline())
        assert ask(kubeconfig, "/version")["major"] == "1"
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(timeout=20) == 0
        finally:
            process.kill()  # a failure must not become a hang
    assert not kubeconfig.exists()


def test_requests_tells_what_clients_asked_of_a_cluster_and_goes_on_while_it_is_up(stage: Stage) -> None:
    kubeconfig = kubeconfig_of(stage.cluster("up", "--shape", "tiny").stdout)
    ask(kubeconfig, "/api/v1/pods?limit=5")
    ask(kubeconfig, "/version")
    found = _requests(stage, 2)
    assert [(each["verb"], each["resource"], each["query"]) for each in found["requests"]] == [
        ("list", "pods", "limit=5"),
        ("get", "nonresource", ""),
    ]
    assert {each["resource"]: each["count"] for each in found["summary"]} == {"pods": 1, "nonresource": 1}
    assert "list pods" in stage.cluster("requests").stdout
    assert "█" in stage.cluster("requests", "--waterfall").stdout
    assert stage.cluster("requests", "--tail", "1", "-o", "csv").stdout.count("\n") == 2
    with subprocess.Popen(
        [sys.executable, "-m", "perfkit", "cluster", "requests", "-f", "--tail", "1", "-o", "json"],
        env=stage.environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as following:
        assert following.stdout is not None
        assert json.loads(following.stdout.readline())["path"] == "/version"
        ask(kubeconfig, "/api/v1/nodes")
        assert json.loads(following.stdout.readline())["resource"] == "nodes"
        stage.cluster("down")
        assert following.wait(20) == 0


def test_a_reset_begins_the_record_anew(stage: Stage) -> None:
    kubeconfig = kubeconfig_of(stage.cluster("up", "--shape", "tiny").stdout)
    ask(kubeconfig, "/api/v1/pods?limit=5")
    _requests(stage, 1)
    stage.cluster("reset")
    ask(kubeconfig, "/api/v1/nodes")
    (only,) = _requests(stage, 1)["requests"]
    assert only["resource"] == "nodes"


def _requests(stage: Stage, count: int) -> dict[str, list[dict[str, object]]]:
    """What the record holds, once it holds so many: lines come a moment after the answers."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found: dict[str, list[dict[str, object]]] = json.loads(stage.cluster("requests", "-o", "json").stdout)
        if len(found["requests"]) == count:
            return found
    raise AssertionError(found)
