"""A shape fitted to a cluster."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perfkit.mock.generator.population import populate
from perfkit.mock.generator.shape import Group, Shape, load
from perfkit.storage.fitted import Census, shape_text


def fitted(shape: Shape, folder: Path) -> Shape:
    collections = populate(shape, 1).collections
    census = Census()
    for body in collections["pods"].bodies(0, len(collections["pods"])):
        census.add(json.loads(body))
    census.nodes = len(collections["nodes"])
    path = folder / "fitted.toml"
    path.write_text(shape_text(census))
    return load(path)


@pytest.mark.parametrize(
    "shape",
    [
        Shape(pods=600, namespaces=8, giant=0.4, pods_per_node=20),
        Shape(pods=300, namespaces=1, pods_per_node=30, variables=100),
        Shape(pods=400, namespaces=5, groups=(Group(200, 0.5), Group(40, 0.5))),
    ],
)
def test_a_shape_is_found_again(shape: Shape, tmp_path: Path) -> None:
    found = fitted(shape, tmp_path)
    assert found.pods == shape.pods
    assert found.pods_per_node == pytest.approx(shape.pods_per_node, abs=1)
    assert found.namespaces <= shape.namespaces
    assert found.variables == pytest.approx(shape.variables, abs=3)
    largest = max(group.replicas for group in shape.groups if group.replicas <= shape.pods * group.share)
    assert max(group.replicas for group in found.groups) == pytest.approx(largest, rel=0.1)
    assert sum(group.share for group in found.groups) == pytest.approx(1, abs=0.01)


def test_an_empty_cluster_has_a_shape_too(tmp_path: Path) -> None:
    assert fitted(Shape(pods=0), tmp_path).pods == 0
