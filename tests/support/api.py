"""A plain HTTPS client of an API server: what a test sends is what goes over the wire."""

from __future__ import annotations

import gzip
import http.client
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

TIMEOUT = 30.0


class Server(Protocol):
    """Somebody who serves the API on loopback, to those who have the token."""

    @property
    def port(self) -> int:
        """Where it listens."""
        ...

    @property
    def token(self) -> str:
        """An administrator's."""
        ...

    def tls(self) -> ssl.SSLContext:
        """Whom to trust."""
        ...


class Reply(msgspec.Struct, frozen=True):
    """What the server answered. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        packed = self.headers.get("content-encoding") == "gzip"
        return msgspec.json.decode(gzip.decompress(self.body) if packed else self.body)


class Api:
    """Sends requests to a server, each on a connection of its own, as somebody with the token."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._tls = server.tls()

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Ask; ``body`` is bytes, or data sent as JSON. Header names are written with underscores."""
        content = body if body is None or isinstance(body, bytes) else msgspec.json.encode(body)
        sent = {"Content-Type": "application/json", **self._headers(headers)}
        connection = self._connection()
        try:
            connection.request(method, path, body=content, headers=sent)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, found, response.read())
        finally:
            self._done(connection)

    def watch(self, path: str, **headers: str) -> Iterator[dict[str, Any]]:
        """The frames of a watch, as they come; one that does not come in time is a TimeoutError."""
        sent = self._headers(headers)
        connection = self._connection()
        try:
            connection.request("GET", path, headers=sent)
            response = connection.getresponse()
            assert response.status == 200, response.read()
            for line in response:
                yield msgspec.json.decode(line)
        finally:
            connection.close()

    def wait(self, path: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first event of a collection, beginning with what is there, that is the wanted one."""
        return next(event for event in self.watch(f"{path}?watch=1") if wanted(event))

    def get(self, path: str, **headers: str) -> Reply:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Reply:
        return self("POST", path, body, **headers)

    def delete(self, path: str) -> Reply:
        return self("DELETE", path)

    def patch(self, path: str, patch: Any, kind: str = "merge-patch+json") -> Reply:
        return self("PATCH", path, patch, content_type=f"application/{kind}")

    def _done(self, connection: http.client.HTTPSConnection) -> None:
        """After an answer."""
        connection.close()

    def _connection(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("127.0.0.1", self._server.port, context=self._tls, timeout=TIMEOUT)

    def _headers(self, given: dict[str, str]) -> dict[str, str]:
        """With the token, unless another is given."""
        named = {name.replace("_", "-").title(): value for name, value in given.items()}
        return {"Authorization": f"Bearer {self._server.token}", **named}
