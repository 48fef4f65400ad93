"""Whoever plays a link here, its bytes pass; and what a back end began it takes away again."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import pytest

from perfkit.errors import LinkError
from perfkit.model.link import Fault, LinkProfile
from perfkit.model.relay import RelayConfig
from perfkit.network.backends import AUTO, open_link

pytestmark = pytest.mark.functional

DEVICES = Path("/sys/class/net")


def devices() -> set[str]:
    return {device.name for device in DEVICES.glob("*")}


def test_auto_says_what_it_took_and_why_and_bytes_pass(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        to: tuple[str, int] = server.getsockname()
        link, why = open_link(AUTO, RelayConfig(link=LinkProfile(rtt=0.01), to=to), tmp_path)
        try:
            assert why
            with socket.create_connection(link.address, 30) as client:
                connection, _ = server.accept()
                with connection:
                    client.sendall(b"hello")
                    assert connection.recv(100) == b"hello"
        finally:
            link.close()


@pytest.mark.parametrize("backend", ["relay", "netem", AUTO])
def test_no_back_end_leaves_a_device_behind_whether_it_works_or_not(backend: str, tmp_path: Path) -> None:
    before = devices()
    with contextlib.suppress(LinkError):
        link, _ = open_link(backend, RelayConfig(link=LinkProfile(), to=("127.0.0.1", 9)), tmp_path)
        link.close()
    assert devices() == before


def test_auto_leaves_to_the_relay_what_only_the_relay_can_play(tmp_path: Path) -> None:
    profile = LinkProfile(fault=Fault(kind="reset"))
    link, why = open_link(AUTO, RelayConfig(link=profile, to=("127.0.0.1", 9)), tmp_path)
    link.close()
    assert (link.backend, why) == ("relay", "netem plays no faults of connections")
