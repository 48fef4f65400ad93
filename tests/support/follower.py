"""An informer as simple as can be: LIST in pages, watch from there, begin again where the server says 410."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.asgi import Harness

PODS = "/api/v1/pods"
GONE = 410
TRIES = 50  # more than faults of any example last


class Follower:
    """What a client knows of the pods that a selector selects. ``meanwhile`` happens between two pages."""

    def __init__(
        self, cluster: Harness, selector: str, page: int, meanwhile: Callable[[], object] = lambda: None
    ) -> None:
        self._cluster = cluster
        self._selector = selector
        self._page = page
        self._meanwhile = meanwhile
        self.objects: dict[str, Any] = {}
        self.relists = 0
        self.list()

    def list(self) -> None:
        """Read the state anew, page by page."""
        self.relists += 1
        for _ in range(TRIES):
            listed = self._pages()
            if listed is not None:
                self.objects, self._version = listed
                return
        raise AssertionError("no list came through")

    def follow(self, frames: int | None = None) -> None:
        """Take in what happened since; after so many ``frames`` the connection is lost."""
        query = f"watch=1&allowWatchBookmarks=true&resourceVersion={self._version}&{self._selector}"
        response = self._cluster.get(f"{PODS}?{query}")
        if response.status == GONE:
            self.list()
        if response.status != 200:
            return
        for frame in response.frames()[:frames]:
            if frame["type"] == "ERROR":
                assert frame["object"]["code"] == GONE
                self.list()
                return
            self._take(frame["type"], frame["object"])

    def _take(self, kind: str, obj: dict[str, Any]) -> None:
        version = obj["metadata"]["resourceVersion"]
        assert int(version) > int(self._version), "events come in order, each once"
        self._version = version
        if kind == "DELETED":
            assert self.objects.pop(_key(obj), None) is not None, "only what was there is deleted"
        elif kind != "BOOKMARK":
            assert (_key(obj) in self.objects) == (kind == "MODIFIED")
            self.objects[_key(obj)] = {name: obj[name] for name in obj if name not in {"kind", "apiVersion"}}

    def _pages(self) -> tuple[dict[str, Any], str] | None:
        found: dict[str, Any] = {}
        token = ""
        while True:
            query = f"limit={self._page}&continue={token}&{self._selector}"
            response = self._cluster.get(f"{PODS}?{query}")
            if response.status != 200:
                return None
            page = response.json()
            found |= {_key(item): item for item in page["items"]}
            token = page["metadata"].get("continue", "")
            if not token:
                return found, page["metadata"]["resourceVersion"]
            self._meanwhile()


def _key(obj: dict[str, Any]) -> str:
    return f"{obj['metadata']['namespace']}/{obj['metadata']['name']}"
