"""The gateway before a cluster that notes every byte it is sent, and before the mock."""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import h2.config
import h2.connection
import h2.events
import msgspec
import pytest

from perfkit.client.access import Access, load_access
from perfkit.client.api import Api
from perfkit.clusters.context import ContextCluster
from perfkit.clusters.filling import Way
from perfkit.clusters.mock import MockCluster
from perfkit.errors import ClusterError
from perfkit.model.requests import Entry
from perfkit.model.scenario import ClusterSpec, Ready
from support import logins, mock
from support.proxies import proxy

pytestmark = pytest.mark.functional

PODS = "/api/v1/namespaces/default/pods"
SECRET = "the-clusters-own-token"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\n\r\n{}"
REFUSED = b"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n"


class Spy:
    """An API server that answers ``{}`` to everything; ``heard`` is all it was sent, a text a request.

    It agrees to every upgrade, and then says what it hears. With a ``token`` it lets in nobody else.
    """

    def __init__(self, token: str = "") -> None:
        self.heard: list[str] = []
        self.token = token
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._server.getsockname()
        self.url = f"http://127.0.0.1:{self.address[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._attend, args=(connection,), daemon=True).start()

    def _attend(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as said:
            while head := self._head(said):
                length = next((int(line.split(":")[1]) for line in head if line.startswith("content-length")), 0)
                self.heard.append("\n".join([*head, said.read(length).decode()]))
                if self.token and f"authorization: Bearer {self.token}" not in head:
                    connection.sendall(REFUSED)
                elif any(line.startswith("upgrade:") for line in head):
                    connection.sendall(UPGRADED)
                    while data := connection.recv(1 << 16):
                        connection.sendall(data)
                    return
                else:
                    connection.sendall(ANSWER)

    @staticmethod
    def _head(said: Any) -> list[str]:
        lines: list[str] = []
        while (line := said.readline().decode()) not in {"\r\n", ""}:
            lines.append(line.strip())
        return lines

    def close(self) -> None:
        self._server.close()

    @property
    def requests(self) -> list[str]:
        """First lines, without our own question for the version."""
        return [text.partition(" HTTP/1.1")[0] for text in self.heard if not text.startswith("GET /version ")]


@contextmanager
def gateway(access: Access, folder: Path, writes: bool = False) -> Iterator[ContextCluster]:
    cluster = ContextCluster(ClusterSpec(kind="context", name="test", writes=writes), Way(access), folder)
    try:
        cluster.open()
        yield cluster
    finally:
        cluster.close()


@pytest.fixture(scope="module")
def spy() -> Iterator[Spy]:
    server = Spy()
    yield server
    server.close()


@pytest.fixture(scope="module")
def guarded(spy: Spy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContextCluster]:
    with gateway(Access(server=spy.url, token=SECRET), tmp_path_factory.mktemp("gateway")) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def fresh(spy: Spy) -> None:
    spy.heard.clear()


def token(cluster: ContextCluster) -> str:
    return str(json.loads(cluster.kubeconfig())["users"][0]["user"]["token"])


def tls(cluster: ContextCluster, protocol: str) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols([protocol])
    return context.wrap_socket(socket.create_connection(cluster.address, 20), server_hostname="localhost")


def say(cluster: ContextCluster, text: str) -> bytes:
    """All that is answered to bytes of our own, until the gateway closes; ``{auth}`` lets us in."""
    with tls(cluster, "http/1.1") as sock:
        sock.sendall(text.replace("{auth}", f"Authorization: Bearer {token(cluster)}").replace("\n", "\r\n").encode())
        answer = b""
        try:
            while data := sock.recv(1 << 16):
                answer += data
        except OSError:
            pass
        return answer


def ask(cluster: ContextCluster, line: str, *headers: str, body: str = "") -> int:
    """The status of the answer to one request of HTTP/1.1."""
    lines = [f"{line} HTTP/1.1", "Host: cluster", "{auth}", "Connection: close", *headers]
    lines += [f"Content-Length: {len(body)}"] if body else []
    answer = say(cluster, "\n".join(lines) + "\n\n" + body)
    return int(answer[9:12]) if answer else 0


def ask_h2(cluster: ContextCluster, headers: list[tuple[str, str]]) -> int:
    """The status of the answer to headers of our own over HTTP/2; 0: the gateway broke off."""
    peer = h2.connection.H2Connection(
        h2.config.H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False)
    )
    with tls(cluster, "h2") as sock:
        assert sock.selected_alpn_protocol() == "h2"
        peer.initiate_connection()
        peer.send_headers(1, headers, end_stream=True)
        sock.sendall(peer.data_to_send())
        while data := sock.recv(1 << 16):
            for event in peer.receive_data(data):
                if isinstance(event, h2.events.ResponseReceived):
                    return int(dict(event.headers or ())[b":status"])
                if isinstance(event, h2.events.StreamReset | h2.events.ConnectionTerminated):
                    return 0
    return 0


def test_what_reads_goes_on_with_the_clusters_own_token_and_none_of_the_clients_headers(
    spy: Spy, guarded: ContextCluster
) -> None:
    assert ask(guarded, f"GET {PODS}?limit=5", "Accept: a/b", "Cookie: c=d", "X-Forwarded-For: 1.2.3.4") == 200
    (heard,) = spy.heard
    assert heard.startswith(f"GET {PODS}?limit=5 HTTP/1.1\n")
    assert f"authorization: Bearer {SECRET}" in heard
    assert "accept: a/b" in heard
    assert token(guarded) not in heard
    assert "c=d" not in heard
    assert "1.2.3.4" not in heard


def test_without_the_gateways_own_token_nothing_is_answered(spy: Spy, guarded: ContextCluster) -> None:
    for auth in ("", f"Authorization: Bearer {SECRET}\n", "Authorization: Bearer x\n"):
        assert say(guarded, f"GET {PODS} HTTP/1.1\nHost: a\n{auth}Connection: close\n\n").startswith(b"HTTP/1.1 401")
    assert not spy.requests


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_a_mutating_method_gets_a_status_403_and_reaches_nothing(
    spy: Spy, guarded: ContextCluster, method: str
) -> None:
    lines = f"{method} {PODS}/web HTTP/1.1\nHost: a\n{{auth}}\nConnection: close\nContent-Length: 2\n\n{{}}"
    head, _, body = say(guarded, lines).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 403")
    status = json.loads(body)
    assert (status["kind"], status["reason"], status["code"]) == ("Status", "Forbidden", 403)
    assert "--allow-writes" in status["message"]
    assert not spy.requests


@pytest.mark.parametrize(
    "line",
    [
        f"GET //{PODS}/web/exec",
        "GET /version/../api/v1/namespaces/default/pods/web/exec",
        f"GET {PODS}/web%2Fexec",
        f"GET {PODS}/web/%65xec?command=rm",
        f"GET {PODS}/web/exec/",
        f"GET {PODS}/web/proxy/",
        "GET /api/v1/nodes/n/proxy/run/default/web/main?cmd=rm",
        f"POST {PODS}/web/eviction",
        f"POST {PODS}/web/binding",
        "POST /api/v1/namespaces/default/serviceaccounts/default/token",
        "POST /apis/authentication.k8s.io/v1/tokenreviews",
        f"get {PODS}",
        f"GET http://elsewhere.example/{PODS}/web/exec",
        f"DELETE http://elsewhere.example{PODS}/web",
    ],
)
def test_tricks_with_paths_and_methods_reach_nothing(spy: Spy, guarded: ContextCluster, line: str) -> None:
    assert ask(guarded, line) in {400, 403, 404, 405}
    assert not spy.requests


@pytest.mark.parametrize(
    "headers",
    [
        ("X-HTTP-Method-Override: DELETE",),
        ("Impersonate-User: system:admin",),
        ("X-Remote-User: system:admin",),
        ("Connection: Upgrade", "Upgrade: SPDY/3.1"),
        ("Upgrade: websocket", "Sec-WebSocket-Key: YWJj", "Sec-WebSocket-Version: 13"),
    ],
)
def test_disguises_and_upgrades_of_a_read_reach_nothing(
    spy: Spy, guarded: ContextCluster, headers: tuple[str, ...]
) -> None:
    assert ask(guarded, f"GET {PODS}?watch=true", *headers) == 403
    assert not spy.requests


@pytest.mark.parametrize(
    "framing",
    [
        "Content-Length: 5\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\nContent-Length: 5",
        "Transfer-Encoding: xchunked\nTransfer-Encoding: chunked",
        "Transfer-Encoding : chunked",
        "Content-Length: 0\nContent-Length: 70",
        "Content-Length: 70",
    ],
)
def test_a_request_smuggled_in_a_body_is_never_a_request_of_its_own(
    spy: Spy, guarded: ContextCluster, framing: str
) -> None:
    """Whatever the gateway makes of it, the cluster hears reads of pods only, each written anew."""
    request = f"GET {PODS} HTTP/1.1\nHost: a\n{{auth}}\n{framing}"
    smuggled = f"DELETE {PODS}/web HTTP/1.1\nHost: a\n{{auth}}\n\n"
    say(guarded, f"{request}\n\n0\n\n{smuggled}GET / HTTP/1.1\nConnection: close\n\n")
    assert set(spy.requests) <= {f"GET {PODS}"}
    assert all("DELETE" not in text for text in spy.heard)


@pytest.mark.parametrize(
    "changed",
    [
        {":method": "DELETE"},
        {":method": "CONNECT", ":protocol": "websocket"},
        {":path": f"{PODS}/web/exec"},
        {":path": f"{PODS}/web HTTP/1.1\r\nX: y"},
        {":path": "*"},
        {"x-http-method-override": "DELETE"},
        {"upgrade": "websocket"},
        {"transfer-encoding": "chunked"},
    ],
)
def test_http2_offers_no_way_around(spy: Spy, guarded: ContextCluster, changed: dict[str, str]) -> None:
    usual = {":method": "GET", ":scheme": "https", ":authority": "a", ":path": PODS}
    headers = {**usual, "authorization": f"Bearer {token(guarded)}"}
    assert ask_h2(guarded, list(headers.items())) == 200
    spy.heard.clear()
    assert ask_h2(guarded, list({**headers, **changed}.items())) in {0, 400, 403, 404, 405}
    assert not spy.requests


def test_a_question_about_oneself_passes_with_its_body(spy: Spy, guarded: ContextCluster) -> None:
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    assert ask(guarded, f"POST {path}", "Content-Type: application/json", body='{"spec":{}}') == 200
    (heard,) = spy.heard
    assert heard.startswith(f"POST {path} HTTP/1.1\n")
    assert heard.endswith('\n{"spec":{}}')


def test_with_writes_allowed_they_pass(spy: Spy, tmp_path: Path) -> None:
    with gateway(Access(server=spy.url), tmp_path, writes=True) as cluster:
        assert ask(cluster, f"DELETE {PODS}/web") == 200
        assert ask(cluster, f"DELETE /{PODS}/web") == 403
    assert spy.requests == [f"DELETE {PODS}/web"]


@pytest.mark.parametrize("protocol", ["SPDY/3.1", "websocket"])
def test_with_writes_allowed_an_upgrade_is_a_tunnel(spy: Spy, tmp_path: Path, protocol: str) -> None:
    """Bytes pass both ways after the cluster has agreed; its record is a line like any other."""
    with gateway(Access(server=spy.url, token=SECRET), tmp_path, writes=True) as cluster:
        cluster.reset(tmp_path / "requests.jsonl")
        asked = (
            f"POST {PODS}/web/exec?command=ls HTTP/1.1\nHost: a\n{{auth}}\nConnection: Upgrade\nUpgrade: {protocol}\n"
        )
        with tls(cluster, "http/1.1") as sock:
            text = asked.replace("{auth}", f"Authorization: Bearer {token(cluster)}")
            versions = "".join(f"X-Stream-Protocol-Version: v{number}.channel.k8s.io\n" for number in (5, 4))
            lines = f"{text}{versions}Sec-WebSocket-Protocol: v5.channel.k8s.io\n\n"
            sock.sendall(lines.replace("\n", "\r\n").encode())
            answer = sock.recv(1 << 16)
            assert answer.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
            sock.sendall(b"hello")
            said = b""
            while len(said) < len(b"hello"):
                said += sock.recv(1 << 16)
            assert said == b"hello"
        (heard,) = [text for text in spy.heard if "exec" in text]
        assert f"authorization: Bearer {SECRET}" in heard
        assert f"upgrade: {protocol}" in heard
        assert "sec-websocket-protocol: v5.channel.k8s.io" in heard
        assert "x-stream-protocol-version: v5.channel.k8s.io, v4.channel.k8s.io" in heard
        assert say(cluster, f"{asked}\n".replace("{auth}", "Authorization: Bearer x")).startswith(b"HTTP/1.1 401")
        assert say(cluster, f"{asked}\n".replace("/web/exec", "/web//exec")).startswith(b"HTTP/1.1 403")
        traffic = cluster.traffic()
        assert traffic.work.get("create pods") == 0
        assert traffic.errors == 2


@pytest.fixture
def renewable(tmp_path: Path) -> Iterator[tuple[Spy, Access, logins.Plugin]]:
    """A cluster that takes one token, an access with the first of a plug-in, and the plug-in."""
    spy, plugin = Spy("token-1"), logins.Plugin(tmp_path / "login")
    elsewhere = logins.kubeconfig(tmp_path / "kubeconfig", {"server": "https://elsewhere"}, plugin.user)
    yield spy, msgspec.structs.replace(load_access(elsewhere), server=spy.url), plugin
    spy.close()


def test_a_login_that_the_cluster_refuses_is_renewed_in_the_middle_of_a_request(
    renewable: tuple[Spy, Access, logins.Plugin], tmp_path: Path
) -> None:
    """Whatever the request: one that is refused has done nothing."""
    spy, access, plugin = renewable
    with gateway(access, tmp_path, writes=True) as cluster:
        spy.token = "token-2"
        cluster.reset(tmp_path / "requests.jsonl")
        assert ask(cluster, f"POST {PODS}", "Content-Type: application/json", body='{"a": 1}') == 200
        assert ask(cluster, f"GET {PODS}") == 200
        traffic = cluster.traffic()
        assert (traffic.requests, traffic.errors) == (2, 0)  # the client's: it saw none of it
        assert traffic.notes == ("the login to the cluster was renewed 1 ×, and requests waited for it",)
        cluster.reset(tmp_path / "requests.jsonl")
        assert cluster.traffic().notes == ()
    assert plugin.asked == 2
    bodies = [text.rpartition("\n")[2] for text in spy.heard if text.startswith("POST")]
    assert bodies == ['{"a": 1}'] * 2


def test_a_login_that_is_refused_is_renewed_for_an_upgrade_too(
    renewable: tuple[Spy, Access, logins.Plugin], tmp_path: Path
) -> None:
    spy, access, plugin = renewable
    with gateway(access, tmp_path, writes=True) as cluster:
        spy.token = "token-2"
        asked = f"POST {PODS}/web/exec HTTP/1.1\nHost: a\n{{auth}}\nConnection: Upgrade\nUpgrade: websocket\n\n"
        with tls(cluster, "http/1.1") as sock:
            text = asked.replace("{auth}", f"Authorization: Bearer {token(cluster)}")
            sock.sendall(text.replace("\n", "\r\n").encode())
            assert sock.recv(1 << 16).startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert plugin.asked == 2


def test_a_login_that_has_run_out_is_renewed_before_the_request_and_its_failure_is_told(
    renewable: tuple[Spy, Access, logins.Plugin], tmp_path: Path
) -> None:
    spy, access, plugin = renewable
    spy.token = "token-2"
    with gateway(msgspec.structs.replace(access, expires=1.0), tmp_path) as cluster:  # its own question renews it
        assert ask(cluster, f"GET {PODS}") == 200
        assert plugin.asked == 2
        spy.token = "none"
        plugin.path.write_text("#!/bin/sh\necho sorry >&2\nexit 1\n")
        cluster.reset(tmp_path / "requests.jsonl")
        assert ask(cluster, f"GET {PODS}") == 502
        (note,) = cluster.traffic().notes
    assert note == f"{spy.url}: the login cannot be renewed: exec: '{plugin.path}' ended with status 1: sorry"


def test_with_writes_allowed_both_protocols_are_served_as_before(spy: Spy, tmp_path: Path) -> None:
    with gateway(Access(server=spy.url), tmp_path, writes=True) as cluster:
        usual = {":method": "GET", ":scheme": "https", ":authority": "a", ":path": PODS}
        assert ask_h2(cluster, list({**usual, "authorization": f"Bearer {token(cluster)}"}.items())) == 200
        assert ask(cluster, f"GET {PODS}") == 200
        assert ask(cluster, f"GET {PODS}", "Upgrade-Insecure-Requests: 1") == 200
    assert spy.requests == [f"GET {PODS}"] * 3


def test_the_record_has_no_header_but_the_agent_and_no_body(guarded: ContextCluster, tmp_path: Path) -> None:
    record = tmp_path / "requests.jsonl"
    guarded.reset(record)
    assert ask(guarded, f"GET {PODS}", "User-Agent: me", "Accept: unmistakable") == 200
    assert ask(guarded, f"POST {PODS}", body="unmistakable") == 403
    traffic = guarded.traffic()
    assert (traffic.requests, traffic.errors, traffic.connections) == (2, 1, 2)
    text = record.read_text()
    assert "unmistakable" not in text
    assert token(guarded) not in text
    assert SECRET not in text
    assert '"agent":"me"' in text


def test_a_cluster_that_is_not_there_is_told_in_a_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(ClusterError, match=url), gateway(Access(server=url), tmp_path):
        pass


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MockCluster, ContextCluster]]:
    folder = tmp_path_factory.mktemp("pair")
    mock = MockCluster(ClusterSpec(pods=300), folder)
    mock.open()
    (folder / "kubeconfig").write_text(mock.kubeconfig())
    try:
        with gateway(load_access(folder / "kubeconfig"), folder) as cluster:
            yield mock, cluster
    finally:
        mock.close()


def client(cluster: MockCluster | ContextCluster, folder: Path) -> Api:
    path = folder / "client.json"
    path.write_text(cluster.kubeconfig())
    return Api(load_access(path))


def test_bodies_pass_byte_for_byte_and_are_counted_as_the_mock_counts(
    pair: tuple[MockCluster, ContextCluster], tmp_path: Path
) -> None:
    _, cluster = pair
    told = []
    for each in pair:
        each.reset(tmp_path / f"{each.kind}.jsonl")
        connection = client(each, tmp_path).connect()
        bodies = [connection.read(path, {"limit": "200"}) for path in ("/api/v1/pods", "/api/v1/nodes", "/version")]
        connection.close()
        told.append((bodies, each.traffic()))
    (direct, known), (through, seen) = told
    assert through == direct
    assert seen.work == known.work == {"list nodes": 10, "list pods": 200}
    assert (seen.bytes_sent, seen.digest) == (known.bytes_sent, known.digest)
    assert cluster.cpu() > 0


@pytest.mark.parametrize("scheme", ["http", "https", "socks5"])
def test_a_cluster_behind_a_proxy_is_reached_through_it(
    pair: tuple[MockCluster, ContextCluster], tmp_path: Path, scheme: Literal["http", "https", "socks5"]
) -> None:
    """The proxy's certificate is of another authority, which the kubeconfig has beside the cluster's own."""
    direct = client(pair[0], tmp_path)
    bodies, access = [], direct.credentials.access
    with proxy(scheme, direct.address) as between:
        authorities = access.authority + mock.authority().ca.read_text()
        led = msgspec.structs.replace(access, proxy=between.url("me:secret"), authority=authorities)
        with gateway(led, tmp_path) as cluster:
            for api in (direct, client(cluster, tmp_path)):
                connection = api.connect()
                bodies.append(connection.read("/api/v1/pods", {}))
                connection.close()
    assert bodies[0] == bodies[1]
    host, port = direct.address
    assert set(between.asked) == {f"{host}:{port}"}


def test_a_watch_is_ready_when_its_initial_state_was_read_and_its_events_come_at_once(
    pair: tuple[MockCluster, ContextCluster], tmp_path: Path
) -> None:
    _, cluster = pair
    record = tmp_path / "requests.jsonl"
    cluster.reset(record)
    cluster.expect(Ready(kind="watch", resource="pods"), 0)
    asked = {"watch": "true", "sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
    connection = client(cluster, tmp_path).connect()
    frames = connection.watch("/api/v1/pods", {**asked, "allowWatchBookmarks": "true"})
    assert cluster.reached(0.0) is None
    while b"k8s.io/initial-events-end" not in next(frames):
        pass
    assert cluster.reached(20) is not None
    assert cluster.traffic().open_watches == {"pods": 1}
    connection.close()
    entries = [json.loads(line) for line in record.read_text().splitlines()]
    assert entries[-1]["objects"] == 300
    assert Entry(**entries[-1]).verb == "watch"


def test_a_reset_ends_watches(pair: tuple[MockCluster, ContextCluster], tmp_path: Path) -> None:
    _, cluster = pair
    connection = client(cluster, tmp_path).connect()
    frames = connection.watch("/api/v1/nodes", {"watch": "true"})
    next(frames)
    cluster.reset(tmp_path / "requests.jsonl")
    with contextlib.suppress(ClusterError):  # it breaks off, whatever was on its way
        for _ in frames:
            pass
    connection.close()
    assert not cluster.traffic().open_watches
