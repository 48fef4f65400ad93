from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.client import ApiError, ConnectionLostError, WatchCache
from perfkit.client.problems import Status
from perfkit.errors import ClusterError
from support.watched import Change, FakeApi, FakeConnection, Round, frame, pod

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.client.api import Connection

CHANGES = st.lists(st.tuples(st.sampled_from(["put", "delete"]), st.sampled_from([f"pod-{n}" for n in range(6)])))
ROUNDS = st.builds(Round, CHANGES, st.sampled_from(["clean", "cut", "expired", "failed"]), CHANGES)


def held(cache: WatchCache) -> dict[tuple[str, str], str]:
    return {row.key: row.resource_version for row in cache.rows}


def played(api: FakeApi) -> tuple[WatchCache, list[str]]:
    """A cache that has lived through all rounds, and what it reported."""
    reports: list[str] = []
    cache = WatchCache(api, reports.append)
    api.done = cache.stop
    cache.run()
    return cache, reports


@given(rounds=st.lists(ROUNDS, max_size=6), streams=st.booleans(), present=st.integers(0, 5))
def test_whatever_ends_its_watches_the_cache_comes_to_hold_what_a_fresh_list_says(
    rounds: list[Round], *, streams: bool, present: int
) -> None:
    api = FakeApi(rounds, streams=streams, present=present)
    cache, reports = played(api)
    assert cache.synced
    assert held(cache) == api.truth()
    assert cache.resource_version == str(api.version)
    assert not api.rounds
    assert all("; again in 0.0 s" in report for report in reports)


def test_the_first_state_takes_one_request() -> None:
    api = FakeApi([])
    cache, _ = played(api)
    assert api.requests == ["watch-list"]
    assert len(cache) == 3


def test_where_streams_are_refused_pages_are_listed_and_then_watched() -> None:
    api = FakeApi([], streams=False, page=2, present=5)
    cache, _ = played(api)
    assert api.requests == ["watch-list", "list", "list", "list", "watch 5"]
    assert len(cache) == 5


@pytest.mark.parametrize("ending", ["clean", "cut"])
def test_a_lost_watch_resumes_where_it_was(ending: Any) -> None:
    missed: list[Change] = [("delete", "pod-0")]
    api = FakeApi([Round([("put", "new")], ending, unseen=missed)])
    cache, reports = played(api)
    assert api.requests == ["watch-list", "watch 4"]
    assert cache.get("ns", "pod-0") is None
    assert cache.get("ns", "new") is not None
    assert len(reports) == 1


@pytest.mark.parametrize("ending", ["expired", "failed"])
def test_a_version_too_old_means_to_begin_anew(ending: Any) -> None:
    api = FakeApi([Round([("put", "new")], ending, unseen=[("delete", "new")])])
    cache, _ = played(api)
    assert api.requests[0] == api.requests[-1] == "watch-list"
    assert held(cache) == api.truth()


def test_a_bookmark_moves_the_version_on() -> None:
    """So that a resumed watch does not start at a version long gone."""
    api = FakeApi([Round([("put", "x"), ("delete", "x")]), Round()])
    played(api)
    assert api.requests[-1] == "watch 5"


class Refusing(FakeApi):
    """Raises ``error`` at every request."""

    def __init__(self, error: ClusterError) -> None:
        super().__init__([])
        self.error = error

    def connect(self) -> Connection:
        return RefusingConnection(self)


class RefusingConnection(FakeConnection):
    def __init__(self, api: Refusing) -> None:
        super().__init__(api)
        self._error = api.error

    def read(self, path: str, query: Mapping[str, str]) -> bytes:
        raise self._error

    def watch(self, path: str, query: Mapping[str, str]) -> Any:
        raise self._error


@pytest.mark.parametrize("error", [ApiError(Status("pods is forbidden", 403)), ConnectionLostError("refused")])
def test_a_first_state_that_cannot_be_had_is_an_error(error: ClusterError) -> None:
    cache = WatchCache(Refusing(error))
    with pytest.raises(ClusterError) as raised:
        cache.run()
    assert raised.value is error
    assert not cache.synced


def test_who_waits_for_the_thread_gets_its_error() -> None:
    cache = WatchCache(Refusing(ApiError(Status("pods is forbidden", 403))))
    cache.start()
    with pytest.raises(ApiError, match="403: pods is forbidden"):
        cache.wait_synced()
    cache.join()


def test_a_continue_token_that_expired_begins_the_list_anew() -> None:
    reports: list[str] = []

    def stop_at_third(line: str) -> None:
        reports.append(line)
        if len(reports) == 3:
            cache.stop()

    cache = WatchCache(Refusing(ApiError(Status("the token is too old", 410))), stop_at_third)
    cache.run()
    assert len(reports) == 3
    assert not cache.synced


def test_the_old_state_is_served_until_the_new_one_is_complete() -> None:
    seen: list[int] = []
    api = FakeApi([Round([("put", "new")], "failed"), Round()], present=2)
    cache = WatchCache(api, lambda _: seen.append(len(cache)))
    api.done = cache.stop
    cache.run()
    assert seen[0] == 3


def test_a_cache_that_was_stopped_before_it_ran_asks_nothing() -> None:
    api = FakeApi([])
    cache = WatchCache(api)
    cache.stop()
    cache.run()
    assert api.requests == []
    assert not cache.wait_synced()
    assert (cache.resource_version, cache.rows) == ("", [])


def test_the_collector_works_again_after_loading() -> None:
    gc.enable()
    played(FakeApi([]))
    assert gc.isenabled()
    gc.unfreeze()


def test_a_frame_that_is_no_event_is_a_lost_connection() -> None:
    class Babbling(FakeConnection):
        def watch(self, path: str, query: Mapping[str, str]) -> Any:
            return iter([b'{"type":"ADDED","object":[]}\n'])

    api = FakeApi([])
    api.connect = lambda: Babbling(api)  # type: ignore[method-assign]
    with pytest.raises(ConnectionLostError, match="cannot be read"):
        WatchCache(api).run()


def test_a_page_that_is_no_list_is_a_lost_connection() -> None:
    class Babbling(FakeConnection):
        def read(self, path: str, query: Mapping[str, str]) -> bytes:
            return b"<html>"

    api = FakeApi([], streams=False)
    api.connect = lambda: Babbling(api)  # type: ignore[method-assign]
    with pytest.raises(ConnectionLostError, match="cannot be read"):
        WatchCache(api).run()


def test_a_stream_that_ends_before_its_bookmark_is_no_state() -> None:
    class Short(FakeConnection):
        def watch(self, path: str, query: Mapping[str, str]) -> Any:
            return iter([frame("ADDED", pod("a"))])

    api = FakeApi([])
    api.connect = lambda: Short(api)  # type: ignore[method-assign]
    cache = WatchCache(api)
    with pytest.raises(ConnectionLostError, match="before the first state was complete"):
        cache.run()
    assert len(cache) == 0
