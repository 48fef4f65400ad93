"""Watches on a running event loop: batches, bookmarks by the clock, readers that hold up a reset."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import msgspec
import pytest

from perfkit.mock import watching
from support.asgi import CLIENT, SERVER, TOKEN, Harness, pod

pytestmark = pytest.mark.functional

TIMEOUT = 20.0


class Reader:
    """A client of one watch. Its frames come one by one, and only while it is ``willing``."""

    def __init__(self, cluster: Harness, query: str) -> None:
        self.willing = asyncio.Event()
        self.willing.set()
        self.frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.blocks = 0
        self._scope = {
            "type": "http",
            "method": "GET",
            "path": "/api/v1/pods",
            "query_string": f"watch=1&resourceVersion={cluster.store.version}{query}".encode(),
            "http_version": "1.1",
            "headers": [(b"authorization", f"Bearer {TOKEN}".encode())],
            "server": SERVER,
            "client": CLIENT,
        }
        self.task = asyncio.create_task(cluster.app(self._scope, self._receive, self._send))

    async def frame(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.frames.get(), TIMEOUT)

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.wait({self.task})

    async def _receive(self) -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def _send(self, message: dict[str, Any]) -> None:
        await self.willing.wait()
        if message.get("body"):
            self.blocks += 1
            for line in message["body"].splitlines():
                self.frames.put_nowait(msgspec.json.decode(line))


async def opened(cluster: Harness, watches: int) -> None:
    while len(cluster.happened) < watches:  # noqa: ASYNC110 - the application runs on this very loop
        await asyncio.sleep(0)


def within(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, TIMEOUT))


def test_changes_arrive_by_themselves_and_close_ones_together() -> None:
    async def work() -> None:
        cluster = Harness()
        reader = Reader(cluster, "")
        await opened(cluster, 1)
        for name in ("a", "b", "c"):
            cluster.change("pods", f"zzz/{name}", pod("zzz", name))
        names = [(await reader.frame())["object"]["metadata"]["name"] for _ in range(3)]
        assert names == ["a", "b", "c"]
        assert reader.blocks == 1
        await reader.leave()

    within(work())


def test_bookmarks_come_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_BOOKMARKS", 0.005)

    async def work() -> None:
        cluster = Harness()
        reader = Reader(cluster, "&allowWatchBookmarks=true")
        version = cluster.store.version
        for _ in range(2):
            metadata = {"resourceVersion": str(version)}
            bookmark = {"kind": "Pod", "apiVersion": "v1", "metadata": metadata}
            assert await reader.frame() == {"type": "BOOKMARK", "object": bookmark}
        cluster.change("pods", "zzz/a", pod("zzz", "a"))
        while (frame := await reader.frame())["type"] == "BOOKMARK":
            assert frame["object"]["metadata"]["resourceVersion"] == str(version)
        assert frame["object"]["metadata"]["resourceVersion"] == str(version + 1)
        cluster.change("nodes", "node-00000", None)
        while (await reader.frame())["object"]["metadata"]["resourceVersion"] != str(version + 2):
            pass
        await reader.leave()

    within(work())


def test_a_reader_that_holds_up_a_reset_is_cut_off_and_others_end_by_themselves() -> None:
    async def work() -> None:
        cluster = Harness()
        stalled, listening = Reader(cluster, ""), Reader(cluster, "")
        await opened(cluster, 2)
        stalled.willing.clear()
        cluster.change("pods", "zzz/a", pod("zzz", "a"))
        await listening.frame()
        await cluster.app.watches.end_all()
        await asyncio.wait({stalled.task, listening.task})
        assert stalled.task.cancelled()
        assert listening.task.exception() is None
        assert cluster.record.collect().open_watches == {}

    within(work())
