"""Methods and verbs that are not served, and faults of our own."""

from __future__ import annotations

import asyncio

import pytest

from support.asgi import Harness, Response


def ask(method: str, path: str, cluster: Harness | None = None) -> Response:
    return asyncio.run((cluster or Harness()).ask(method, path, {"accept": "application/json"}))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", ["/api/v1/pods", "/api", "/version", "/apis/metrics.k8s.io/v1/nodes/node-00000"])
def test_methods_that_a_place_does_not_serve_are_not_allowed(method: str, path: str) -> None:
    response = ask(method, path)
    status = response.json()
    assert (response.status, status["reason"], status["details"]) == (405, "MethodNotAllowed", {})
    assert status["message"] == "the server does not allow this method on the requested resource"


def test_an_unknown_subresource_is_not_found() -> None:
    response = ask("GET", "/api/v1/namespaces/default/pods/x/color")
    assert (response.status, response.json()["message"]) == (404, "the server could not find the requested resource")


def test_a_fault_of_ours_is_an_internal_error_and_the_server_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = Harness()
    with monkeypatch.context() as patch:
        patch.setattr(cluster.store, "shelf", lambda _: 1 / 0)
        response = ask("GET", "/api/v1/pods", cluster)
    assert (response.status, response.json()["reason"]) == (500, "InternalError")
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert ask("GET", "/api/v1/pods", cluster).status == 200
