from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.client import ApiError, ConnectionLostError, Options
from perfkit.client.problems import Status
from perfkit.errors import ClusterError
from support.watched import Change, FakeApi, FakeConnection, Reflected, Round, frame, pod

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.client.api import Connection

CHANGES = st.lists(st.tuples(st.sampled_from(["put", "delete"]), st.sampled_from([f"pod-{n}" for n in range(6)])))
OPTIONS = st.builds(
    Options,
    batch=st.booleans(),
    intern=st.booleans(),
    columnar=st.booleans(),
    freeze=st.just(False),
    originals=st.sampled_from(["none", "zlib"]),
)
ROUNDS = st.builds(Round, CHANGES, st.sampled_from(["clean", "cut", "expired", "failed"]), CHANGES)


@given(rounds=st.lists(ROUNDS, max_size=6), streams=st.booleans(), present=st.integers(0, 5), options=OPTIONS)
def test_whatever_ends_its_watches_the_cache_comes_to_hold_what_a_fresh_list_says(
    rounds: list[Round], *, streams: bool, present: int, options: Options
) -> None:
    api = FakeApi(rounds, streams=streams, present=present, options=options)
    reflected = Reflected(api).run()
    assert reflected.replica.complete
    assert reflected.held == api.truth()
    assert reflected.replica.version == str(api.version)
    assert not api.rounds
    assert all("; again in 0.0 s" in report for report in reflected.reports)


def test_the_first_state_takes_one_request() -> None:
    api = FakeApi([])
    cache = Reflected(api).run()
    assert api.requests == ["watch-list"]
    assert len(cache) == 3


def test_where_streams_are_refused_pages_are_listed_and_then_watched() -> None:
    api = FakeApi([], streams=False, present=5)
    cache = Reflected(api).run()
    assert api.requests == ["watch-list", "list", "list", "list", "watch 5"]
    assert len(cache) == 5


@pytest.mark.parametrize("ending", ["clean", "cut"])
def test_a_lost_watch_resumes_where_it_was(ending: Any) -> None:
    missed: list[Change] = [("delete", "pod-0")]
    api = FakeApi([Round([("put", "new")], ending, unseen=missed)])
    cache = Reflected(api).run()
    assert api.requests == ["watch-list", "watch 4"]
    assert cache.replica.store.get("ns", "pod-0") is None
    assert cache.replica.store.get("ns", "new") is not None
    assert len(cache.reports) == 1


@pytest.mark.parametrize("ending", ["expired", "failed"])
def test_a_version_too_old_means_to_begin_anew(ending: Any) -> None:
    api = FakeApi([Round([("put", "new")], ending, unseen=[("delete", "new")])])
    cache = Reflected(api).run()
    assert api.requests[0] == api.requests[-1] == "watch-list"
    assert cache.held == api.truth()


def test_a_bookmark_moves_the_version_on() -> None:
    """So that a resumed watch does not start at a version long gone."""
    api = FakeApi([Round([("put", "x"), ("delete", "x")]), Round()])
    Reflected(api).run()
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

    def read(self, *_: Any, **__: Any) -> bytes:
        raise self._error

    def watch(self, path: str, query: Mapping[str, str]) -> Any:
        raise self._error


@pytest.mark.parametrize("error", [ApiError(Status("pods is forbidden", 403)), ConnectionLostError("refused")])
def test_a_first_state_that_cannot_be_had_is_an_error(error: ClusterError) -> None:
    cache = Reflected(Refusing(error))
    with pytest.raises(ClusterError) as raised:
        cache.run()
    assert raised.value is cache.replica.failure is error
    assert not cache.replica.complete


def test_a_continue_token_that_expired_begins_the_list_anew() -> None:
    reports: list[str] = []

    def stop_at_third(line: str) -> None:
        reports.append(line)
        if len(reports) == 3:
            cache.reflector.stop()

    cache = Reflected(Refusing(ApiError(Status("the token is too old", 410))), stop_at_third)
    cache.run()
    assert len(reports) == 3
    assert not cache.replica.complete


def test_the_old_state_is_served_until_the_new_one_is_complete() -> None:
    seen: list[int] = []
    api = FakeApi([Round([("put", "new")], "failed"), Round()], present=2)
    cache = Reflected(api, lambda _: seen.append(len(cache)))
    cache.run()
    assert seen[0] == 3


def test_a_cache_that_was_stopped_before_it_ran_asks_nothing() -> None:
    api = FakeApi([])
    cache = Reflected(api)
    cache.reflector.stop()
    cache.run()
    assert api.requests == []
    assert cache.replica.settled.is_set()
    assert (cache.replica.version, cache.held) == ("", {})


def test_the_collector_works_again_after_loading() -> None:
    gc.enable()
    Reflected(FakeApi([])).run()
    assert gc.isenabled()
    gc.unfreeze()


def test_a_frame_that_is_no_event_is_a_lost_connection() -> None:
    class Babbling(FakeConnection):
        def watch(self, path: str, query: Mapping[str, str]) -> Any:
            return iter([b'{"type":"ADDED"}\n'])

    api = FakeApi([])
    api.connect = lambda: Babbling(api)  # type: ignore[method-assign]
    with pytest.raises(ConnectionLostError, match="cannot be read"):
        Reflected(api).run()


def test_a_page_that_is_no_list_is_a_lost_connection() -> None:
    class Babbling(FakeConnection):
        def read(self, *_: Any, **__: Any) -> bytes:
            return b"<html>"

    api = FakeApi([], streams=False)
    api.connect = lambda: Babbling(api)  # type: ignore[method-assign]
    with pytest.raises(ConnectionLostError, match="cannot be read"):
        Reflected(api).run()


def test_a_stream_that_ends_before_its_bookmark_is_no_state() -> None:
    class Short(FakeConnection):
        def watch(self, path: str, query: Mapping[str, str]) -> Any:
            return iter([frame("ADDED", pod("a"))])

    api = FakeApi([])
    api.connect = lambda: Short(api)  # type: ignore[method-assign]
    cache = Reflected(api)
    with pytest.raises(ConnectionLostError, match="before the first state was complete"):
        cache.run()
    assert len(cache) == 0


@pytest.mark.parametrize("code", [429, 503])
def test_a_server_that_is_too_busy_is_waited_for_as_long_as_it_says(code: int) -> None:
    class Busy(FakeConnection):
        def watch(self, path: str, query: Mapping[str, str]) -> Any:
            if not reports:
                raise ApiError(Status("later", code), retry_after=0.25)
            return super().watch(path, query)

    reports: list[str] = []
    api = FakeApi([])
    api.connect = lambda: Busy(api)  # type: ignore[method-assign]
    cache = Reflected(api, reports.append).run()
    assert "again in 0.2 s" in reports[0]
    assert len(cache) == 3
    assert cache.replica.restarts["busy"] == 1


def test_an_object_that_cannot_be_read_is_told_and_served_no_longer_and_the_rest_goes_on() -> None:
    broken = {"metadata": {"name": "pod-0", "namespace": "ns"}, "spec": {"nodeName": 7}}

    class Odd(FakeConnection):
        def watch(self, path: str, query: Mapping[str, str]) -> Any:
            yield from super().watch(path, query)
            if "sendInitialEvents" in query:
                yield frame("MODIFIED", broken) + frame("ADDED", pod("good", 9))

    api = FakeApi([Round([("put", "new")])])
    api.connect = lambda: Odd(api)  # type: ignore[method-assign]
    cache = Reflected(api).run()
    assert "an object cannot be read: ns/pod-0: Expected `str | null`, got `int`" in cache.reports[0]
    assert ("ns", "pod-0") not in cache.held
    assert ("ns", "good") in cache.held


@given(rounds=st.lists(ROUNDS, max_size=4), options=OPTIONS)
def test_what_is_served_was_told(rounds: list[Round], options: Options) -> None:
    """At every moment each row, and each original, is one that the server once had under that name and version."""
    api = FakeApi(rounds, options=options)
    cache = Reflected(api, lambda _: check())

    def check() -> None:
        assert {(name, version) for (_, name), version in cache.held.items()} <= api.told

    cache.run()
    check()
