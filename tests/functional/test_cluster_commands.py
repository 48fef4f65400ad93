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
from typing import Any

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
    assert f"{stage.folder}/perfkit/clusters/two/kubeconfig" in listed, "a path is whole where no terminal is"
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


def test_of_several_that_start_at_once_under_one_name_one_is_up_and_the_others_say_so(stage: Stage) -> None:
    command = [sys.executable, "-m", "perfkit", "cluster", "up", "--shape", "tiny"]
    starting = [
        subprocess.Popen(command, env=stage.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [each.communicate(timeout=60) for each in starting]
    assert sorted(each.returncode for each in starting) == [0, 2, 2]
    assert sum("cluster 'mock' is up already" in complaint for _, complaint in said) == 2
    (line,) = [line for line, _ in said if line]
    assert len(ask(kubeconfig_of(line), "/api/v1/pods")["items"]) == 20


def test_an_address_in_brackets_is_listed_as_it_is(stage: Stage) -> None:
    stage.cluster("up", "--shape", "tiny", "--host", "::1")
    address = json.loads((stage.of("mock") / "state.json").read_text())["address"]
    assert address.startswith("https://[::1]:")
    assert address in stage.cluster("ls").stdout


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


def test_a_snapshot_of_a_cluster_played_holds_the_same(stage: Stage, tmp_path: Path) -> None:
    first = kubeconfig_of(stage.cluster("up", "--shape", "tiny", "--name", "first").stdout)
    at = ("--context", "perfkit", "--kubeconfig", str(first), "--yes")
    raw, bare = str(tmp_path / "raw.jsonl"), str(tmp_path / "bare.jsonl")
    told = stage.cluster("record", *at, "-o", raw, "--snapshot", "--raw").stderr
    assert "20 pods" in told
    assert "LISTs of up to 500 objects" in told
    stage.cluster("record", *at, "-o", bare, "--snapshot")
    second = kubeconfig_of(stage.cluster("up", "-f", raw, "--name", "second").stdout)
    third = kubeconfig_of(stage.cluster("up", "-f", bare, "--name", "third").stdout)
    for path in (
        "/api/v1/pods",
        "/apis/apps/v1/deployments",
        "/api/v1/nodes",
        "/api/v1/services",
        "/api/v1/namespaces",
    ):
        one, same, nameless = (ask(kubeconfig, path)["items"] for kubeconfig in (first, second, third))
        if path != "/api/v1/nodes":  # they report by themselves
            assert list(map(_unversioned, one)) == list(map(_unversioned, same))
        assert len(nameless) == len(one)
        assert _phases(nameless) == _phases(one)
    assert ask(second, "/api/v1/secrets")["items"][0].get("data") is None


def test_a_shape_of_a_cluster_is_played_by_path(stage: Stage, tmp_path: Path) -> None:
    first = kubeconfig_of(stage.cluster("up", "--shape", "small", "--pods", "90", "--name", "first").stdout)
    shape = str(tmp_path / "mine.toml")
    stage.cluster("record", "--context", "perfkit", "--kubeconfig", str(first), "-o", shape, "--yes")
    second = kubeconfig_of(stage.cluster("up", "--shape", shape, "--name", "second").stdout)
    one, same = (ask(kubeconfig, "/api/v1/pods")["items"] for kubeconfig in (first, second))
    assert len(one) == len(same) == 90


def test_a_recording_that_nobody_agreed_to_reads_nothing_but_extents(stage: Stage, tmp_path: Path) -> None:
    first = kubeconfig_of(stage.cluster("up", "--shape", "tiny").stdout)
    at = ("--context", "perfkit", "--kubeconfig", str(first), "-o", str(tmp_path / "s.toml"))
    assert "say --yes" in stage.cluster("record", *at, check=2).stderr
    assert "no context 'nope'" in stage.cluster("record", "--context", "nope", *at[2:], check=2).stderr
    assert not (tmp_path / "s.toml").exists()
    assert {each["query"] for each in _requests(stage, 2)["requests"]} == {"limit=1"}


def test_a_wrong_manifest_is_one_line_with_file_and_document(stage: Stage, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("apiVersion: v1\nkind: Pod\nmetadata: {}\n")
    complaint = stage.cluster("up", "-f", str(wrong), check=4).stderr
    assert f"{wrong}: document 1: a Pod without metadata.name" in complaint
    assert "no such file" in stage.cluster("up", "-f", str(tmp_path / "none.yaml"), check=2).stderr


def _unversioned(obj: dict[str, Any]) -> dict[str, Any]:
    return {**obj, "metadata": {k: v for k, v in obj["metadata"].items() if k != "resourceVersion"}}


def _phases(objects: list[dict[str, Any]]) -> list[str]:
    return sorted(str(obj.get("status", {}).get("phase")) for obj in objects)


def _requests(stage: Stage, count: int) -> dict[str, list[dict[str, object]]]:
    """What the record holds, once it holds so many: lines come a moment after the answers."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found: dict[str, list[dict[str, object]]] = json.loads(stage.cluster("requests", "-o", "json").stdout)
        if len(found["requests"]) == count:
            return found
    raise AssertionError(found)
