"""Exec plug-ins that are real programs: when they are asked, and what the server is then told."""

from __future__ import annotations

import base64
import datetime as dt
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from perfkit.client import Access, ApiError, Client, Options, load_access, plugins
from perfkit.client.plugins import Credential, Login, Plugin
from perfkit.client.problems import LoginError
from support import logins, mock
from support.relayed import serving
from support.scripted_api import Answer, SecuredApi
from support.watched import bookmark, frame, pod

pytestmark = pytest.mark.functional

SOON = 30.0
LONG_AGO = "2020-01-01T00:00:00Z"
LATER = "2099-01-01T00:00:00Z"
REFUSED = Answer(401, [b'{"message": "Unauthorized"}'])
STATE = [frame("ADDED", pod("a")), bookmark(3, initial=True)]


def someones() -> tuple[bytes, bytes]:
    """A certificate that is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "someone")]), dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(hours=1)).not_valid_after(now + dt.timedelta(days=1))
    made = builder.sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    return made.public_bytes(pem), key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@contextmanager
def client_of(server: SecuredApi, folder: Path, plugin: logins.Plugin) -> Iterator[Client]:
    access = load_access(logins.kubeconfig(folder / "kubeconfig", server.cluster, plugin.user))
    with Client(access, Options(discovery_cache="", backoff_first=0.01)) as client:
        yield client


def test_what_is_good_for_long_is_asked_for_once(tmp_path: Path) -> None:
    plugin = logins.Plugin(tmp_path / "login", LATER)
    with SecuredApi(*[Answer(body=[b"x"])] * 3) as server, client_of(server, tmp_path, plugin) as client:
        for _ in range(3):
            client.get("/version")
    assert [request.token for request in server.requests] == ["token-1"] * 3
    assert plugin.asked == 1


def test_what_has_run_out_is_asked_for_again_before_the_next_request(tmp_path: Path) -> None:
    plugin = logins.Plugin(tmp_path / "login", LONG_AGO)
    with SecuredApi(*[Answer(body=[b"x"])] * 2) as server, client_of(server, tmp_path, plugin) as client:
        for _ in range(2):
            client.get("/version")
    assert [request.token for request in server.requests] == ["token-2", "token-3"]


def test_after_a_401_the_same_request_is_sent_with_another_token_once(tmp_path: Path) -> None:
    plugin = logins.Plugin(tmp_path / "login")
    with (
        SecuredApi(REFUSED, Answer(body=[b"x"]), REFUSED) as server,
        client_of(server, tmp_path, plugin) as client,
    ):
        assert client.get("/version") == b"x"
        with pytest.raises(ApiError, match="401: Unauthorized"):
            client.get("/version")
    assert [request.token for request in server.requests] == ["token-1", "token-2", "token-2"]
    assert plugin.asked == 2


def test_a_watch_that_is_refused_goes_on_with_another_token(tmp_path: Path) -> None:
    plugin = logins.Plugin(tmp_path / "login")
    answers = [Answer(body=STATE), REFUSED, Answer(body=[bookmark(4)], end="silence")]
    with SecuredApi(*answers) as server, client_of(server, tmp_path, plugin) as client:
        pods = client.cache("pods")
        assert pods.wait_synced(SOON)
        assert server.silent.wait(SOON)
        assert len(pods) == 1
    assert [request.token for request in server.requests] == ["token-1", "token-1", "token-2"]


def test_a_plug_in_that_fails_later_is_said_in_a_line_and_what_is_held_stays(tmp_path: Path) -> None:
    plugin = logins.Plugin(tmp_path / "login")
    lines: list[str] = []
    said = threading.Event()

    def report(line: str) -> None:
        lines.append(line)
        if "renewed" in line:
            said.set()

    with SecuredApi(Answer(body=STATE), *[REFUSED] * 50) as server:
        access = load_access(logins.kubeconfig(tmp_path / "kubeconfig", server.cluster, plugin.user))
        plugin.path.write_text("#!/bin/sh\necho 'sorry, the session is over' >&2\nexit 7\n")
        with Client(access, Options(backoff_first=0.01), report=report) as client:
            pods = client.cache("pods")
            assert pods.wait_synced(SOON)
            assert said.wait(SOON)
            assert len(pods) == 1
            assert pods.state().problem
    line = next(line for line in lines if "renewed" in line)
    assert f"the login cannot be renewed: exec: '{plugin.path}' ended with status 7: sorry, the session is over" in line
    assert "\n" not in line


def test_a_renewed_certificate_is_shown_on_a_connection_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, (certificate, key) = mock.authority(), someones()
    (tmp_path / "someone.pem").write_bytes(certificate)
    shown: list[bool] = []

    def server(connection: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.certificate, authority.key)
        context.load_verify_locations(tmp_path / "someone.pem")
        context.verify_mode = ssl.CERT_OPTIONAL
        with context.wrap_socket(connection, server_side=True) as secured:
            while secured.recv(1 << 12):
                shown.append(bool(secured.getpeercert()))
                secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    given = Credential(certificate=certificate, key=key)
    monkeypatch.setattr(plugins, "ask_quietly", lambda _: given)
    login = Login(plugin=Plugin(command="x", api_version=logins.VERSION), cluster={}, folder="/")
    with serving(server) as (host, port):
        access = Access(server=f"https://{host}:{port}", authority=authority.ca.read_text(), token="t", login=login)
        with Client(access) as client:
            client.get("/version")
            client.api.credentials.refused(0)
            client.get("/version")
    assert shown == [False, True]


def test_bad_certificates_of_a_renewal_are_told_as_the_login_that_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "ask_quietly", lambda _: Credential(certificate=b"x", key=b"y"))
    login = Login(plugin=Plugin(command="x", api_version=logins.VERSION), cluster={}, folder="/")
    with (
        Client(Access(server="https://127.0.0.1:1", token="t", login=login, expires=1.0)) as client,
        pytest.raises(LoginError, match="cannot be renewed: the client certificate or key for https"),
    ):
        client.get("/version")


def test_a_name_and_a_password_are_sent(tmp_path: Path) -> None:
    with SecuredApi(Answer(body=[b"x"])) as server:
        user = {"username": "me", "password": "secret"}
        access = load_access(logins.kubeconfig(tmp_path / "kubeconfig", server.cluster, user))
        with Client(access) as client:
            client.get("/version")
    assert [request.token for request in server.requests] == ["Basic bWU6c2VjcmV0"]


def test_what_a_plug_in_may_know_of_the_cluster_is_told_again(tmp_path: Path) -> None:
    plugin = logins.Plugin(tmp_path / "login")
    plugin.path.write_text('#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" >> "$0.infos"\n' + logins.PROGRAM)
    user = plugin.user
    user["exec"]["provideClusterInfo"] = True
    with SecuredApi(REFUSED, Answer(body=[b"x"])) as server:
        access = load_access(logins.kubeconfig(tmp_path / "kubeconfig", server.cluster, user))
        with Client(access) as client:
            client.get("/version")
    first, second = [json.loads(line) for line in Path(f"{plugin.path}.infos").read_text().splitlines()]
    assert first == second
    assert second["spec"]["interactive"] is False
    assert second["spec"]["cluster"] == {
        "server": server.url,
        "certificate-authority-data": base64.b64encode(mock.authority().ca.read_bytes()).decode(),
    }
