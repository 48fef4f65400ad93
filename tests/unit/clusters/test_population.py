"""Objects of a shape as a real cluster takes them: nothing real lands there, and nothing is anybody else's."""

import json
from typing import Any

import msgspec

from perfkit.clusters.population import kwok, manifests
from perfkit.clusters.population.manifests import OWNER, Sent
from perfkit.mock.generator.population import Population, populate
from perfkit.mock.generator.shape import load
from perfkit.storage.names import find_shape


def population() -> Population:
    return populate(load(find_shape("small"), 60), 1)


def objects(name: str) -> list[dict[str, Any]]:
    collection = population().collections[name]
    return [json.loads(body) for body in collection.bodies(0, len(collection))]


def pods() -> list[Sent]:
    return [manifests.pod(obj, "me") for obj in objects("pods")]


def test_all_that_is_made_bears_the_owners_label() -> None:
    made = [*pods(), *(manifests.node(obj, "me") for obj in objects("nodes"))]
    made += [manifests.namespace("a", "me"), manifests.lease("node-1", "me")]
    made += [manifests.held_lease("node-1", "me", "now")]
    assert {each.body["metadata"]["labels"][OWNER] for each in made} == {"me"}


def test_a_node_keeps_real_pods_away_by_taints_and_by_its_operating_system() -> None:
    for each in (manifests.node(obj, "me") for obj in objects("nodes")):
        assert {taint["effect"] for taint in each.body["spec"]["taints"]} == {"NoSchedule", "NoExecute"}
        assert each.body["metadata"]["labels"]["kubernetes.io/os"] != "linux"
        assert "providerID" not in each.body["spec"]  # a cloud's controller would look for the machine
        assert each.status is not None
        assert {"type": "Ready", "status": "True"}.items() <= each.status["conditions"][-1].items()


def test_kwok_is_told_which_nodes_are_its_own() -> None:
    (first, *_) = objects("nodes")
    assert manifests.node(first, "me").body["metadata"]["annotations"][manifests.KWOK] == "fake"


def test_a_lease_is_made_for_whoever_takes_it() -> None:
    assert "spec" not in manifests.lease("node-1", "me").body
    assert manifests.held_lease("node-1", "me", "now").body["spec"]["holderIdentity"] == "node-1"


def test_beside_kwok_nothing_is_written_that_only_it_knows() -> None:
    sent = pods()[0]
    mine = kwok.status_beside(sent)
    assert sent.status is not None
    assert sent.status.keys() - mine.keys() == {"podIP", "podIPs", "hostIP", "hostIPs", "startTime"}
    (first, *_) = objects("nodes")
    assert {"addresses", "daemonEndpoints"}.isdisjoint(kwok.status_beside(manifests.node(first, "me")))


def test_beside_kwok_nothing_is_written_that_it_would_put_right() -> None:
    pending = msgspec.structs.replace(pods()[0], status={"phase": "Pending"})
    assert kwok.status_beside(pending) == {}
    lost = manifests.node(objects("nodes")[0], "me")
    ready = [{"type": "Ready", "status": "Unknown"}]
    assert kwok.status_beside(msgspec.structs.replace(lost, status={"conditions": ready, "images": []})) == {
        "images": []
    }


def test_a_pod_is_well_that_kwok_has_just_so() -> None:
    sent = pods()[0]
    assert kwok.is_well(sent)
    restarted = {"ready": True, "restartCount": 1}
    for status in ({"phase": "Failed"}, {"phase": "Running", "containerStatuses": [restarted]}):
        assert not kwok.is_well(msgspec.structs.replace(sent, status=status))


def test_a_pod_is_on_a_fake_node_from_the_start_tolerates_it_and_has_no_owner_to_miss() -> None:
    nodes = {obj["metadata"]["name"] for obj in objects("nodes")}
    for each in pods():
        assert each.body["spec"]["nodeName"] in nodes
        assert each.body["spec"]["tolerations"] == [{"operator": "Exists"}]
        assert each.body["spec"]["automountServiceAccountToken"] is False
        assert not {"ownerReferences", "uid", "resourceVersion", "managedFields"} & each.body["metadata"].keys()
        assert "status" not in each.body
        assert each.path == f"{each.collection}/{each.body['metadata']['name']}"


def test_names_follow_from_the_seed_and_namespaces_of_every_cluster_are_not_touched() -> None:
    assert [each.path for each in pods()] == [each.path for each in pods()]
    assert {manifests.real_namespace(name) for name in ("default", "kube-system", "team")} == {
        "perfkit-default",
        "perfkit-kube-system",
        "team",
    }
    spaces = {each.body["metadata"]["namespace"] for each in pods()}
    assert spaces == {manifests.real_namespace(obj["metadata"]["namespace"]) for obj in objects("pods")}
    assert "default" not in spaces


def test_an_event_is_about_the_object_of_that_name_there() -> None:
    (first, *_) = objects("events")
    sent = manifests.event(first, "me")
    about = sent.body["involvedObject"]
    assert about["name"] == first["involvedObject"]["name"]
    assert "uid" not in about
    assert about.get("namespace", "") == sent.body["metadata"]["namespace"]
