"""What shape and seed make: keys, places, sizes, entropy; the same on every machine."""

from __future__ import annotations

import zlib
from collections import Counter
from hashlib import sha256
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfkit.mock.generator.population import Population, populate
from perfkit.mock.generator.shape import Group, Shape
from perfkit.mock.generator.workloads import plan
from perfkit.mock.resources.registry import RESOURCES
from support.examples import examples

SHAPES = st.builds(
    Shape,
    pods=st.integers(0, 400),
    pods_per_node=st.integers(1, 60),
    namespaces=st.integers(1, 50),
    giant=st.floats(0, 1),
    groups=st.lists(st.builds(Group, st.integers(1, 60), st.floats(0.1, 1)), min_size=1, max_size=3).map(tuple),
)

Objects = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def small() -> Population:
    return populate(Shape(pods=1000), 1)


@pytest.fixture(scope="module")
def objects(small: Population) -> Objects:
    """All objects of the small one, decoded once: who needs them only reads."""
    return {
        name: [msgspec.json.decode(body) for body in collection.bodies(0, len(collection))]
        for name, collection in small.collections.items()
    }


@given(shape=SHAPES, seed=st.integers(0, 2**40))
@settings(max_examples=examples(10))
def test_any_plan_adds_up(shape: Shape, seed: int) -> None:
    planned = plan(shape, seed)
    assert planned.offsets[-1] == shape.pods == sum(workload.replicas for workload in planned.workloads)
    assert {workload.namespace for workload in planned.workloads} <= set(planned.namespaces)
    assert planned.nodes * shape.pods_per_node >= shape.pods
    prefixes = [workload.prefix for workload in planned.workloads]
    assert all(not b.startswith(a) for a, b in pairwise(prefixes))


@given(shape=SHAPES, seed=st.integers(0, 99))
@settings(max_examples=examples(8))
def test_keys_are_sorted_and_found_again(shape: Shape, seed: int) -> None:
    for collection in populate(shape, seed).collections.values():
        keys = [collection.key(position) for position in range(len(collection))]
        assert keys == sorted(set(keys))
        for position, key in enumerate(keys):
            assert collection.bisect(key) == position
            assert collection.bisect(key + "\0") == position + 1
        assert collection.bisect("") == 0
        assert collection.bisect("~") == len(keys)


STORED = [resource for resource in RESOURCES if resource.qualified in populate(Shape(pods=10), 1).collections]


@pytest.mark.parametrize("resource", STORED, ids=lambda resource: resource.name)
def test_facts_are_those_of_the_rendered_object(small: Population, objects: Objects, resource: Any) -> None:
    collection = small.collections[resource.qualified]
    for position, obj in enumerate(objects[resource.qualified]):
        facts = collection.facts(position)
        assert dict(facts.labels) == obj["metadata"].get("labels", {})
        assert facts == resource.facts(obj)
        metadata = obj["metadata"]
        assert collection.key(position) == "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))


def test_a_part_is_rendered_as_within_the_whole(small: Population) -> None:
    pods = small.collections["pods"]
    whole = list(pods.bodies(0, len(pods)))
    assert list(pods.bodies(333, 671)) == whole[333:671]
    assert list(pods.bodies(5, 5)) == []


def test_the_same_seed_gives_the_same_bytes_for_ever(small: Population) -> None:
    def digest(population: Population) -> str:
        found = sha256()
        for collection in population.collections.values():
            for body in collection.bodies(0, len(collection)):
                found.update(body)
        return found.hexdigest()

    assert digest(populate(Shape(pods=1000), 1)) == digest(small)
    assert digest(populate(Shape(pods=1000), 2)) != digest(small)


def test_what_must_be_unique_is(small: Population, objects: Objects) -> None:
    everything = [obj for name, found in objects.items() if name != "componentstatuses" for obj in found]
    assert max(Counter(obj["metadata"]["uid"] for obj in everything).values()) == 1
    versions = [int(obj["metadata"]["resourceVersion"]) for obj in everything]
    assert len(set(versions)) == len(versions)
    assert max(versions) < small.version
    pods = objects["pods"]
    assert len({pod["status"]["podIP"] for pod in pods}) == len(pods)
    ids = [status["containerID"] for pod in pods for status in pod["status"]["containerStatuses"]]
    assert len(set(ids)) == 2 * len(pods)


def test_pods_lie_where_there_are_nodes_and_namespaces(objects: Objects) -> None:
    nodes = {node["metadata"]["name"]: node for node in objects["nodes"]}
    spaces = {space["metadata"]["name"] for space in objects["namespaces"]}
    assert {"default", "kube-system", "kube-public", "kube-node-lease"} <= spaces
    pods = objects["pods"]
    for pod in pods:
        node = nodes[pod["spec"]["nodeName"]]
        assert pod["metadata"]["namespace"] in spaces
        assert pod["status"]["hostIP"] == node["status"]["addresses"][0]["address"]
        network = node["spec"]["podCIDR"].rpartition(".")[0]
        assert pod["status"]["podIP"].rpartition(".")[0] == network
    assert max(Counter(pod["spec"]["nodeName"] for pod in pods).values()) <= 30
    assert len(nodes) == 34


def test_workloads_follow_the_load_test(objects: Objects) -> None:
    sizes = Counter(pod["metadata"]["ownerReferences"][0]["uid"] for pod in objects["pods"])
    assert Counter(sizes.values()) == {250: 1, 30: 8, 5: 102}


def test_one_namespace_is_a_giant() -> None:
    spaces: Counter[str] = Counter()
    for workload in plan(Shape(pods=10_000, namespaces=40), 1).workloads:
        spaces[workload.namespace] += workload.replicas
    (_, giant), *others = spaces.most_common()
    assert 0.1 < giant / 10_000 < 0.6
    assert len(others) > 20


def test_a_pod_is_like_the_api_servers_own_benchmark_pod(small: Population) -> None:
    bodies = list(small.collections["pods"].bodies(0, 1000))
    assert 14_000 < sum(map(len, bodies)) / 1000 < 15_500
    pod = msgspec.json.decode(bodies[0])
    managed = len(msgspec.json.encode(pod["metadata"]["managedFields"]))
    assert 0.33 < managed / len(bodies[0]) < 0.39
    spec, metadata = pod["spec"], pod["metadata"]
    assert (len(spec["containers"]), len(spec["initContainers"]), len(spec["volumes"])) == (2, 2, 3)
    assert (len(metadata["labels"]), len(metadata["annotations"]), len(pod["status"]["conditions"])) == (11, 10, 5)
    assert sum(len(container["env"]) for container in spec["containers"]) == 20


def test_a_list_compresses_as_a_real_one_does(small: Population) -> None:
    whole = b"".join(small.collections["pods"].bodies(0, 1000))
    assert 8 < len(whole) / len(zlib.compress(whole, 1)) < 14


def test_everything_is_older_than_the_epoch_and_times_are_in_order(objects: Objects) -> None:
    epoch = "2026-01-15T09:30:00Z"
    for pod in objects["pods"]:
        times = [pod["metadata"]["creationTimestamp"], pod["status"]["startTime"]]
        for status in pod["status"]["initContainerStatuses"]:
            times += [status["state"]["terminated"]["startedAt"], status["state"]["terminated"]["finishedAt"]]
        times += [status["state"]["running"]["startedAt"] for status in pod["status"]["containerStatuses"]]
        assert times == sorted(times)
        assert times[-1] < epoch
