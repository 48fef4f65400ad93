"""The clients' connections since the last reset, and how much of what we sent on them has not been read yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.mock.sockdiag import open_diag

if TYPE_CHECKING:
    from perfkit.mock.sockdiag import Address, Endpoint

# TLS adds at least this much to each record of at most 16 KiB.
_RECORD, _RECORD_OVERHEAD = 16384, 22
# The end of a connection counts as a byte.
_END = 1


class Connection:
    """One client's connection. ``sent`` counts body bytes handed to the server on it."""

    def __init__(self, server: Address, client: Address, base: Endpoint | None) -> None:
        self.server = server
        self.client = client
        self.sent = 0
        self._base = base.written if base else 0

    def pending(self, ours: Endpoint, theirs: Endpoint) -> int:
        """Bytes on their way: still in this process, in a kernel queue, or unread by the client."""
        overhead = self.sent // _RECORD * _RECORD_OVERHEAD
        held_back = max(0, self._base + self.sent + overhead - ours.written)
        travelling = max(0, ours.written - theirs.received - _END)
        return held_back + travelling + max(0, theirs.unread - _END)


class Connections:
    """All connections that carried a request since the last ``forget``."""

    def __init__(self) -> None:
        self._by_client: dict[Address, Connection] = {}
        self._diag = open_diag()

    @property
    def visible(self) -> bool:
        """Whether this kernel tells what a client has not read yet."""
        return self._diag is not None

    def forget(self) -> None:
        """Start anew."""
        self._by_client.clear()

    def of(self, server: Address, client: Address) -> Connection:
        """The connection between two addresses."""
        connection = self._by_client.get(client)
        if connection is None:
            base = self._diag.endpoint(server, client) if self._diag else None
            connection = self._by_client[client] = Connection(server, client, base)
        return connection

    def pending(self) -> int:
        """Bytes on all connections that the clients have not read; closed connections count nothing."""
        assert self._diag is not None
        total = 0
        for connection in self._by_client.values():
            ours = self._diag.endpoint(connection.server, connection.client)
            theirs = self._diag.endpoint(connection.client, connection.server)
            if ours is not None and theirs is not None:
                total += connection.pending(ours, theirs)
        return total
