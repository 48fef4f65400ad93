"""LIST and watch tell one truth; equal servers give equal answers; a reset server is as new."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from perfkit.mock.generator.shape import Group, Shape
from perfkit.mock.resources.registry import RESOURCES
from perfkit.model.churn import Churn
from perfkit.storage.faults import parse_fault
from support.asgi import Harness
from support.examples import examples
from support.follower import PODS, Follower
from support.manifests import DEFINITION

SHAPE = Shape(pods=12, namespaces=2, giant=0.5, groups=(Group(3, 1.0),))
WINDOW = 10  # events, so that watches that were away come too late now and then
NEW = {"spec": {"containers": [{"name": "c", "image": "i"}]}}
Step = tuple[str, Any]

PAGES = st.integers(1, 20)
SELECTORS = st.sampled_from(["", "labelSelector=x%3Da", "labelSelector=x", "fieldSelector=status.phase%3DRunning"])
NUMBERS = st.integers(0, 15)
WRITES = st.one_of(
    st.tuples(st.just("label"), st.tuples(NUMBERS, st.sampled_from(["a", "b", None]))),
    st.tuples(st.just("phase"), st.tuples(NUMBERS, st.sampled_from(["Running", "Pending"]))),
    st.tuples(st.just("create"), NUMBERS),
    st.tuples(st.just("delete"), NUMBERS),
    st.tuples(st.just("sweep"), st.sampled_from(["a", "b"])),
    st.tuples(st.just("churn"), st.integers(1, 4)),
)
FAULTS = st.tuples(
    st.just("fault"), st.sampled_from(["500 count=2", "429 count=1", "410 count=1", "503 count=1 verb=list"])
)
RESTARTS = st.tuples(st.just("restart"), st.sampled_from(["events kept", "events lost"]))
STEPS = st.lists(WRITES | FAULTS | RESTARTS, max_size=25)
FOLLOWING = st.tuples(st.just("follow"), st.integers(0, 5) | st.none())


def pods(cluster: Harness) -> list[str]:
    """The paths of all pods, asked of the store: faults do not strike it."""
    keys = [key.split("/") for key in cluster.store.shelf_called("pods").keys("", "\U0010ffff", cluster.store.version)]
    return [f"/api/v1/namespaces/{namespace}/pods/{name}" for namespace, name in keys]


def take(cluster: Harness, step: Step) -> None:
    """Do one step; a fault may refuse it."""
    what, how = step
    present = pods(cluster)
    match what:
        case "label" if present:
            cluster.patch(present[how[0] % len(present)], {"metadata": {"labels": {"x": how[1]}}})
        case "phase" if present:
            cluster.patch(f"{present[how[0] % len(present)]}/status", {"status": {"phase": how[1]}})
        case "create":
            cluster.post(
                "/api/v1/namespaces/default/pods", {"metadata": {"name": f"new-{how}", "labels": {"x": "a"}}, **NEW}
            )
        case "delete" if present:
            cluster.send("DELETE", f"{present[how % len(present)]}?gracePeriodSeconds=0", None)
        case "sweep":
            cluster.send(
                "DELETE", f"/api/v1/namespaces/default/pods?labelSelector=x%3D{how}&gracePeriodSeconds=0", None
            )
        case "churn":
            cluster.app.life.churn(Churn(rate=20))
            cluster.wait(how / 10)
            cluster.app.life.churn(None)
        case "fault":
            cluster.faults.add(parse_fault(how))
        case "restart" if how == "events lost":  # of one that keeps them, only cut connections are seen
            cluster.store.forget_events()


@settings(max_examples=examples(12))
@given(steps=st.lists(WRITES | FAULTS | RESTARTS | FOLLOWING, max_size=25), pause=STEPS, selector=SELECTORS, page=PAGES)
def test_a_list_and_the_watch_from_it_always_equal_a_later_list(
    steps: list[Step], pause: list[Step], selector: str, page: int
) -> None:
    """Whatever happens between two pages (a step of ``pause`` each), to a watch, or to the server."""
    cluster = Harness(SHAPE, window=WINDOW)

    def meanwhile() -> None:
        if pause:
            take(cluster, pause.pop())

    follower = Follower(cluster, selector, page, meanwhile)
    for step in steps:
        if step[0] == "follow":
            follower.follow(step[1])
        else:
            take(cluster, step)
    cluster.faults.clear()
    pause.clear()
    follower.follow()
    held = [follower.objects[key] for key in sorted(follower.objects)]
    assert held == cluster.list(f"{PODS}?{selector}")["items"]


@settings(max_examples=examples(6))
@given(steps=st.lists(WRITES | FAULTS, max_size=25))
def test_a_list_at_a_version_shows_what_was_then(steps: list[Step]) -> None:
    cluster = Harness(SHAPE, window=1000)
    seen = {}
    for step in steps:
        listed = cluster.get(PODS)
        if listed.status == 200:
            seen[listed.json()["metadata"]["resourceVersion"]] = listed.body
        take(cluster, step)
    cluster.faults.clear()
    for version, body in seen.items():
        assert cluster.get(f"{PODS}?resourceVersion={version}&resourceVersionMatch=Exact").body == body


def everything(cluster: Harness) -> dict[str, bytes]:
    """The bytes of every list, of discovery and of OpenAPI."""
    places = [f"/apis/{resource.api_version}" if resource.group else "/api/v1" for resource in RESOURCES]
    lists = [f"{place}/{one.name}" for place, one in zip(places, RESOURCES, strict=True) if "list" in one.verbs]
    return {path: cluster.get(path).body for path in [*lists, *places, "/api", "/apis", "/openapi/v3"]}


@settings(max_examples=examples(4))
@given(steps=STEPS)
def test_two_servers_with_one_seed_answer_one_log_of_requests_alike(steps: list[Step]) -> None:
    one, other = Harness(SHAPE), Harness(SHAPE)
    for step in steps:
        take(one, step)
        take(other, step)
        assert one.get(PODS).body == other.get(PODS).body
    assert everything(one) == everything(other)


NEW_BYTES = everything(Harness(SHAPE))


@settings(max_examples=examples(4))
@given(steps=STEPS)
def test_a_reset_server_is_as_new(steps: list[Step]) -> None:
    cluster = Harness(SHAPE)
    cluster.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", DEFINITION)
    for step in steps:
        take(cluster, step)
    cluster.faults.clear()
    cluster.store.reset()
    cluster.app.life.reset()
    assert everything(cluster) == NEW_BYTES
    changed = msgspec.json.decode(cluster.get(PODS).body)["metadata"]["resourceVersion"]
    assert changed == str(cluster.store.version)
