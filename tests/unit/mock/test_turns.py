"""Long answers are made in slices, between which everything else goes on, and come out the same."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from perfkit.mock.generator.shape import Shape
from support.asgi import Harness

if TYPE_CHECKING:
    from support.asgi import Response

SEARCHES = (
    "/api/v1/pods?labelSelector=app%3Dnothing",
    "/api/v1/pods?labelSelector=app%3Dnothing&limit=500",
    "/api/v1/pods?watch=1&labelSelector=app%3Dnothing",
)
RUNNING = "/api/v1/pods?fieldSelector=status.phase%3DRunning"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every slice is over at once."""
    monkeypatch.setattr("perfkit.mock.turns.SLICE", 0.0)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("search", SEARCHES)
def test_a_search_that_finds_nothing_lets_others_be_answered_meanwhile(search: str) -> None:
    cluster, done = Harness(Shape(pods=3_000, namespaces=3)), []

    async def ask(path: str) -> None:
        assert (await cluster.ask("GET", path, {"accept": "application/json"})).status == 200
        done.append(path)

    async def both() -> None:
        await asyncio.gather(ask(search), ask("/api/v1/namespaces/default"))

    asyncio.run(both())
    assert done == ["/api/v1/namespaces/default", search]


@pytest.mark.usefixtures("hasty")
def test_a_long_list_shows_one_moment_whatever_changes_while_it_is_made() -> None:
    cluster = Harness(window=5)
    still = cluster.list(RUNNING)
    keys = [f"{pod['metadata']['namespace']}/{pod['metadata']['name']}" for pod in still["items"]]

    async def delete() -> None:
        for key in reversed(keys):
            await asyncio.sleep(0)
            cluster.change("pods", key, None)

    async def both() -> Response:
        response, _ = await asyncio.gather(cluster.ask("GET", RUNNING, {"accept": "application/json"}), delete())
        return response

    assert asyncio.run(both()).json() == still
    assert cluster.list(RUNNING)["items"] == []


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_the_bytes_of_an_answer_do_not_follow_from_how_it_was_sliced(
    coding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Harness()
    at_once = cluster.get(RUNNING, accept_encoding=coding)
    monkeypatch.setattr("perfkit.mock.turns.SLICE", 0.0)
    sliced = cluster.get(RUNNING, accept_encoding=coding)
    assert (sliced.headers.get("content-encoding", ""), sliced.body) == (coding, at_once.body)
