"""What the gateway lets through: reads, questions about oneself, and nothing that has a second meaning."""

import pytest

from perfkit.clusters.gateway.policy import Asked, judge, passed
from perfkit.mock.wire.request_info import PathError, locate

PODS = "/api/v1/namespaces/default/pods"


def refusal(method: str, target: str, headers: dict[str, str] | None = None, *, writes: bool = False) -> str:
    path, _, query = target.partition("?")
    return judge(Asked(method=method, path=path, query=query, headers=headers or {}), writes=writes).refusal


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/version",
        "/version/",
        "/healthz",
        "/openapi/v3/apis/apps/v1?hash=ABC",
        "/api",
        "/apis/apps/v1",
        "/api/v1/pods?watch=true&sendInitialEvents=true",
        f"{PODS}?limit=500&continue=eyJ2",
        f"{PODS}/web-1",
        f"{PODS}/web-1/log?follow=true",
        f"{PODS}/web-1/status",
        "/apis/apps/v1/namespaces/default/deployments/web/scale",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode",
        "/api/v1/watch/namespaces/default/pods",
        "/apis/metrics.k8s.io/v1beta1/nodes",
        "/api/v1/namespaces/proxy/pods",  # a namespace may be called so
    ],
)
def test_what_reads_passes(target: str) -> None:
    assert not refusal("GET", target)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "get", "BREW", ""])
@pytest.mark.parametrize("target", ["/", PODS, f"{PODS}/web-1", f"{PODS}/web-1/log", "/version"])
def test_no_other_method_passes(method: str, target: str) -> None:
    assert refusal(method, target)


@pytest.mark.parametrize(
    "part",
    ["eviction", "binding", "exec", "attach", "portforward", "proxy", "proxy/x", "token", "log/x", "EXEC", "vnc"],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_nothing_reaches_into_what_runs(method: str, part: str) -> None:
    assert refusal(method, f"{PODS}/web-1/{part}")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nodes/node-1/proxy/exec/default/web/main",
        "/api/v1/nodes/node-1/proxy",
        "/api/v1/namespaces/default/services/web:80/proxy/admin",
        "/api/v1/proxy/namespaces/default/pods/web-1",
        "/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachineinstances/vm/console",
    ],
)
def test_no_proxy_passes_in_any_of_its_spellings(path: str) -> None:
    assert refusal("GET", path)


@pytest.mark.parametrize(
    "path",
    [
        f"//{PODS}",
        "/api//v1/pods",
        "/api/v1/pods//",
        "/api/v1/./pods",
        "/version/../api/v1/namespaces/default/pods/web-1/exec",
        "/api/v1/%2e%2e/pods",
        "/api/v1/namespaces/default/pods/web-1%2Fexec",
        "/api/v1/namespaces/default/pods/web-1%252Fexec",
        "/api/v1/namespaces/default/pods/web-1\\exec",
        "/api/v1/namespaces/default/pods/web-1;exec",
        "/api/v1/namespaces/default/pods/web 1",
        "/api/v1/namespaces/default/pods/web%0d%0aX: y",
        "/api/v1/namespaces/default/pods/web%00",
        "/api/v1/namespaces/default/pods/%ff",
        "https://elsewhere/api/v1/pods",
        "",
        "api/v1/pods",
    ],
)
def test_a_path_with_two_meanings_is_refused_even_where_writes_are_allowed(path: str) -> None:
    assert refusal("GET", path, writes=True)


def test_a_path_goes_on_as_it_was_judged() -> None:
    assert locate("GET", "/api/v1/%70ods/", "").path == "/api/v1/pods"
    assert locate("GET", "/openapi/v3/", "").path == "/openapi/v3/"
    with pytest.raises(PathError):
        locate("GET", "/a/..", "")


def test_encoded_letters_of_a_subresource_do_not_hide_it() -> None:
    assert refusal("GET", f"{PODS}/web-1/%65xec")


SELF = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def test_questions_about_oneself_pass_and_about_others_do_not() -> None:
    assert not refusal("POST", SELF)
    assert not refusal("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews")
    assert not refusal("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews")
    assert refusal("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews")
    assert refusal("POST", "/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews")
    assert refusal("POST", "/apis/authentication.k8s.io/v1/tokenreviews")


@pytest.mark.parametrize("path", [f"{SELF}/x", f"{SELF}/x/status", SELF.replace(".k8s.io", ".example.com")])
def test_what_only_looks_like_such_a_question_does_not_pass(path: str) -> None:
    assert refusal("POST", path)
    assert refusal("PUT", SELF)


@pytest.mark.parametrize("name", ["x-http-method-override", "x-http-method", "x-method-override", "x-remote-user"])
def test_a_disguise_is_refused_even_where_writes_are_allowed(name: str) -> None:
    assert refusal("GET", PODS, {name: "DELETE"}, writes=True)


def test_another_users_name_and_another_protocol_are_refused_unless_writes_are_allowed() -> None:
    assert refusal("GET", PODS, {"impersonate-user": "admin"})
    assert not refusal("GET", PODS, {"impersonate-user": "admin"}, writes=True)
    for headers in ({"connection": "keep-alive, Upgrade"}, {"upgrade": "websocket"}, {"upgrade": ""}):
        assert refusal("GET", f"{PODS}?watch=1", headers)


def test_with_writes_allowed_everything_with_one_meaning_passes() -> None:
    for method, path in (("DELETE", f"{PODS}/web-1"), ("POST", f"{PODS}/web-1/exec"), ("GET", f"{PODS}/web-1/proxy/")):
        assert not refusal(method, path, writes=True)


def test_headers_that_say_who_asks_or_how_it_is_sent_stay_here() -> None:
    brought = {"accept": "a", "authorization": "b", "cookie": "c", "te": "d", "impersonate-user": "e", "host": "f"}
    assert passed(brought, writes=False) == {"accept": "a"}
    assert passed(brought, writes=True) == {"accept": "a", "impersonate-user": "e"}


@pytest.mark.parametrize(
    ("method", "target", "what"),
    [
        ("GET", "/api/v1/pods", ("list", "pods", "", "", "")),
        ("GET", "/api/v1/pods?watch=1", ("watch", "pods", "", "", "")),
        ("GET", "/api/v1/pods?watch=false", ("list", "pods", "", "", "")),
        ("GET", f"{PODS}/web-1/log", ("get", "pods", "log", "default", "web-1")),
        ("GET", "/api/v1/namespaces/default", ("get", "namespaces", "", "default", "default")),
        ("GET", "/api/v1/namespaces", ("list", "namespaces", "", "", "")),
        ("PUT", "/api/v1/namespaces/a/finalize", ("update", "namespaces", "finalize", "a", "a")),
        ("DELETE", "/apis/apps/v1/namespaces/a/deployments", ("deletecollection", "deployments.apps", "", "a", "")),
        ("GET", "/version", ("", "", "", "", "")),
    ],
)
def test_the_record_names_requests_as_the_api_server_does(method: str, target: str, what: tuple[str, ...]) -> None:
    path, _, query = target.partition("?")
    place = locate(method, path, query)
    assert (place.verb, place.qualified, place.subresource, place.namespace, place.name) == what
