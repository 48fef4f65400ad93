"""``perfkit cluster set`` and ``reset``, and the control socket below them: whoever asks, whatever comes."""

from __future__ import annotations

import json
import socket
import stat
import threading
import urllib.error
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from perfkit.clusters.control import tell
from perfkit.errors import ClusterError
from perfkit.lifeline import FrameReader, encode_frame, unix_address
from perfkit.model.control import (
    AddFault,
    ClearFaults,
    Collect,
    Deny,
    Done,
    MockRequest,
    Reset,
    ResetDone,
    Scale,
    Scaled,
    Traffic,
)
from perfkit.storage.faults import parse_fault
from support.standing import Stage, ask, kubeconfig_of, status

pytestmark = pytest.mark.functional

NODES = "/api/v1/nodes"
SECRETS = "/api/v1/secrets"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("state"))
    stage.cluster("up", "--shape", "tiny", "--deny", "list secrets", "--fault", "503 verb=list resource=leases count=1")
    yield stage
    stage.cluster("down", "--all")


@pytest.fixture
def kubeconfig(stage: Stage) -> Path:
    assert tell(stage.of("mock"), [Reset()]) == [ResetDone()]
    return stage.of("mock") / "kubeconfig"


@pytest.fixture
def folder(stage: Stage, kubeconfig: Path) -> Path:
    return kubeconfig.parent


def test_what_up_was_told_holds_from_the_start_and_again_after_a_reset(stage: Stage, kubeconfig: Path) -> None:
    leases = "/apis/coordination.k8s.io/v1/leases"
    for _ in range(2):
        assert status(kubeconfig, SECRETS) == 403
        assert [status(kubeconfig, leases), status(kubeconfig, leases)] == [503, 200]
        stage.cluster("set", "deny=")
        assert status(kubeconfig, SECRETS) == 200
        stage.cluster("reset")


def test_set_adds_faults_and_rules_and_empty_values_end_them(stage: Stage, kubeconfig: Path) -> None:
    done = stage.cluster("set", "mock", "fault=500 resource=nodes", "deny=get namespaces", "latency=1ms")
    assert done.stdout == ""
    assert done.stderr == "cluster mock: fault=500 resource=nodes, deny=get namespaces, latency=1ms\n"
    assert status(kubeconfig, NODES) == 500
    assert status(kubeconfig, "/api/v1/namespaces/default") == 403
    stage.cluster("set", "fault=", "deny=")
    assert status(kubeconfig, NODES) == status(kubeconfig, "/api/v1/namespaces/default") == 200


def test_a_cluster_can_be_made_to_change_by_itself(stage: Stage, kubeconfig: Path) -> None:
    def version() -> str:
        found: str = ask(kubeconfig, NODES)["metadata"]["resourceVersion"]
        return found

    before = version()
    stage.cluster("set", "churn=200/s")
    while version() == before:
        pass
    stage.cluster("set", "churn=0")
    assert version() == version()


def test_a_cluster_can_be_made_smaller(stage: Stage, kubeconfig: Path) -> None:
    before = len(ask(kubeconfig, "/api/v1/pods")["items"])
    stage.cluster("set", "scale=-2")
    assert len(ask(kubeconfig, "/api/v1/pods")["items"]) == before - 2


def test_scaling_is_waited_for_longer_than_other_answers(folder: Path) -> None:
    assert tell(folder, [Scale(pods=1)], timeout=0.001) == [Scaled(pods=21)]


def test_a_restart_refuses_and_comes_back(stage: Stage, kubeconfig: Path) -> None:
    stage.cluster("set", "restart=1h")
    with pytest.raises(urllib.error.URLError, match="refused"):
        ask(kubeconfig, NODES)
    stage.cluster("reset")
    assert status(kubeconfig, NODES) == 200


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("churm=20/s",), "perfkit: unknown key 'churm'; allowed: fault, deny"),
        (("mock",), "perfkit: nothing to set"),
        (("other", "fault="), "perfkit: no cluster named 'other' is up"),
    ],
)
def test_what_is_wrong_with_a_setting_is_one_line_and_changes_nothing(
    words: tuple[str, ...], complaint: str, stage: Stage, kubeconfig: Path
) -> None:
    refused = stage.cluster("set", *words, check=2)
    assert refused.stderr.startswith(complaint)
    assert len(refused.stderr.splitlines()) <= 2
    assert status(kubeconfig, NODES) == 200


def test_a_good_setting_before_a_bad_one_is_not_made(stage: Stage, kubeconfig: Path) -> None:
    stage.cluster("set", "fault=500", "fault=501", check=2)
    assert status(kubeconfig, NODES) == 200


# ---- the socket


def test_the_socket_is_its_owners_alone(folder: Path) -> None:
    mode = (folder / "control").stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


def test_it_takes_the_messages_of_the_lifeline(folder: Path, kubeconfig: Path) -> None:
    answers = tell(folder, [AddFault(fault=parse_fault("500 count=1")), Deny(rule="get pods"), ClearFaults()])
    assert answers == [Done()] * 3
    assert status(kubeconfig, NODES) == 200
    (traffic,) = tell(folder, [Collect()])
    assert isinstance(traffic, Traffic)
    assert traffic.work == {"list nodes": 1}


def test_many_clients_at_once_each_get_their_own_answers(folder: Path) -> None:
    found: dict[int, list[object]] = {}

    def client(number: int) -> None:
        messages: list[MockRequest] = [AddFault(fault=parse_fault("500 resource=none")), Deny(rule="get x"), Collect()]
        found[number] = [type(answer) for answer in tell(folder, messages * 5)]

    clients = [threading.Thread(target=client, args=(number,)) for number in range(8)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    assert found == dict.fromkeys(range(8), [Done, Done, Traffic] * 5)


def visit(folder: Path, use: Callable[[socket.socket], Any]) -> Any:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(20)
        with unix_address(folder / "control") as address:
            sock.connect(address)
        return use(sock)


def everything(sock: socket.socket) -> bytes:
    data = b""
    while block := sock.recv(1 << 16):
        data += block
    return data


@pytest.mark.parametrize("noise", [b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\2[]", b"\0\0\0\3abc", b"\xff" * 99])
def test_noise_is_told_to_be_none_and_the_server_goes_on(noise: bytes, folder: Path, kubeconfig: Path) -> None:
    def use(sock: socket.socket) -> list[dict[str, Any]]:
        sock.sendall(noise)
        return FrameReader().feed(everything(sock))

    (answer,) = visit(folder, use)
    assert (answer["type"], answer["message"][:23]) == ("error", "what came is no message")
    assert status(kubeconfig, NODES) == 200


@pytest.mark.parametrize("message", [{"type": "explode"}, {"type": "fault"}, {"type": "deny", "rule": 5}, {}])
def test_a_message_that_is_none_of_ours_is_told_and_others_go_on(message: dict[str, Any], folder: Path) -> None:
    def use(sock: socket.socket) -> list[dict[str, Any]]:
        sock.sendall(encode_frame(message) + encode_frame({"type": "clear_faults"}))
        reader, found = FrameReader(), list[dict[str, Any]]()
        while len(found) < 2:
            found += reader.feed(sock.recv(1 << 16))
        return found

    wrong, right = visit(folder, use)
    assert (wrong["type"], wrong["message"][:35]) == ("error", "the mock was sent something unknown")
    assert right == {"type": "done"}


def test_half_a_frame_holds_nobody_up(folder: Path) -> None:
    def use(sock: socket.socket) -> None:
        sock.sendall(encode_frame({"type": "collect"})[:-3])
        assert tell(folder, [ClearFaults()]) == [Done()]

    visit(folder, use)
    assert tell(folder, [ClearFaults()]) == [Done()]


def test_a_client_that_leaves_at_once_holds_nobody_up(folder: Path) -> None:
    visit(folder, lambda sock: sock.sendall(encode_frame({"type": "collect"}) * 20))
    assert tell(folder, [ClearFaults()]) == [Done()]


def test_a_path_too_long_for_a_socket_is_reached_nevertheless(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 120) / "control"
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        with unix_address(path) as address:
            server.bind(address)
        server.listen()
        assert stat.S_ISSOCK(path.stat().st_mode)
        with unix_address(path) as address:
            client.connect(address)


def test_a_folder_without_a_cluster_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="takes no commands") as caught:
        tell(tmp_path, [Collect()])
    assert "is it up?" in caught.value.advice


def test_a_cluster_that_has_just_died_is_told(stage: Stage) -> None:
    kubeconfig_of(stage.cluster("up", "--shape", "tiny", "--name", "dying").stdout)
    stage.cluster("down", "dying")
    refused = stage.cluster("set", "dying", "fault=", check=2)
    assert refused.stderr.startswith("perfkit: no cluster named 'dying' is up")


# ---- where it listens


@pytest.mark.parametrize("host", ["127.0.0.2", "0.0.0.0"])
def test_a_host_is_in_the_kubeconfig_and_the_certificate_and_told_when_others_can_reach_it(
    host: str, stage: Stage
) -> None:
    done = stage.cluster("up", "--shape", "tiny", "--name", "open", "--host", host)
    try:
        assert len(ask(kubeconfig_of(done.stdout), NODES)["items"]) > 0
        state = json.loads((stage.of("open") / "state.json").read_text())
        assert ("it listens on all addresses of this machine: " in done.stderr) == (host == "0.0.0.0")
        assert state["host"] == host
        assert (host in state["address"]) == (host != "0.0.0.0")
    finally:
        stage.cluster("down", "open")


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (("--host", "example.com"), 2, "--host: found 'example.com'; allowed: an address of this machine"),
        (("--host", "192.0.2.77"), 4, "cannot listen on 192.0.2.77:0"),
        (("--host", "0.0.0.0", "--link", "vpn"), 2, "a link listens on loopback only"),
        (("--fault", "428"), 2, "--fault: found '428'; allowed: latency"),
        (("--deny", "secrets"), 2, "cannot read the rule 'secrets'"),
    ],
)
def test_a_wrong_option_of_up_is_told_before_anything_stands(
    words: tuple[str, ...], code: int, complaint: str, stage: Stage
) -> None:
    assert complaint in stage.cluster("up", "--shape", "tiny", "--name", "wrong", *words, check=code).stderr
    assert not stage.of("wrong").exists()
