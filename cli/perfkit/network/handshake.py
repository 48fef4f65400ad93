"""Reads along how a TLS connection begins: done in full, resumed, or failed. Nothing is decrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfkit.network.edges import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHANGE_CIPHER, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23  # types of records
CLIENT_HELLO, SERVER_HELLO = b"\x01", b"\x02"  # and of messages in records of handshakes
PRE_SHARED_KEY, SUPPORTED_VERSIONS = 41, 43  # extensions of hellos
TLS13: Final = b"\x03\x04"
HEADER = 5  # bytes of a record: type, version, length
LONGEST = 16640  # bytes that a record may hold
SEALED_ALERT = 19  # bytes of an alert that TLS 1.3 encrypts: two, their type and the seal; all else is longer
# What a server puts in place of its random number when it asks for another hello (RFC 8446, 4.1.3).
RETRY: Final = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


class Handshake:
    """Is given what both sides say, in order, until it calls ``decided(now, outcome)``; None: this is no TLS."""

    def __init__(self, decided: Callable[[int, Outcome | None], None]) -> None:
        self._decided = decided
        self._client, self._server = _Records(), _Records()
        self._greeted = False  # the client has said hello
        self._version13: bool | None = None  # None: the server has not answered
        self._resumed = False
        self._changed: list[_Records] = []  # TLS 1.2: who has changed to the agreed cipher, in order
        self._over = False

    def from_client(self, now: int, data: bytes) -> None:
        """The client has said this."""
        for kind, body in self._heard(now, self._client, data):
            self._greeted |= kind == HANDSHAKE and body[:1] == CLIENT_HELLO
            if not self._greeted:
                self._decide(now, None)
            elif kind == DATA and self._version13:
                self._decide(now, Outcome.FAILED if len(body) == SEALED_ALERT else self._success)
            else:
                self._either(now, kind, self._client)

    def from_server(self, now: int, data: bytes) -> None:
        """The server has said this."""
        for kind, body in self._heard(now, self._server, data):
            if kind == HANDSHAKE and self._version13 is None and body[:1] == SERVER_HELLO:
                self._answered(body)
            else:
                self._either(now, kind, self._server)

    def ended(self, now: int) -> None:
        """The connection is over."""
        if self._greeted and not self._over:
            self._decide(now, Outcome.FAILED)

    @property
    def _success(self) -> Outcome:
        return Outcome.RESUMED if self._resumed else Outcome.FULL

    def _heard(self, now: int, side: _Records, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The records that are complete, while there is something to learn."""
        side.feed(data)
        while not self._over and (record := side.take()) is not None:
            yield record
        if side.broken and not self._over:
            self._decide(now, Outcome.FAILED if self._greeted else None)

    def _either(self, now: int, kind: int, side: _Records) -> None:
        """What both may say."""
        if kind == ALERT:
            self._decide(now, Outcome.FAILED)
        elif kind == CHANGE_CIPHER and self._version13 is False:
            self._changed.append(side)
            self._resumed = self._changed[0] is self._server  # in full, it is the client who changes first
            if {self._client, self._server} <= {*self._changed}:
                self._decide(now, self._success)

    def _answered(self, hello: bytes) -> None:
        if hello[6:38] != RETRY:
            extensions = dict(_extensions(hello))
            self._version13 = extensions.get(SUPPORTED_VERSIONS) == TLS13
            self._resumed = self._version13 and PRE_SHARED_KEY in extensions

    def _decide(self, now: int, outcome: Outcome | None) -> None:
        self._over = True
        self._decided(now, outcome)


class _Records:
    """Cuts a stream into records."""

    def __init__(self) -> None:
        self._held = bytearray()
        self.broken = False  # it is no TLS

    def feed(self, data: bytes) -> None:
        self._held += data

    def take(self) -> tuple[int, bytes] | None:
        """Type and body of the next one; None: not yet."""
        if len(self._held) < HEADER:
            return None
        kind, major, length = self._held[0], self._held[1], int.from_bytes(self._held[3:HEADER])
        if not (CHANGE_CIPHER <= kind <= DATA and major == 3 and length <= LONGEST):
            self.broken = True
            self._held.clear()
        if self.broken or len(self._held) < HEADER + length:
            return None
        body = bytes(self._held[HEADER : HEADER + length])
        del self._held[: HEADER + length]
        return kind, body


def _extensions(hello: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and content of each extension of a server's hello: behind version, random, session, cipher, compression."""
    at = 38 + 1 + hello[38] + 3 + 2 if len(hello) > 38 else len(hello)
    while at + 4 <= len(hello):
        size = int.from_bytes(hello[at + 2 : at + 4])
        yield int.from_bytes(hello[at : at + 2]), hello[at + 4 : at + 4 + size]
        at += 4 + size
