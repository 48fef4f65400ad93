"""Two servers of one seed that get the same requests at the same ticks answer alike."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from perfkit.model.churn import Churn
from support.asgi import Harness
from support.examples import examples
from support.life import APPS, BATCH, DEFAULT, deployment, template


class Sent(msgspec.Struct, frozen=True):
    """A request, the tick at which it was answered, and the answer."""

    tick: int
    method: str
    path: str
    content: Any
    kind: str
    answer: bytes


_JOB = {"metadata": {"name": "j"}, "spec": {"template": {"spec": template({})["spec"] | {"restartPolicy": "Never"}}}}
_IMAGE = {"spec": {"template": {"metadata": {"annotations": {"turn": "2"}}}}}
_READ = ("pods", "events", "endpoints", "persistentvolumeclaims")
_MERGE = "application/merge-patch+json"

_requests = st.one_of(
    st.sampled_from(
        [
            ("POST", f"{APPS}/deployments", deployment("web", 3), "application/json"),
            (
                "POST",
                f"{APPS}/deployments",
                deployment("bad", 2, annotations={"perfkit.dev/fate": "crash"}),
                "application/json",
            ),
            ("POST", f"{BATCH}/jobs", _JOB, "application/json"),
            ("PATCH", f"{APPS}/deployments/web", _IMAGE, _MERGE),
            ("PATCH", f"{APPS}/deployments/web/scale", {"spec": {"replicas": 1}}, _MERGE),
            ("PATCH", "/api/v1/nodes/node-00001", {"spec": {"unschedulable": True}}, _MERGE),
            ("DELETE", f"{APPS}/deployments/web", None, "application/json"),
            ("DELETE", f"{DEFAULT}/pods?labelSelector=app%3Dweb", None, "application/json"),
        ]
    ),
    st.sampled_from(_READ).map(lambda name: ("GET", f"{DEFAULT}/{name}", None, "application/json")),
)
_seconds = st.floats(0, 12).map(lambda seconds: round(seconds, 2))
_churn = st.sampled_from([None, Churn(rate=20), Churn(burst=10, every=0.5)])


@settings(max_examples=examples(5))
@given(st.lists(st.tuples(_seconds, _requests), min_size=1, max_size=8), _churn)
def test_the_same_requests_at_the_same_ticks_are_answered_alike(
    course: list[tuple[float, tuple[str, str, Any, str]]], churn: Churn | None
) -> None:
    cluster, log = Harness(), list[Sent]()
    cluster.app.life.churn(churn)
    for seconds, (method, path, content, kind) in course:
        cluster.wait(seconds)
        answer = cluster.send(method, path, content, content_type=kind).body
        log.append(Sent(cluster.store.clock.tick, method, path, content, kind, answer))
    again = Harness()
    again.app.life.churn(churn)
    for sent in log:
        again.store.clock.advance_to(sent.tick)
        assert again.send(sent.method, sent.path, sent.content, content_type=sent.kind).body == sent.answer
    assert again.get("/api/v1/pods").body == cluster.get("/api/v1/pods").body


@settings(max_examples=examples(2))
@given(st.lists(st.tuples(_seconds, _requests), min_size=1, max_size=5))
def test_after_a_reset_a_server_is_as_new(course: list[tuple[float, tuple[str, str, Any, str]]]) -> None:
    cluster = Harness()
    cluster.app.life.churn(Churn(rate=20))
    answers = []
    for _ in range(2):
        cluster.store.reset()
        cluster.app.life.reset()
        given_ = []
        for seconds, (method, path, content, kind) in course:
            cluster.wait(seconds)
            given_.append(cluster.send(method, path, content, content_type=kind).body)
        answers.append([*given_, cluster.get("/api/v1/pods").body, cluster.get("/api/v1/events").body])
    assert answers[0] == answers[1]
