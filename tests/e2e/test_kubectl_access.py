"""How a cluster is reached and asked: the client as the real kubectl does it, from the same kubeconfig."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from perfkit.client import ApiError, Client, Options, load_access
from support import logins, mock
from support.kubectl import program
from support.proxies import proxy
from support.scripted_api import Answer, SecuredApi

pytestmark = pytest.mark.e2e

REFUSED = Answer(401, [b'{"kind": "Status", "apiVersion": "v1", "code": 401, "message": "Unauthorized"}'])
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy")
Ask = Callable[[Path], object]


def with_kubectl(kubeconfig: Path) -> str:
    command = [program(), f"--kubeconfig={kubeconfig}", "get", "--raw", "/version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout or done.stderr


def with_client(kubeconfig: Path) -> str:
    with Client(load_access(kubeconfig), Options(discovery_cache="")) as client:
        try:
            return client.get("/version").decode()
        except ApiError as error:
            return error.message


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def cluster() -> Iterator[mock.Mock]:
    with mock.running("tiny") as running:
        yield running


def beyond(**changes: str) -> dict[str, Any]:
    """A cluster whose name only a proxy can find."""
    there = {"server": "https://cluster.test:6443", "tls-server-name": "localhost"}
    return {**there, "certificate-authority": str(mock.authority().ca), **changes}


@pytest.mark.parametrize("scheme", ["http", "https", "socks5"])
def test_a_proxy_of_the_kubeconfig_is_asked_the_same(
    cluster: mock.Mock, tmp_path: Path, scheme: Literal["http", "https", "socks5"]
) -> None:
    with proxy(scheme, ("127.0.0.1", cluster.port)) as between:
        there = beyond(**{"proxy-url": between.url("me:pass%20word")})
        kubeconfig = logins.kubeconfig(tmp_path / "config", there, {"token": mock.TOKEN})
        answers = [ask(kubeconfig) for ask in (with_kubectl, with_client)]
    assert answers[0] == answers[1]
    assert "gitVersion" in answers[0]
    assert between.asked == ["cluster.test:6443"] * 2
    assert between.logins[0] == between.logins[1] != ""


@pytest.mark.parametrize("exceptions", ["", "other.test", "cluster.test", ".test", "*.test", "cluster.test:443", "*"])
def test_a_proxy_of_the_environment_is_taken_and_left_out_the_same(
    cluster: mock.Mock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exceptions: str
) -> None:
    kubeconfig = logins.kubeconfig(tmp_path / "config", beyond(), {"token": mock.TOKEN})
    with proxy("http", ("127.0.0.1", cluster.port)) as between:
        monkeypatch.setenv("HTTPS_PROXY", between.url())
        monkeypatch.setenv("NO_PROXY", exceptions)
        asked = []
        with_kubectl(kubeconfig)
        asked.append(len(between.asked))
        if load_access(kubeconfig).proxy:
            with_client(kubeconfig)
        asked.append(len(between.asked) - asked[0])
    assert asked[0] == asked[1] == int(exceptions in {"", "other.test", "cluster.test:443"})


@pytest.mark.parametrize("ask", [with_kubectl, with_client])
def test_a_name_and_a_password_are_sent_the_same(tmp_path: Path, ask: Ask) -> None:
    user = {"username": "me", "password": "päss"}
    with SecuredApi(Answer(body=[b"{}"])) as server:
        ask(logins.kubeconfig(tmp_path / "config", server.cluster, user))
    assert [request.token for request in server.requests] == ["Basic bWU6cMOkc3M="]


@pytest.mark.parametrize("ask", [with_kubectl, with_client])
def test_who_is_impersonated_is_said_the_same(tmp_path: Path, ask: Ask) -> None:
    user = {"token": "x", "as": "jane", "as-uid": "7", "as-groups": ["devs"]}
    with SecuredApi(Answer(body=[b"{}"])) as server:
        ask(logins.kubeconfig(tmp_path / "config", server.cluster, user))
    (request,) = server.requests
    assert (request.token, request.impersonation) == ("x", {"User": "jane", "Uid": "7", "Group": "devs"})


@pytest.mark.parametrize("ask", [with_kubectl, with_client])
def test_a_plug_in_is_asked_again_at_a_401(tmp_path: Path, ask: Ask) -> None:
    """Once; and where kubectl tells its person to try again, the client does that itself."""
    plugin = logins.Plugin(tmp_path / "login")
    with SecuredApi(REFUSED, REFUSED) as server:
        said = str(ask(logins.kubeconfig(tmp_path / "config", server.cluster, plugin.user)))
    assert "401: Unauthorized" in said or "You must be logged in" in said
    assert plugin.asked == 2
    assert [request.token for request in server.requests] == ["token-1", "token-2"][: len(server.requests)]


@pytest.mark.parametrize(
    ("cluster", "user"),
    [
        ({"proxy-url": "socks4://x"}, {}),
        ({}, {"token": "x", "username": "y"}),
        ({}, {"exec": {"apiVersion": logins.VERSION, "command": "/no/such/login", "interactiveMode": "Never"}}),
        ({}, {"exec": {"apiVersion": "v0", "command": "true", "interactiveMode": "Never"}}),
        ({}, {"exec": {"apiVersion": logins.VERSION, "command": "false", "interactiveMode": "Never"}}),
        ({}, {"exec": {"apiVersion": logins.VERSION, "command": "true", "interactiveMode": "Never"}}),
        ({}, {"client-certificate": "/no/such/file", "client-key": "/no/such/file"}),
        ({}, {"as-groups": ["x"]}),
    ],
)
def test_what_kubectl_refuses_is_refused_before_anything_is_sent(
    tmp_path: Path, cluster: dict[str, Any], user: dict[str, Any]
) -> None:
    with SecuredApi() as server:
        kubeconfig = logins.kubeconfig(tmp_path / "config", {**server.cluster, **cluster}, user)
        assert re.search("(?i)error|unable", with_kubectl(kubeconfig))
        command = [sys.executable, "-m", "perfkit.client.lean"]
        done = subprocess.run(
            command,
            env={**os.environ, "KUBECONFIG": str(kubeconfig)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert server.requests == []
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
