"""The record of requests: lines, sums, digest."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from errno import ENOSPC
from io import FileIO
from pathlib import Path
from typing import Any

import msgspec
import pytest

from perfkit.measure.requests import in_order, read_requests
from perfkit.mock.exchange import Exchange
from perfkit.mock.record import Record
from perfkit.model.requests import FLOW_NS, Entry
from support.asgi import TOKEN, Harness, NoSockets, pod, scope_of


def entry(path: str = "/api/v1/pods", query: str = "", status: int = 200, port: int = 1, **more: Any) -> Entry:
    return Entry(method="GET", path=path, query=query, status=status, port=port, http="2", agent="test", **more)


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    found = Record()
    found.restart(tmp_path / "record")
    yield found
    found.close()


def digest(*entries: Entry) -> str:
    record = Record()
    for each in entries:
        record.begin(each)
    for each in reversed(entries):
        record.end(each)
    return record.collect().digest


def test_the_digest_tells_requests_apart_by_what_was_asked_and_answered() -> None:
    base = digest(entry(query="a=1&b=2"))
    assert base == digest(entry(query="b=2&a=1", port=7))
    assert base != digest(entry(query="a=1&b=3"))
    assert base != digest(entry(query="a=1&b=2", status=404))
    assert base != digest(entry("/api/v1/nodes", "a=1&b=2"))
    assert base != digest(entry(query="a=1&b=2"), entry(query="a=1&b=2"))


def test_the_digest_goes_by_arrival() -> None:
    assert digest(entry("/a"), entry("/b")) != digest(entry("/b"), entry("/a"))


def test_a_glance_writes_what_has_ended_and_tells_of_open_watches_without_writing_them(tmp_path: Path) -> None:
    record = Record()
    record.restart(tmp_path / "record")
    ended, going = entry(), entry(verb="watch", resource="pods", events=3, flow={40: [2, 900], 50: [1, 300]})
    for each in (ended, going):
        record.begin(each)
    record.end(ended)
    (watch,) = record.glance().watches
    assert (watch.number, watch.resource, watch.events) == (1, "pods", 3)
    assert watch.heard_ns == 51 * FLOW_NS
    assert [each.number for each in read_requests(tmp_path / "record")] == [0]
    record.close()


def test_timeouts_that_clients_draw_at_random_do_not_count() -> None:
    assert digest(entry(query="watch=1&timeoutSeconds=301")) == digest(entry(query="timeoutSeconds=599&watch=1"))
    assert digest(entry(query="watch=1&timeoutSeconds=301")) != digest(entry(query="watch=1"))


def test_the_digest_is_the_same_whether_a_response_has_ended_or_not() -> None:
    record, ended = Record(), Record()
    for each in (record, ended):
        watch = entry(query="watch=1")
        each.begin(watch)
        if each is ended:
            each.end(watch)
    assert record.collect().digest == ended.collect().digest


def test_sums_are_those_of_ended_and_open_requests(record: Record) -> None:
    listed = entry(verb="list", resource="pods", bytes=100, objects=10)
    watched = entry(verb="watch", resource="pods", bytes=50, objects=2, port=2)
    refused = entry(verb="get", resource="pods", bytes=5, status=404)
    for each in (listed, watched, refused):
        record.begin(each)
    for each in (listed, refused):
        record.end(each)
    traffic = record.collect()
    assert (traffic.requests, traffic.bytes_sent, traffic.connections, traffic.errors) == (3, 155, 2, 1)
    assert traffic.work == {"list pods": 10, "watch pods": 2}
    assert traffic.open_watches == {"pods": 1}
    assert traffic.first_request_ns == listed.ns
    assert record.collect() == traffic


def test_each_request_is_a_line_without_secrets(tmp_path: Path) -> None:
    cluster = Harness()
    cluster.record.restart(tmp_path / "record")
    cluster.get("/api/v1/namespaces/default/pods?limit=1&labelSelector=app", user_agent="kubectl/v1.37")
    cluster.get("/nope", cookie="secret-cookie")
    traffic = cluster.record.collect()
    cluster.record.close()
    text = (tmp_path / "record").read_text()
    first, second = map(msgspec.json.decode, text.splitlines())
    assert (first.get("number", 0), second["number"]) == (0, 1)
    assert (first["verb"], first["resource"], first["namespace"]) == ("list", "pods", "default")
    assert (first["method"], first["path"], first["query"]) == (
        "GET",
        "/api/v1/namespaces/default/pods",
        "limit=1&labelSelector=app",
    )
    assert (first["status"], first["objects"], first["http"], first["agent"]) == (200, 1, "1.1", "kubectl/v1.37")
    assert first["ns"] <= first["first_ns"] <= first["last_ns"]
    assert first["bytes"] + second["bytes"] == traffic.bytes_sent
    assert (second["status"], second.get("verb", "")) == (404, "")
    assert TOKEN not in text
    assert "secret-cookie" not in text


def test_open_requests_are_lines_without_an_end(record: Record, tmp_path: Path) -> None:
    record.begin(entry(query="watch=1"))
    record.collect()
    assert msgspec.json.decode((tmp_path / "record").read_bytes()).get("last_ns") is None


def late(watch: Entry) -> Counter[int]:
    """How late its events were, whenever that was."""
    return sum(map(Counter, watch.lags.values()), Counter())


def test_a_watch_is_a_line_when_it_opens_and_another_with_what_it_delivered_and_how_late(tmp_path: Path) -> None:
    cluster = Harness()
    cluster.record.restart(tmp_path / "record")
    path = f"/api/v1/namespaces/default/pods?watch=1&resourceVersion={cluster.store.version}"
    cluster.watch(path, lambda: cluster.change("pods", "default/new", pod("default", "new")))
    cluster.record.collect()
    cluster.record.close()
    first, last = ((tmp_path / "record").read_bytes()).splitlines()
    (entry_,) = in_order([first])
    assert (entry_.status, entry_.events, entry_.last_ns) == (200, 0, None)
    (entry_,) = in_order([first, last])
    assert (entry_.events, late(entry_).total()) == (1, 1)
    assert entry_.objects == 0, "what changes later is no part of the state that it began with"
    assert list(entry_.flow.values()) == [[1, entry_.bytes]]
    assert entry_.last_ns is not None
    assert max(late(entry_)) < entry_.last_ns - entry_.ns
    assert [*entry_.lags] == [*entry_.flow], "each when it was delivered"


def test_what_a_slow_client_takes_is_noted_as_it_takes_it(tmp_path: Path) -> None:
    """It never catches up: what the socket took of all that happened is noted, and no more."""
    cluster = Harness()
    cluster.record.restart(tmp_path / "record")
    cluster.room = 300_000
    large = {**pod("default", "new"), "data": "x" * 50_000}

    def burst() -> None:
        for _ in range(100):
            cluster.change("pods", "default/new", large)

    path = f"/api/v1/namespaces/default/pods?watch=1&resourceVersion={cluster.store.version}"
    delivered = cluster.watch(path, burst).body.count(b'{"type":')
    cluster.record.collect()
    cluster.record.close()
    (entry_,) = in_order((tmp_path / "record").read_bytes().splitlines())
    assert 6 <= entry_.events == delivered < 100
    assert entry_.behind == 100 - delivered
    assert late(entry_).total() == delivered
    assert sum(events for events, _ in entry_.flow.values()) == delivered


def test_a_subresource_is_told_apart_and_what_is_no_resource_is_called_so(tmp_path: Path) -> None:
    cluster = Harness()
    cluster.record.restart(tmp_path / "record")
    cluster.get("/api/v1/namespaces/default/pods/none/status")
    cluster.get("/version")
    cluster.record.collect()
    cluster.record.close()
    found = [(entry_.action, entry_.what) for entry_ in read_requests(tmp_path / "record")]
    assert found == [("get", "pods/status"), ("get", "nonresource")]


def test_what_an_answer_asks_a_client_to_wait_is_kept() -> None:
    async def refuse() -> float | None:
        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        exchange = Exchange(scope_of("GET", "/", {}), receive, send, NoSockets())  # type: ignore[arg-type]
        await exchange.reply(429, b"later", "text/plain", retry_after="30")
        return exchange.entry.retry_after

    sent: list[dict[str, Any]] = []
    assert asyncio.run(refuse()) == 30.0
    assert (b"retry-after", b"30") in sent[0]["headers"]


def test_a_followed_record_never_grows_much_beyond_its_size(tmp_path: Path) -> None:
    async def serve() -> None:
        record = Record()
        record.follow(tmp_path / "record", 2_000)
        for number in range(100):
            each = entry(f"/{number}")
            record.begin(each)
            record.end(each)
            record.collect()
        record.close()

    asyncio.run(serve())
    files = [tmp_path / "record.1", tmp_path / "record"]
    kept = [number.path for path in files for number in read_requests(path)]
    assert all(path.stat().st_size < 2_400 for path in files)
    assert kept == [f"/{number}" for number in range(100 - len(kept), 100)]


def test_a_request_from_before_the_restart_is_not_counted(record: Record, tmp_path: Path) -> None:
    old = entry()
    record.begin(old)
    record.restart(tmp_path / "record")
    record.end(old)
    assert record.collect().requests == 0
    assert (tmp_path / "record").read_bytes() == b""


def test_a_straggler_of_an_earlier_trial_is_known_as_one() -> None:
    record, each = Record(), entry()
    record.begin(each)
    assert record.has_open(each)
    record.clear()
    assert not record.has_open(each)


def test_a_record_that_cannot_be_opened_leaves_the_old_one(record: Record, tmp_path: Path) -> None:
    record.begin(entry())
    with pytest.raises(OSError):
        record.restart(tmp_path / "missing" / "record")
    assert record.collect().requests == 1


def test_a_full_disk_is_told_when_the_record_is_collected(record: Record) -> None:
    record.restart(Path("/dev/full"))
    each = entry()
    record.begin(each)
    record.end(each)
    with pytest.raises(OSError, match="No space"):
        record.collect()
    with pytest.raises(OSError, match="No space"):
        record.collect()


def test_on_a_disk_that_was_full_for_a_while_are_whole_lines_and_those_from_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = [10]  # bytes

    class Full(FileIO):
        def write(self, data: Any, /) -> int:
            if not room[0]:
                raise OSError(ENOSPC, "No space left on device")
            written = super().write(bytes(data[: room[0]]))
            room[0] -= written
            return written

    monkeypatch.setattr("perfkit.mock.lines.FileIO", Full)
    record = Record()
    record.restart(tmp_path / "record")
    for path, free in (("/lost", 10), ("/kept", 10_000)):
        room[0], each = free, entry(path)
        record.begin(each)
        record.end(each)
        with pytest.raises(OSError, match="No space"):
            record.collect()
    lines = (tmp_path / "record").read_bytes().splitlines()
    assert [msgspec.json.decode(line)["path"] for line in lines] == ["/kept"]
    record.clear()
    assert record.collect().requests == 0
    record.close()


def test_two_runs_of_one_client_have_one_digest() -> None:
    def trial() -> str:
        cluster = Harness()

        async def client() -> None:
            first = (await cluster.ask("GET", "/api/v1/pods?limit=5", {})).json()["metadata"]["continue"]
            await cluster.ask("GET", f"/api/v1/pods?limit=5&continue={first}", {})
            await cluster.ask("GET", "/api/v1/pods?watch=1&resourceVersion=0", {})

        asyncio.run(client())
        return cluster.record.collect().digest

    assert trial() == trial()
