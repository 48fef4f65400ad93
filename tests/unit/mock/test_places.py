"""Paths of the resource API."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.mock.resources.registry import Catalog
from perfkit.mock.wire.places import Place
from perfkit.mock.wire.places import locate as locate_in


def locate(path: str) -> Place | None:
    return locate_in(path, Catalog())


@pytest.mark.parametrize(
    ("path", "name", "key", "prefix"),
    [
        ("/api/v1/pods", "pods", "/", ""),
        ("/api/v1/namespaces/a/pods", "pods", "a/", "a/"),
        ("/api/v1/namespaces/a/pods/b", "pods", "a/b", "a/"),
        ("/api/v1/nodes", "nodes", "", ""),
        ("/api/v1/nodes/b", "nodes", "b", ""),
        ("/api/v1/namespaces", "namespaces", "", ""),
        ("/api/v1/namespaces/b", "namespaces", "b", ""),
        ("/api/v1/namespaces/pods", "namespaces", "pods", ""),
    ],
)
def test_a_path_names_a_resource_and_what_of_it(path: str, name: str, key: str, prefix: str) -> None:
    place = locate(path)
    assert place is not None
    assert (place.resource.name, place.key, place.prefix) == (name, key, prefix)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v1/pods/",
        "/api/v1//pods",
        "/api/v2/pods",
        "/api/v1/pods/b",
        "/api/v1/namespaces/a/nodes",
        "/api/v1/namespaces/a/pods/",
        "/api/v1/namespaces//pods",
        "/api/v1/deployments",
        "/apis/apps/v1/pods",
        "/apis//v1/pods",
        "/API/v1/pods",
        "api/v1/pods",
    ],
)
def test_other_paths_name_nothing(path: str) -> None:
    assert locate(path) is None


@given(st.lists(st.sampled_from(["api", "apis", "v1", "namespaces", "pods", "nodes", "..", ".", "", "a"]), max_size=8))
def test_no_path_leaves_its_namespace(steps: list[str]) -> None:
    place = locate("/" + "/".join(steps))
    if place is not None and place.namespace:
        assert place.key.startswith(f"{place.namespace}/")
