"""A plain HTTPS client of a running mock: what a test sends is what goes over the wire."""

from __future__ import annotations

import gzip
import http.client
from typing import TYPE_CHECKING, Any

import msgspec

from support.mock import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.mock import Mock

TIMEOUT = 30.0


class Reply(msgspec.Struct, frozen=True):
    """What the server answered. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        packed = self.headers.get("content-encoding") == "gzip"
        return msgspec.json.decode(gzip.decompress(self.body) if packed else self.body)


class Api:
    """Sends requests to a mock, each on a connection of its own, as somebody with the token."""

    def __init__(self, mock: Mock) -> None:
        self._mock = mock

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Ask; ``body`` is bytes, or data sent as JSON. Header names are written with underscores."""
        content = body if body is None or isinstance(body, bytes) else msgspec.json.encode(body)
        sent = {"Content-Type": "application/json", **_headers(headers)}
        connection = self._connection()
        try:
            connection.request(method, path, body=content, headers=sent)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, found, response.read())
        finally:
            connection.close()

    def watch(self, path: str, **headers: str) -> Iterator[dict[str, Any]]:
        """The frames of a watch, as they come; one that does not come in time is a TimeoutError."""
        sent = _headers(headers)
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

    def _connection(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("127.0.0.1", self._mock.port, context=self._mock.tls(), timeout=TIMEOUT)


def _headers(given: dict[str, str]) -> dict[str, str]:
    """With the token, unless another is given."""
    named = {name.replace("_", "-").title(): value for name, value in given.items()}
    return {"Authorization": f"Bearer {TOKEN}", **named}
