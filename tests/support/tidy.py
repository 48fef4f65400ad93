"""A client that leaves nothing of its own on a cluster which, other than the mock, cannot be reset."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from support.api import Api, Reply

if TYPE_CHECKING:
    import http.client
    from collections.abc import Iterator

    from support.api import Server

_PATIENCE = 30.0  # seconds
_AT_ONCE = {"gracePeriodSeconds": 0, "propagationPolicy": "Background"}


class TidyApi(Api):
    """Notes what it makes, so that cleaning looks at nothing else."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._kept = super()._connection()
        self._made: list[str] = []

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Ask; what is made is noted."""
        reply = super().__call__(method, path, body, **headers)
        if reply.status == 201:
            self._note(method, path.partition("?")[0], reply)
        return reply

    def close(self) -> None:
        """End the connection."""
        self._kept.close()

    @property
    def made(self) -> int:
        """How much there is to take away."""
        return len(self._made)

    def tidy(self, down_to: int = 0) -> None:
        """Take away what was made, the last thing first, but for so much."""
        while len(self._made) > down_to:
            self._remove(self._made.pop())

    def _connection(self) -> http.client.HTTPSConnection:
        return self._kept

    def _done(self, connection: http.client.HTTPSConnection) -> None:
        """The next request goes over the same connection."""

    def watch(self, path: str, **headers: str) -> Iterator[dict[str, Any]]:
        """The frames of a watch, over a connection of its own."""
        return Api(self._server).watch(path, **headers)

    def _note(self, method: str, path: str, reply: Reply) -> None:
        made = reply.json()
        name = made.get("metadata", {}).get("name", "")
        if made["kind"] == "CustomResourceDefinition":
            self._wait_for(made["spec"])
        if method != "POST":
            self._made.append(path)
        elif name:
            self._made.append(f"{path}/{name}")

    def _wait_for(self, defined: dict[str, Any]) -> None:
        """A definition is served a moment after it was made."""
        path = f"/apis/{defined['group']}/{defined['versions'][0]['name']}/{defined['names']['plural']}"
        deadline = time.monotonic() + _PATIENCE
        while self.get(path).status == 404:
            assert time.monotonic() < deadline, f"{path} is not served"
            time.sleep(0.02)

    def _remove(self, path: str) -> None:
        """Delete an object, whatever would hold it: nobody is there who would see to its finalizers."""
        reply = self("DELETE", path, _AT_ONCE)
        left = reply.json() if reply.status < 300 else {}
        if left.get("metadata", {}).get("finalizers"):
            self.patch(path, {"metadata": {"finalizers": None}})
        if left.get("kind") == "Namespace":
            self("PUT", f"{path}/finalize", {**left, "spec": {"finalizers": []}})
