"""TLS handshakes as their records tell them: real ones, held in memory by the standard library."""

from __future__ import annotations

import contextlib
import ssl
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.clusters.authority import Authority, mint
from perfkit.network.edges import Outcome
from perfkit.network.handshake import Handshake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


class Connection:
    """A client and a server that talk through memory; ``handshake`` reads along, in pieces of ``size`` bytes."""

    def __init__(self, client: ssl.SSLContext, server: ssl.SSLContext, size: int = 1 << 16) -> None:
        self._size = size
        self._up, self._down = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._client_context = client
        self.server = server.wrap_bio(self._up, self._down, server_side=True)
        self.outcomes: list[tuple[int, Outcome | None]] = []
        self.handshake = Handshake(lambda now, outcome: self.outcomes.append((now, outcome)))
        self._now = 0

    def shake(self, session: ssl.SSLSession | None = None) -> ssl.SSLObject:
        """Say hello until both are content or one refuses, then a word each; the client's side."""
        up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self._client_context.wrap_bio(down, up, server_hostname="localhost", session=session)
        acts: tuple[Callable[[], object], ...] = (client.do_handshake, self.server.do_handshake)
        for _ in range(4):
            for act in acts:
                with contextlib.suppress(ssl.SSLError):
                    act()
                self._carry(up, self._up, self.handshake.from_client)
                self._carry(self._down, down, self.handshake.from_server)
        with contextlib.suppress(ssl.SSLError):
            self.server.write(b"hello")
            self._carry(self._down, down, self.handshake.from_server)
            client.read(5)
            client.write(b"hello")
            self._carry(up, self._up, self.handshake.from_client)
        self._now += 1
        self.handshake.ended(self._now)
        return client

    def _carry(self, source: ssl.MemoryBIO, sink: ssl.MemoryBIO, heard: Callable[[int, bytes], None]) -> None:
        while piece := source.read(self._size):
            self._now += 1
            heard(self._now, piece)
            sink.write(piece)

    @property
    def outcome(self) -> Outcome | None:
        """The one outcome that was told."""
        ((_, outcome),) = self.outcomes
        return outcome


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return mint(tmp_path_factory.mktemp("authority"))


def contexts(authority: Authority, version: ssl.TLSVersion) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A client's and a server's, of that version only."""
    client, server = ssl.create_default_context(cafile=str(authority.ca)), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(authority.certificate, authority.key)
    for context in (client, server):
        context.minimum_version = context.maximum_version = version
    return client, server


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("size", [1, 7, 1 << 16])
def test_a_first_handshake_is_full_and_the_next_of_its_session_resumed(
    version: ssl.TLSVersion, size: int, authority: Authority
) -> None:
    """However the network cuts what they say."""
    client, server = contexts(authority, version)
    first, second = Connection(client, server, size), Connection(client, server, size)
    second.shake(first.shake().session)
    assert (first.outcome, second.outcome) == (Outcome.FULL, Outcome.RESUMED)
    assert second.server.session_reused, "as the server itself says"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_client_that_does_not_trust_the_server_has_failed(version: ssl.TLSVersion, authority: Authority) -> None:
    _, server = contexts(authority, version)
    stranger = ssl.create_default_context()
    stranger.minimum_version = stranger.maximum_version = version
    connection = Connection(stranger, server)
    connection.shake()
    assert connection.outcome is Outcome.FAILED


def test_versions_that_do_not_meet_have_failed(authority: Authority) -> None:
    (client, _), (_, server) = (contexts(authority, version) for version in VERSIONS)
    connection = Connection(client, server)
    connection.shake()
    assert connection.outcome is Outcome.FAILED


def test_a_server_that_asks_for_another_hello_has_one_handshake_all_the_same(authority: Authority) -> None:
    """The client guesses a key of a curve that the server does not take."""
    client, server = contexts(authority, ssl.TLSVersion.TLSv1_3)
    server.set_ecdh_curve("secp521r1")
    connection = Connection(client, server)
    connection.shake()
    assert connection.outcome is Outcome.FULL


def test_a_connection_that_ends_amid_its_hello_has_failed() -> None:
    told: list[Outcome | None] = []
    handshake = Handshake(lambda _, outcome: told.append(outcome))
    handshake.from_client(1, b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00")
    handshake.ended(2)
    assert told == [Outcome.FAILED]


def test_what_is_no_tls_has_no_handshake() -> None:
    told: list[Outcome | None] = []
    handshake = Handshake(lambda _, outcome: told.append(outcome))
    handshake.from_client(1, b"GET / HTTP/1.1\r\n\r\n")
    handshake.from_server(2, b"HTTP/1.1 200 OK\r\n\r\n")
    handshake.ended(3)
    assert told == [None]


@given(
    st.lists(st.tuples(st.booleans(), st.binary() | st.binary().map(lambda each: b"\x16\x03\x03\x00\x26\x02" + each)))
)
def test_no_bytes_make_it_fail_or_tell_twice(said: Iterable[tuple[bool, bytes]]) -> None:
    told: list[Outcome | None] = []
    handshake = Handshake(lambda _, outcome: told.append(outcome))
    handshake.from_client(0, b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00")
    for by_client, data in said:
        (handshake.from_client if by_client else handshake.from_server)(1, data)
    handshake.ended(2)
    assert len(told) == 1
