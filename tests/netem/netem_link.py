"""The netem back end where the kernel has netem: ``nox -s netem``. Needs root; its name keeps it out of other runs.

On user-mode-linux' skipping clock the times are the wire's alone, so these tests may assert on them.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from perfkit.errors import LinkError
from perfkit.model.link import Fault, LinkProfile, RateStep
from perfkit.network.netem import NetemLink
from perfkit.network.proof import prove

BODY = os.urandom(1 << 20)
RTT = 0.05
DEVICES = Path("/sys/class/net")
Address = tuple[str, int]


def devices() -> set[str]:
    return {device.name for device in DEVICES.glob("perfkit*")}


def gone() -> bool:
    """The kernel takes a dead namespace down in its own time."""
    for _ in range(100):
        if not devices():
            return True
        time.sleep(0.1)
    return False


def serve(connection: socket.socket) -> None:
    with connection, suppress(OSError):
        while connection.recv(1):
            connection.sendall(BODY)


def accept(listener: socket.socket) -> None:
    with suppress(OSError):
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


@pytest.fixture
def server() -> Iterator[Address]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        yield listener.getsockname()
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def link(server: Address, tmp_path: Path) -> Iterator[NetemLink]:
    link = NetemLink(LinkProfile(rtt=RTT), server, tmp_path)
    link.open()
    yield link
    link.close()
    assert devices() == set()


def fetch(address: Address) -> tuple[float, float]:
    """Seconds until connected, and until a MiB has come."""
    start = time.monotonic()
    with socket.create_connection(address, 60) as client:
        connected = time.monotonic() - start
        client.sendall(b"x")
        left = len(BODY)
        while left:
            left -= len(client.recv(1 << 16))
        return connected, time.monotonic() - start


def test_the_targets_own_handshake_and_slow_start_pass_the_wire(link: NetemLink) -> None:
    """As the oracle measured it: 400.1 ms for a cold MiB."""
    assert fetch(link.address) == pytest.approx((0.05, 0.4001), rel=0.01)


def test_a_rate_comes_and_goes_while_it_runs(link: NetemLink) -> None:
    """As the oracle measured it: 1,049.0 ms for a cold MiB at 10 Mbit/s."""
    link.set(LinkProfile(rtt=RTT, down=1e7))
    assert fetch(link.address)[1] == pytest.approx(1.049, rel=0.01)
    link.set(LinkProfile(rtt=RTT))
    assert fetch(link.address)[1] == pytest.approx(0.4001, rel=0.01)


def test_loss_and_jitter_are_played_and_what_was_repeated_is_counted(link: NetemLink) -> None:
    link.set(LinkProfile(rtt=RTT, loss=0.02))
    fetch(link.address)
    assert link.stats().retransmissions > 0
    link.set(LinkProfile(rtt=RTT, jitter=0.01))
    assert fetch(link.address)[1] > 0.35


def test_a_cut_loses_everything_until_it_ends(link: NetemLink) -> None:
    link.cut(1.0)
    assert fetch(link.address)[0] > 1.0  # the first SYN is lost, the second comes a second later
    link.cut()
    with pytest.raises(TimeoutError):
        socket.create_connection(link.address, 3)
    link.restore()
    assert fetch(link.address)[0] == pytest.approx(RTT, rel=0.01)


def test_what_only_a_relay_can_play_is_refused(link: NetemLink) -> None:
    with pytest.raises(LinkError, match="faults"):
        link.fault(Fault(kind="reset"))
    for profile in (LinkProfile(trace_up="x"), LinkProfile(steps=(RateStep(at=1),))):
        with pytest.raises(LinkError, match="netem plays no"):
            link.set(profile)
    link.fault(None)


def test_a_server_that_refuses_is_a_reset_over_a_second_link(link: NetemLink, tmp_path: Path) -> None:
    second = NetemLink(LinkProfile(rtt=RTT), ("127.0.0.1", 1), tmp_path)
    second.open()
    with socket.create_connection(second.address, 30) as client, pytest.raises(ConnectionResetError):
        client.recv(1)
    assert second.stats().refused == 1
    second.close()
    assert fetch(link.address)[0] == pytest.approx(RTT, rel=0.01)


def test_the_proof_measures_what_was_asked() -> None:
    proof = prove(LinkProfile(rtt=0.06, down=2e7, up=1e7), 1, "netem")
    assert all(check.measured == pytest.approx(check.asked, rel=0.01) for check in proof.checks)
    assert len(proof.checks) == 4


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_however_a_keeper_ends_no_device_stays(server: Address, end: signal.Signals, tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    perfkit = (sys.executable, "-m", "perfkit", "link")
    up = (*perfkit, "up", "--to", f"127.0.0.1:{server[1]}", "--link", "lan", "--backend", "auto")
    done = subprocess.run(up, env=environment, capture_output=True, text=True, check=True)
    assert "netem of Linux" in done.stderr
    assert "(netem works here)" in done.stderr
    host, _, port = done.stdout.strip().partition(":")
    fetch((host, int(port)))
    assert len(devices()) == 1
    state = json.loads((tmp_path / "perfkit" / "links" / "link" / "state.json").read_bytes())
    os.kill(state["pid"], end)
    assert gone()
