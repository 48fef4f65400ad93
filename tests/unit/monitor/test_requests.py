from __future__ import annotations

import pytest

from perfkit.monitor.hooks.requests import about


@pytest.mark.parametrize(
    ("method", "url", "told"),
    [
        ("GET", "/api/v1/pods?limit=500", ("list", "pods")),
        ("GET", "/api/v1/namespaces/shop/pods", ("list", "pods")),
        ("GET", "https://c:6443/api/v1/namespaces/shop/pods/web-1", ("get", "pods")),
        ("GET", "/api/v1/namespaces/shop/pods/web-1/log?follow=true", ("get", "pods/log")),
        ("GET", "/api/v1/pods?watch=true&resourceVersion=5", ("watch", "pods")),
        ("GET", "/api/v1/pods?resourceVersion=5&watch=1", ("watch", "pods")),
        ("GET", "/api/v1/pods?watch=false", ("list", "pods")),
        ("GET", "/api/v1/watch/namespaces/shop/pods", ("watch", "pods")),
        ("GET", "/api/v1/namespaces", ("list", "namespaces")),
        ("GET", "/api/v1/namespaces/shop", ("get", "namespaces")),
        ("PUT", "/api/v1/namespaces/shop/finalize", ("update", "namespaces/finalize")),
        ("POST", "/api/v1/namespaces/shop/pods/web-1/eviction", ("create", "pods/eviction")),
        ("PATCH", "/apis/apps/v1/namespaces/shop/deployments/web/scale", ("patch", "deployments/scale")),
        ("DELETE", "/apis/apps/v1/namespaces/shop/deployments/web", ("delete", "deployments")),
        ("DELETE", "/apis/apps/v1/namespaces/shop/deployments", ("deletecollection", "deployments")),
        ("GET", "/apis/example.com/v1/widgets/w1", ("get", "widgets")),
        ("GET", "https://rancher/k8s/clusters/c-1/api/v1/nodes", ("list", "nodes")),
        ("GET", "/api/v1/nodes/n1/proxy/metrics/cadvisor", ("get", "nodes/proxy")),
        ("GET", "https://c/api", ("get", "nonresource")),
        ("GET", "https://c/apis/apps/v1", ("get", "nonresource")),
        ("GET", "https://c/openapi/v3", ("get", "nonresource")),
        ("GET", "/version", ("get", "nonresource")),
        ("POST", "https://hooks.example.com/notify?token=x", ("post", "hooks.example.com")),
    ],
)
def test_a_request_is_named_as_rbac_names_it(method: str, url: str, told: tuple[str, str]) -> None:
    assert about(method, url) == told
