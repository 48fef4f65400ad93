"""``perfkit link``: a link stays up until it is told to go, and proves itself."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.functional


class Stage:
    """A state folder of its own, so that a person's links are left alone."""

    def __init__(self, folder: Path) -> None:
        self.environment = {**os.environ, "XDG_STATE_HOME": str(folder)}

    def link(self, *words: str, check: int = 0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "perfkit", "link", *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == check, done.stderr
        return done


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    links = tmp_path / "perfkit" / "links"
    if links.exists():
        stage.link("down", "--all")
    assert list(links.glob("*")) == []


def test_up_prints_the_address_through_which_the_server_answers(stage: Stage) -> None:
    def answer(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(connection.recv(100).upper())

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,))
        thread.start()
        port = listener.getsockname()[1]
        done = stage.link("up", "--to", f"127.0.0.1:{port}", "--link", "vpn", "--rtt", "20ms", "--loss", "0%")
        (line,) = done.stdout.splitlines()
        host, _, through = line.partition(":")
        with socket.create_connection((host, int(through)), 20) as client:
            client.sendall(b"hello")
            assert client.recv(100) == b"HELLO"
        thread.join()
    assert "vpn" in stage.link("ls").stdout
    assert "is up already" in stage.link("up", "--to", "127.0.0.1:1", check=2).stderr
    stage.link("down")
    assert stage.link("ls").stdout == ""


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["up", "--to", "nowhere"], "--to: found 'nowhere'; allowed: HOST:PORT"),
        (["up", "--to", "127.0.0.1:0"], "allowed: HOST:PORT"),
        (["up", "--to", "127.0.0.1:1", "--rtt", "-3ms"], '--rtt: found "-3ms"'),
        (["up", "--to", "127.0.0.1:1", "--fault", "burn"], '--fault.kind: found "burn"'),
        (["up", "--to", "127.0.0.1:1", "--fault", "reset after"], "a kind and its settings"),
        (["up", "--to", "127.0.0.1:1", "--name", "../x"], "no name for a link"),
        (["down", "nothing"], "no link named 'nothing' is up"),
        (["test", "vnp"], "no link named 'vnp'"),
        (["test", "--loss", "200%"], '--loss: found "200%"'),
    ],
)
def test_a_bad_option_is_one_clear_line(stage: Stage, words: list[str], complaint: str) -> None:
    first, *_ = stage.link(*words, check=2).stderr.splitlines()
    assert first.startswith("perfkit: ")
    assert complaint in first


def test_a_keeper_that_cannot_start_says_why(stage: Stage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = stage.link("up", "--to", "127.0.0.1:1", "--port", port, check=4)
    assert done.stderr.splitlines()[0] == "perfkit: the relay cannot listen: Address already in use"


def test_the_proof_holds_what_was_asked_beside_what_was_measured(stage: Stage) -> None:
    done = stage.link("test", "lan", "--rtt", "4ms", "--rate", "50mbit", "--loss", "1%", "-o", "json")
    (proof,) = json.loads(done.stdout)["results"]
    asked = {check["name"]: check["asked"] for check in proof["checks"]}
    assert asked == {"round trip": 0.004, "connect and ask": 0.008, "rate down": 5e7, "rate up": 5e7, "loss": 0.01}
    measured = {check["name"]: check["measured"] for check in proof["checks"]}
    assert measured["round trip"] >= 0.004
    assert measured["rate down"] <= 5e7 * 1.02
    assert 0 < measured["loss"] < 0.05
    assert proof["stats"]["lateness"]


def test_the_table_fits_eighty_columns(stage: Stage) -> None:
    lines = stage.link("test", "same-region").stdout.splitlines()
    assert lines[0] == "link same-region: 5 ms"
    assert max(map(len, lines)) <= 100
