"""Writing to a real cluster: several requests at once, never more than so many a second, patient when it is busy."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.client.problems import ApiError, Status
from perfkit.clusters.population.manifests import OWNER
from perfkit.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from perfkit.clusters.gateway.upstream import Upstream
    from perfkit.clusters.population.manifests import Sent

_AT_ONCE: Final = 24  # requests under way
_TRIES: Final = 8
_READ: Final = {"accept": "application/json", "user-agent": "perfkit-population"}
_METADATA: Final = (
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"  # of what was written, no more is sent
)
_WRITE: Final = {**_READ, "accept": f"{_METADATA},application/json", "content-type": "application/json"}
_PATCH: Final = {**_WRITE, "content-type": "application/merge-patch+json"}
_DELETE: Final = {**_READ, "content-type": "application/json"}  # of a collection there is no such thing
_HEADERS: Final = {"GET": _READ, "PATCH": _PATCH, "DELETE": _DELETE}
_GONE: Final = msgspec.json.encode({"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0})
PAGE: Final = 500
_TAKEN: Final = "remove what perfkit made with `perfkit cluster down --all`, or take another cluster"


def _nothing() -> None:
    pass


class Writer:
    """Writes objects. ``rate``: requests a second at most."""

    def __init__(self, upstream: Upstream, rate: float) -> None:
        self._upstream = upstream
        self._pause = 1 / rate
        self._next = 0.0

    async def create(self, sent: Sent) -> bool:
        """Make an object and give it its status; False where one of that name was there. Raises ClusterError."""
        if await self._request("POST", sent.collection, msgspec.json.encode(sent.body), ignored=409) is None:
            return False
        if sent.status is not None:  # a PUT of the whole is cheaper for the server than a patch
            whole = msgspec.json.encode({**sent.body, "status": sent.status})
            await self._request("PUT", f"{sent.path}/status", whole, ignored=404)
        return True

    async def claim(self, sent: Sent) -> bool:
        """Make an object; False where it was there and bears the same label. Raises ClusterError: it is another's."""
        if await self.create(sent):
            return True
        found = await self.read(sent.path)
        owner = ((found or {}).get("metadata", {}).get("labels") or {}).get(OWNER)
        if owner != sent.body["metadata"]["labels"][OWNER]:
            whose = f"of the population {owner}" if owner else "not perfkit's"
            kind = sent.body["kind"].lower()
            raise ClusterError(f"{kind} {sent.name!r} is there already and {whose}", _TAKEN)
        return False

    async def set_status(self, sent: Sent) -> bool:
        """Give an object its status; False where it is not there. Raises ClusterError."""
        found = await self._request("PATCH", f"{sent.path}/status", sent.status_patch, ignored=404)
        return found is not None

    async def merge(self, sent: Sent) -> bool:
        """Write an object into the one that is there, whatever its version; False where none is."""
        return await self._request("PATCH", sent.path, msgspec.json.encode(sent.body), ignored=404) is not None

    async def delete(self, path: str, query: str = "") -> None:
        """Delete an object at once, or those of a collection that a query selects. Raises ClusterError."""
        await self._request("DELETE", path + query, _GONE, ignored=404)

    async def put(self, path: str, body: dict[str, Any]) -> None:
        """Write something as it is. Raises ClusterError."""
        await self._request("PUT", path, msgspec.json.encode(body), ignored=404)

    async def read(self, path: str) -> dict[str, Any] | None:
        """An object or a list; None where there is none. Raises ClusterError."""
        return await self._request("GET", path, ignored=404)

    async def all(self, path: str, query: str) -> list[dict[str, Any]]:
        """All objects that a query selects, page by page. Raises ClusterError."""
        found: list[dict[str, Any]] = []
        following = ""
        while True:
            page = await self.read(f"{path}?{query}&limit={PAGE}{following}")
            if page is None:
                return found
            found += page.get("items") or []
            if not (token := page["metadata"].get("continue")):
                return found
            following = f"&continue={token}"

    async def each(self, work: Iterable[Callable[[], Awaitable[object]]], done: Callable[[], None] = _nothing) -> None:
        """Do all of it, some at once; ``done`` is called after each. Raises ClusterError, at the first that fails."""
        pending = iter(work)

        async def worker() -> None:
            for act in pending:
                await act()
                done()

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(_AT_ONCE):
                    group.create_task(worker())
        except* ClusterError as failed:
            error: BaseException = failed
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            raise error from None

    async def _request(self, method: str, target: str, body: bytes = b"", *, ignored: int = 0) -> dict[str, Any] | None:
        """What a GET is answered; None for the status that is ``ignored``. Raises ClusterError."""
        headers = _HEADERS.get(method, _WRITE)
        for _ in range(_TRIES):
            await self._turn()
            answer = await self._upstream.ask(method, target, headers, body)
            content = await answer.read()
            if answer.status not in {429, 503}:
                break
            wait = answer.header("retry-after")
            await asyncio.sleep(float(wait) if wait.isdecimal() else 1.0)
        if answer.status == ignored:
            return None
        if answer.status >= 300:
            raise _refusal(content, answer.status)
        found: dict[str, Any] = msgspec.json.decode(content) if method == "GET" else {}
        return found

    async def _turn(self) -> None:
        """Wait until the rate allows one more."""
        now = asyncio.get_running_loop().time()
        self._next = max(self._next, now) + self._pause
        if self._next - self._pause > now:
            await asyncio.sleep(self._next - self._pause - now)


def _refusal(content: bytes, code: int) -> ApiError:
    try:
        message = msgspec.json.decode(content, type=Status).message
    except msgspec.DecodeError:
        message = content.decode(errors="replace")[:200]
    return ApiError(Status(message=message, code=code))
