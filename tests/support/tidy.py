"""A client that leaves nothing of its own on a cluster which, other than the mock, cannot be reset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.api import Api, Reply

if TYPE_CHECKING:
    from support.api import Server

_AT_ONCE = {"gracePeriodSeconds": 0, "propagationPolicy": "Background"}


class TidyApi(Api):
    """Notes what it makes, so that cleaning looks at nothing else."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._made: list[str] = []

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Ask; what is made is noted."""
        reply = super().__call__(method, path, body, **headers)
        if reply.status == 201:
            self._note(method, path.partition("?")[0], reply)
        return reply

    def tidy(self) -> None:
        """Take away what was made, the last thing first."""
        while self._made:
            self._remove(self._made.pop())

    def _note(self, method: str, path: str, reply: Reply) -> None:
        name = reply.json().get("metadata", {}).get("name", "")
        if method != "POST":
            self._made.append(path)
        elif name:
            self._made.append(f"{path}/{name}")

    def _remove(self, path: str) -> None:
        """Delete an object, whatever would hold it: nobody is there who would see to its finalizers."""
        reply = self("DELETE", path, _AT_ONCE)
        left = reply.json() if reply.status < 300 else {}
        if left.get("metadata", {}).get("finalizers"):
            self.patch(path, {"metadata": {"finalizers": None}})
        if left.get("kind") == "Namespace":
            self("PUT", f"{path}/finalize", {**left, "spec": {"finalizers": []}})
