"""Churn with time passed by hand: how much, what, where, and always the same."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from perfkit.mock.changes import ChangeLog, Line, beside
from perfkit.mock.life.churn import Generator
from perfkit.mock.resources.pods import PODS
from perfkit.model.churn import KINDS, Churn
from support.asgi import Harness

Happened = list[tuple[str, str, str, int]]


def churned(churn: Churn, seconds: float = 2.0, seed: int = 1) -> Happened:
    """All changes (resource, type, key, tick) of so much churn."""
    cluster = Harness(seed=seed)
    seen: Happened = []
    cluster.store.on_event(
        lambda resource, event: seen.append(
            (resource.qualified, event.type, event.object.key, cluster.store.clock.tick)
        )
    )
    cluster.app.life.churn(churn)
    cluster.wait(seconds)
    done = cluster.app.life.churn(None)
    cluster.wait(seconds)
    assert (done.events, done.missed, done.seconds) == (len(seen), 0, seconds)
    return seen


def only(kind: str, **settings: Any) -> Churn:
    return Churn(rate=50, mix={kind: 1}, **settings)


@pytest.mark.parametrize("rate", [0.7, 3, 20, 333, 1000])
def test_the_rate_is_exact(rate: float) -> None:
    assert len(churned(Churn(rate=rate))) == int(rate * 2)


def test_events_spread_evenly_over_the_ticks() -> None:
    by_tick = Counter(tick for *_, tick in churned(Churn(rate=500)))
    assert set(by_tick.values()) == {5}


def test_bursts_come_on_top_of_the_rate_at_their_times() -> None:
    by_tick = Counter(tick for *_, tick in churned(only("status", burst=30, every=0.5)))
    assert {tick: count for tick, count in by_tick.items() if count > 1} == {50: 31, 100: 31, 150: 31, 200: 31}


def test_the_same_seed_and_ticks_give_the_same_events_and_another_seed_others() -> None:
    assert churned(Churn(rate=100)) == churned(Churn(rate=100)) != churned(Churn(rate=100), seed=2)


def test_two_servers_hold_the_same_bytes_after_the_same_churn() -> None:
    clusters = [Harness(), Harness()]
    for cluster in clusters:
        cluster.app.life.churn(Churn(rate=100))
        cluster.wait(2)
    first, second = (cluster.get("/api/v1/pods").body for cluster in clusters)
    assert first == second != Harness().get("/api/v1/pods").body


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("status", {("pods", "MODIFIED")}),
        ("restart", {("pods", "MODIFIED")}),
        ("replace", {("pods", "DELETED"), ("pods", "ADDED"), ("pods", "MODIFIED")}),
        ("event", {("events", "ADDED"), ("events", "MODIFIED")}),
        ("node", {("nodes", "MODIFIED")}),
        ("rollout", {("deployments.apps", "MODIFIED")}),
    ],
)
def test_each_kind_changes_what_it_says(kind: str, found: set[tuple[str, str]]) -> None:
    cluster = Harness()
    seen: set[tuple[str, str]] = set()

    def see(resource: Any, event: Any) -> None:
        if cluster.store.author == "churn":
            seen.add((resource.qualified, event.type))

    cluster.store.on_event(see)
    cluster.app.life.churn(Churn(rate=4, mix={kind: 1}))
    cluster.wait(4)
    assert seen == found


def test_skew_sends_its_share_to_the_hot_pods() -> None:
    keys = Counter(key for _, _, key, _ in churned(only("status", skew=0.9, hot=2), 10.0))
    hot = sum(count for _, count in keys.most_common(2))
    assert 0.85 * keys.total() < hot < keys.total()


def test_churn_keeps_to_its_namespace() -> None:
    assert {key.partition("/")[0] for _, _, key, _ in churned(only("replace", namespace="default"))} == {"default"}


def test_a_pod_that_replaces_another_has_its_owner_and_starts_anew() -> None:
    cluster = Harness()
    before = {pod["metadata"]["name"]: pod for pod in cluster.list("/api/v1/pods")["items"]}
    cluster.app.life.churn(Churn(rate=1, mix={"replace": 1}))
    cluster.wait(3)
    after = {pod["metadata"]["name"]: pod for pod in cluster.list("/api/v1/pods")["items"]}
    (gone,) = (before[name] for name in before.keys() - after.keys())
    (come,) = (after[name] for name in after.keys() - before.keys())
    assert come["metadata"]["ownerReferences"] == gone["metadata"]["ownerReferences"]
    assert come["metadata"]["uid"] != gone["metadata"]["uid"]
    assert come["metadata"]["creationTimestamp"] > gone["metadata"]["creationTimestamp"]
    assert {status["restartCount"] for status in come["status"]["containerStatuses"]} == {0}
    assert come["status"]["phase"] == "Running"


def test_selectors_see_what_the_bodies_say() -> None:
    cluster = Harness()
    cluster.app.life.churn(Churn(rate=200))
    cluster.wait(5)
    shelf = cluster.store.shelf(PODS)
    for run in shelf.runs("", "~", cluster.store.version):
        for body in shelf.bodies([run]):
            facts = PODS.facts(msgspec.json.decode(body))
            if not isinstance(run, range):
                assert facts == run.facts


def test_what_the_mock_is_too_late_for_is_missed_and_counted() -> None:
    clock = Harness().store.clock
    generator = Generator(clock)
    generator.start(Churn(rate=10), lambda: True)
    clock.advance(1)
    clock.lag = lambda: 1.0  # type: ignore[method-assign]
    clock.advance(1)
    done = generator.stop()
    assert (done.events, done.missed) == (10, 10)


def test_where_nothing_can_be_changed_all_is_missed() -> None:
    cluster = Harness()
    cluster.app.life.churn(Churn(rate=10, namespace="empty"))
    cluster.wait(1)
    done = cluster.app.life.churn(None)
    assert done.events + done.missed == 10


def test_a_rate_of_nothing_changes_nothing() -> None:
    assert churned(Churn()) == []


def test_a_reset_ends_churn() -> None:
    cluster = Harness()
    cluster.app.life.churn(Churn(rate=10))
    cluster.wait(1)
    cluster.store.reset()
    cluster.app.life.reset()
    version = cluster.store.version
    cluster.wait(5)
    assert cluster.store.version == version


def test_every_change_is_logged_with_who_made_it(tmp_path: Path) -> None:
    cluster = Harness()
    log = ChangeLog(cluster.store)
    record = tmp_path / "0001-a.requests.jsonl"
    log.restart(record)
    cluster.post("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "a"}})
    cluster.app.life.churn(only("status"))
    cluster.wait(0.1)
    log.flush()
    lines = [msgspec.json.decode(line, type=Line) for line in beside(record).read_bytes().splitlines()]
    assert beside(record).name == "0001-a.changes.jsonl"
    assert [(line.by, line.tick) for line in lines] == [("client", 0), *(("churn", tick) for tick in (2, 4, 6, 8, 10))]
    assert (lines[0].type, lines[0].resource, lines[0].namespace, lines[0].name) == (
        "ADDED",
        "configmaps",
        "default",
        "a",
    )
    assert [line.version for line in lines] == sorted(line.version for line in lines)
    assert lines[0].shows == ()
    assert {line.shows for line in lines[1:]} == {("1/2", "Running", "0")}, "what a table shows, name and age aside"


def test_no_log_is_made_where_nothing_changes(tmp_path: Path) -> None:
    log = ChangeLog(Harness().store)
    log.restart(tmp_path / "a.requests.jsonl")
    log.flush()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": -1},
        {"rate": 1e6},
        {"rate": 1, "skew": 1.5},
        {"rate": 1, "hot": 0},
        {"rate": 1, "mix": {}},
        {"rate": 1, "mix": {"status": -1}},
        {"rate": 1, "mix": {"earthquake": 1}},
        {"rate": 1, "burst": 5},
        {"rate": 1, "every": 5.0},
    ],
)
def test_churn_that_cannot_be_is_told(wrong: dict[str, Any]) -> None:
    assert Churn(**wrong).problem()


def test_each_kind_can_be_said_alone() -> None:
    assert [Churn(rate=1, mix={kind: 1}).problem() for kind in KINDS] == [""] * len(KINDS)


def test_pods_that_churn_use_more_and_their_nodes_with_them() -> None:
    def used(cluster: Harness, path: str) -> dict[str, int]:
        found = cluster.list(f"/apis/metrics.k8s.io/v1beta1/{path}")["items"]
        return {
            item["metadata"]["name"]: sum(
                int(part["usage"]["cpu"][:-1]) for part in item.get("containers", [item]) if part.get("usage")
            )
            for item in found
        }

    calm, busy = Harness(), Harness()
    busy.app.life.churn(only("status", skew=1.0, hot=1))
    for cluster in (calm, busy):
        cluster.wait(20)
    before, after = used(calm, "pods"), used(busy, "pods")
    more = {name: after[name] / before[name] for name in before if after[name] != before[name]}
    assert list(more.values()) == [pytest.approx(5.0, rel=0.01)]
    assert sum(used(busy, "nodes").values()) - sum(used(calm, "nodes").values()) == pytest.approx(
        sum(after.values()) - sum(before.values()), rel=0.01
    )
