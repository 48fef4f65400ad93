"""Logs, scale, binding, tokens, exec; reviews and what is denied; metrics."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

from perfkit.errors import ScenarioError
from perfkit.model.denial import parse_denial
from support.asgi import Harness
from support.manifests import SPECS

PODS = "/api/v1/namespaces/default/pods"
AUTHORIZATION = "/apis/authorization.k8s.io/v1"


@pytest.fixture(scope="module")
def cluster() -> Harness:
    return Harness()


@pytest.fixture(scope="module")
def pod(cluster: Harness) -> str:
    return f"{PODS}/{cluster.list(PODS)['items'][0]['metadata']['name']}"


def log(cluster: Harness, pod: str, query: str = "") -> list[str]:
    response = cluster.get(f"{pod}/log?container=main{query}")
    assert response.status == 200, response.body
    return response.body.decode().splitlines()


def test_a_log_is_the_same_each_time_and_ends_now(cluster: Harness, pod: str) -> None:
    lines = log(cluster, pod)
    assert lines == log(cluster, pod)
    assert lines == sorted(lines)
    assert "2026-01-15T09:29:50Z" < lines[-1][:20] <= "2026-01-15T09:30:00Z"


def test_the_tail_and_the_time_choose_lines(cluster: Harness, pod: str) -> None:
    lines = log(cluster, pod)
    assert log(cluster, pod, "&tailLines=3") == lines[-3:]
    assert log(cluster, pod, "&tailLines=0") == []
    recent = [line for line in lines if line[:20] >= "2026-01-15T09:29:00Z"]
    assert log(cluster, pod, "&sinceSeconds=60") == recent
    assert log(cluster, pod, "&sinceTime=2026-01-15T09:29:00Z") == recent
    stamped = log(cluster, pod, "&tailLines=1&timestamps=true")[0]
    assert stamped == f"{lines[-1][:20]} {lines[-1]}"
    assert len(cluster.get(f"{pod}/log?container=main&limitBytes=10").body) == 10


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "a container name must be specified"),
        ("?container=nope", "container nope is not valid for pod"),
        ("?container=main&previous=true", "previous terminated container"),
        ("?container=main&tailLines=x", "invalid syntax"),
        ("?container=main&sinceSeconds=0", "must be greater than 0"),
        ("?container=main&sinceSeconds=1&sinceTime=2026-01-15T09:29:00Z", "at most one of"),
        ("?container=main&sinceTime=yesterday", "sinceTime"),
    ],
)
def test_a_log_that_cannot_be_is_refused(cluster: Harness, pod: str, query: str, words: str) -> None:
    response = cluster.get(f"{pod}/log{query}")
    assert response.status == 400
    assert words in response.json()["message"]


def test_a_pod_that_does_not_run_has_no_log() -> None:
    cluster = Harness()
    cluster.post(PODS, {"metadata": {"name": "p"}, **SPECS["pods"]})
    assert "is waiting to start" in cluster.get(f"{PODS}/p/log").json()["message"]
    assert cluster.get(f"{PODS}/nope/log").status == 404


def test_the_log_of_a_container_that_has_ended_stays_as_it_is_and_who_follows_it_is_left() -> None:
    cluster = Harness()
    cluster.post(PODS, _pod("p", "complete", restartPolicy="Never"))
    cluster.wait(30)
    lines = log(cluster, f"{PODS}/p")
    cluster.wait(60)
    followed = cluster.get(f"{PODS}/p/log?follow=true")
    assert followed.whole
    assert followed.body.decode().splitlines() == lines != []


def test_a_container_that_crashed_has_the_log_of_its_last_run_and_of_the_one_before() -> None:
    cluster = Harness()
    cluster.post(PODS, _pod("p", "crash", restartPolicy="Always"))
    cluster.wait(25)
    (status,) = cluster.get(f"{PODS}/p").json()["status"]["containerStatuses"]
    assert status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert log(cluster, f"{PODS}/p") == log(cluster, f"{PODS}/p", "&previous=true") != []


def _pod(name: str, fate: str, **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "annotations": {"perfkit.dev/fate": fate}}
    return {"metadata": metadata, "spec": {"containers": [{"name": "main", "image": "i"}], **spec}}


def test_a_binding_gives_a_pod_its_node_once() -> None:
    cluster = Harness()
    cluster.post(PODS, {"metadata": {"name": "p"}, **SPECS["pods"]})
    binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "p"}, "target": {"name": "node-00000"}}
    assert cluster.post(f"{PODS}/p/binding", {**binding, "target": {}}).status == 422
    assert cluster.post(f"{PODS}/p/binding", binding).status == 201
    assert cluster.get(f"{PODS}/p").json()["spec"]["nodeName"] == "node-00000"
    assert cluster.post(f"{PODS}/p/binding", binding).status == 409


def test_a_scale_is_read_and_written(cluster: Harness) -> None:
    deployments = "/apis/apps/v1/namespaces/default/deployments"
    cluster.post(deployments, {"metadata": {"name": "web"}, **SPECS["deployments.apps"]})
    scale = cluster.get(f"{deployments}/web/scale").json()
    assert (scale["kind"], scale["spec"], scale["status"]["selector"]) == ("Scale", {"replicas": 1}, "app=x")
    assert cluster.put(f"{deployments}/web/scale", {**scale, "spec": {"replicas": 6}}).json()["spec"]["replicas"] == 6
    assert cluster.get(f"{deployments}/web").json()["spec"]["replicas"] == 6
    assert cluster.put(f"{deployments}/web/scale", scale).status == 409
    assert cluster.patch(f"{deployments}/web/scale", {"spec": {"replicas": -1}}).status == 422
    assert cluster.patch(f"{deployments}/web/scale", {"spec": {"replicas": "many"}}).status == 400


def test_a_token_names_its_account_and_expires(cluster: Harness) -> None:
    place = "/api/v1/namespaces/default/serviceaccounts/default/token"
    status = cluster.post(place, {"spec": {"expirationSeconds": 600}}).json()["status"]
    claims = status["token"].split(".")[1]
    decoded = msgspec.json.decode(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert decoded["sub"] == "system:serviceaccount:default:default"
    assert status["expirationTimestamp"] == "2026-01-15T09:40:00Z"


@pytest.mark.parametrize("part", ["exec", "attach", "portforward"])
def test_what_needs_a_container_says_that_there_is_none(cluster: Harness, pod: str, part: str) -> None:
    status = cluster.post(f"{pod}/{part}", None).json()
    assert status["code"] == 400
    assert "simulated" in status["message"]


def review(cluster: Harness, verb: str, resource: str, namespace: str = "") -> Any:
    attributes = {"verb": verb, "resource": resource, "namespace": namespace}
    body = {"spec": {"resourceAttributes": attributes}}
    return cluster.post(f"{AUTHORIZATION}/selfsubjectaccessreviews", body).json()["status"]["allowed"]


def test_what_is_denied_is_forbidden_and_reviews_say_so() -> None:
    cluster = Harness(deny=("delete,create configmaps in default", "list secrets"))
    assert review(cluster, "delete", "configmaps", "default") is False
    assert review(cluster, "delete", "configmaps", "other") is True
    assert review(cluster, "list", "secrets") is False
    status = cluster.get("/api/v1/secrets").json()
    assert (status["code"], status["reason"]) == (403, "Forbidden")
    assert status["message"] == (
        'secrets is forbidden: User "perfkit" cannot list resource "secrets" in API group "" at the cluster scope'
    )
    assert cluster.post("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "a"}}).status == 403
    rules = cluster.post(f"{AUTHORIZATION}/selfsubjectrulesreviews", {"spec": {"namespace": "default"}}).json()
    verbs = {rule["resources"][0]: rule["verbs"] for rule in rules["status"]["resourceRules"]}
    assert "delete" not in verbs["configmaps"]
    assert "get" in verbs["configmaps"]


@pytest.mark.parametrize("text", ["", "delete", "delete pods at home", "delete pods in a b"])
def test_a_rule_that_cannot_be_read_is_told(text: str) -> None:
    with pytest.raises(ScenarioError, match="cannot read the rule"):
        parse_denial(text)


def test_a_token_review_knows_the_servers_token(cluster: Harness) -> None:
    place = "/apis/authentication.k8s.io/v1/tokenreviews"
    assert cluster.post(place, {"spec": {"token": "a-token-for-tests"}}).json()["status"]["authenticated"] is True
    assert "authenticated" not in cluster.post(place, {"spec": {"token": "x"}}).json()["status"]
    who = cluster.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}).json()
    assert who["status"]["userInfo"]["username"] == "perfkit"


def micro(quantity: str) -> int:
    return int(quantity.removesuffix("u"))


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_a_node_uses_what_its_pods_use_and_the_system(version: str) -> None:
    cluster = Harness()
    root = f"/apis/metrics.k8s.io/{version}"
    used: dict[str, int] = {}
    where = {item["metadata"]["name"]: item["spec"]["nodeName"] for item in cluster.list("/api/v1/pods")["items"]}
    for item in cluster.list(f"{root}/pods")["items"]:
        node = where[item["metadata"]["name"]]
        used[node] = used.get(node, 0) + sum(micro(container["usage"]["cpu"]) for container in item["containers"])
    nodes = {item["metadata"]["name"]: micro(item["usage"]["cpu"]) for item in cluster.list(f"{root}/nodes")["items"]}
    assert set(nodes) == set(used)
    for node, cpu in nodes.items():
        assert 0 <= cpu - used[node] - 180_000 < 100  # containers share what the pod uses; the rest is lost


def test_only_running_pods_have_metrics() -> None:
    cluster = Harness()
    cluster.post(PODS, {"metadata": {"name": "waiting"}, **SPECS["pods"]})
    root = "/apis/metrics.k8s.io/v1/namespaces/default/pods"
    assert cluster.get(f"{root}/waiting").status == 404
    assert "waiting" not in [item["metadata"]["name"] for item in cluster.list(root)["items"]]
