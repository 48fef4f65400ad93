"""Watches on a running event loop: batches, bookmarks by the clock, readers that hold up a reset."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Coroutine
from typing import Any

import msgspec
import pytest

from perfkit.mock import exchange, watching
from perfkit.storage.faults import parse_fault
from support.asgi import CLIENT, SERVER, TOKEN, Harness, pod

pytestmark = pytest.mark.functional

TIMEOUT = 20.0


class Reader:
    """A client of one watch. Its frames come one by one, and only while it is ``willing``."""

    def __init__(
        self,
        cluster: Harness,
        query: str = "",
        *,
        accept: str = "",
        encoding: str = "",
        verb: str = "watch",
        method: str = "GET",
    ) -> None:
        self.willing = asyncio.Event()
        self.willing.set()
        self.frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.blocks: list[bytes] = []
        self._scope = {
            "type": "http",
            "method": method,
            "path": "/api/v1/pods",
            "query_string": f"{verb}&resourceVersion={cluster.store.version}{query}".encode(),
            "http_version": "1.1",
            "headers": [
                (b"authorization", f"Bearer {TOKEN}".encode()),
                (b"accept", accept.encode()),
                (b"accept-encoding", encoding.encode()),
            ],
            "server": SERVER,
            "client": CLIENT,
        }
        self.packed = False  # whether each block is a gzip member of its own
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
        if message["type"] == "http.response.body":
            await self.willing.wait()
        if message["type"] == "http.response.start":
            self.packed = (b"content-encoding", b"gzip") in message["headers"]
        if block := message.get("body"):
            if self.packed:
                assert b"\0\0\xff\xff" in block, "a flush before the member ends"
                block = gzip.decompress(block)
            self.blocks.append(block)
            for line in block.splitlines():
                self.frames.put_nowait(msgspec.json.decode(line))


async def opened(cluster: Harness, watches: int) -> None:
    while len(cluster.happened) < watches:  # noqa: ASYNC110 - the application runs on this very loop
        await asyncio.sleep(0)


def names(reader: Reader) -> list[str]:
    """The objects of all frames that came so far."""
    return [msgspec.json.decode(line)["object"]["metadata"]["name"] for line in b"".join(reader.blocks).splitlines()]


def within(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, TIMEOUT))


INITIAL = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"


def test_a_watch_that_begins_with_the_state_is_compressed_block_by_block_for_who_takes_gzip() -> None:
    async def work() -> None:
        cluster = Harness()
        reader = Reader(cluster, INITIAL, encoding="deflate, gzip")
        await opened(cluster, 1)
        cluster.change("pods", "zzz/a", pod("zzz", "a"))
        found: list[dict[str, Any]] = []
        while not found or found[-1]["object"]["metadata"].get("name") != "a":
            found.append(await reader.frame())
        assert reader.packed
        assert [frame["type"] for frame in found[-3:]] == ["ADDED", "BOOKMARK", "ADDED"]
        await reader.leave()

    within(work())


@pytest.mark.parametrize(
    ("query", "encoding"),
    [
        pytest.param("", "gzip", id="from a version"),
        pytest.param(INITIAL.rpartition("&")[0], "gzip", id="without bookmarks"),
        pytest.param(INITIAL, "", id="not asked for"),
        pytest.param(INITIAL, "gzip;q=0, br", id="refused"),
    ],
)
def test_no_other_watch_is_compressed(query: str, encoding: str) -> None:
    async def work() -> None:
        cluster = Harness()
        reader = Reader(cluster, query, encoding=encoding)
        await opened(cluster, 1)
        cluster.change("pods", "zzz/a", pod("zzz", "a"))
        assert (await reader.frame())["type"] == "ADDED"
        assert not reader.packed
        await reader.leave()

    within(work())


def test_changes_arrive_by_themselves_and_close_ones_together() -> None:
    async def work() -> None:
        cluster = Harness()
        reader = Reader(cluster)
        await opened(cluster, 1)
        for name in ("a", "b", "c"):
            cluster.change("pods", f"zzz/{name}", pod("zzz", name))
        for _ in range(3):
            await reader.frame()
        assert names(reader) == ["a", "b", "c"]
        assert len(reader.blocks) == 1
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


def test_a_silent_watch_gets_neither_events_nor_bookmarks_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_BOOKMARKS", 0.005)

    async def work() -> None:
        cluster = Harness()
        cluster.faults.add(parse_fault("silent"))
        reader = Reader(cluster, "&allowWatchBookmarks=true&timeoutSeconds=1")
        await opened(cluster, 1)
        await asyncio.sleep(0)  # the fault strikes at the next turn of the loop
        cluster.change("pods", "zzz/a", pod("zzz", "a"))
        await reader.task
        assert reader.blocks == []

    within(work())


def test_watches_that_name_no_time_end_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_LONGEST", 0.01)

    async def work() -> None:
        cluster = Harness()
        readers = [Reader(cluster), Reader(cluster)]
        await asyncio.wait({reader.task for reader in readers})
        assert [reader.task.exception() for reader in readers] == [None, None]

    within(work())


def test_a_reader_that_holds_up_a_reset_is_cut_off_and_others_end_by_themselves() -> None:
    async def work() -> None:
        cluster = Harness()
        stalled, listening = Reader(cluster), Reader(cluster)
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


def test_every_watch_gets_every_event_once_and_in_order_however_slowly_it_reads() -> None:
    async def work() -> None:
        cluster = Harness()
        readers = [Reader(cluster) for _ in range(6)]
        await opened(cluster, len(readers))
        for number in range(300):
            cluster.change("pods", f"zzz/{number % 7}", pod("zzz", str(number)))
            slow = readers[number % 3]
            slow.willing.clear() if number % 2 else slow.willing.set()
            await asyncio.sleep(0.001 if number % 10 == 0 else 0)
        for reader in readers:
            reader.willing.set()
            for _ in range(300):
                await reader.frame()
            assert names(reader) == [str(number) for number in range(300)]
            await reader.leave()

    within(work())


def test_watches_of_one_form_share_what_is_encoded() -> None:
    async def work() -> None:
        cluster = Harness()
        shown: list[bytes] = []
        table = "application/json;as=Table;v=v1;g=meta.k8s.io"
        readers = [Reader(cluster, accept=table) for _ in range(4)]
        await opened(cluster, len(readers))
        (frames,) = cluster.app.watches._frames.values()
        later = frames.form.later

        def counted(body: bytes) -> bytes:
            shown.append(body)
            return later(body)

        frames.form.later = counted  # type: ignore[method-assign]
        for number in range(3):
            cluster.change("pods", f"zzz/{number}", pod("zzz", str(number)))
        for reader in readers:
            for _ in range(3):
                await reader.frame()
        assert len(shown) == 2  # the first event of a watch names the columns and is its own
        assert len({tuple(reader.blocks) for reader in readers}) == 1
        for reader in readers:
            await reader.leave()

    within(work())


def test_a_stalled_watch_gets_what_it_had_in_hand_and_then_its_end() -> None:
    async def work() -> None:
        cluster = Harness(window=10)
        reader = Reader(cluster, "&allowWatchBookmarks=true")
        await opened(cluster, 1)
        reader.willing.clear()
        for number in range(100):
            cluster.change("pods", "zzz/a", pod("zzz", str(number)))
            if number % 20 == 0:
                cluster.app.watches._ring()
                await asyncio.sleep(0)
                await asyncio.sleep(0)
        reader.willing.set()
        await asyncio.wait({reader.task})
        assert reader.task.exception() is None
        assert names(reader) == ["0"]
        assert cluster.record.collect().open_watches == {}

    within(work())


def test_only_watches_of_what_changed_are_woken() -> None:
    async def work() -> None:
        cluster = Harness()
        reader = Reader(cluster)
        await opened(cluster, 1)
        (bell,) = cluster.app.watches._tasks
        rings: list[None] = []
        bell.ring = lambda: rings.append(None)  # type: ignore[method-assign]
        cluster.change("nodes", "node-00000", None)
        cluster.app.watches._ring()
        assert rings == []
        cluster.change("pods", "zzz/a", pod("zzz", "a"))
        cluster.app.watches._ring()
        assert rings == [None]
        await reader.leave()

    within(work())


def test_a_reader_that_takes_nothing_of_a_list_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "_PATIENCE", 0.01)

    async def work() -> None:
        cluster = Harness()
        reader = Reader(cluster)
        await opened(cluster, 1)
        listing = Reader(cluster, verb="watch=0")
        listing.willing.clear()
        await asyncio.wait({listing.task})
        assert listing.blocks == []
        assert not reader.task.done()
        await reader.leave()

    within(work())


def test_a_client_that_never_sends_the_rest_of_a_body_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "_PATIENCE", 0.01)

    async def work() -> None:
        cluster = Harness()
        writer = Reader(cluster, method="POST")
        await asyncio.wait({writer.task})
        assert writer.task.exception() is None
        assert cluster.record.collect().errors == 0

    within(work())
