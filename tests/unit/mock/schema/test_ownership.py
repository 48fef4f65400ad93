from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.mock.schema.fieldsets import decoded, fields_of
from perfkit.mock.schema.managed import MAX_UPDATERS
from perfkit.mock.schema.ownership import ApplyConflict, ApplyInvalid, Writer, apply, default_manager, track
from perfkit.mock.schema.types import custom
from support.objects import CRON_TAB, deployments, schema_of

DEPLOYMENT = schema_of("apps", "Deployment")
POD = schema_of("", "Pod")
EARLY, LATE = "2026-01-15T09:30:00Z", "2026-01-15T09:31:00Z"


def writer(manager: str = "one", time: str = EARLY, subresource: str = "") -> Writer:
    return Writer(manager, "apps/v1", time, subresource)


def identity(**more: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", **more}}


def deployment(**spec: Any) -> dict[str, Any]:
    return {**identity(), "spec": spec}


def pods(*containers: dict[str, Any]) -> dict[str, Any]:
    return {"template": {"spec": {"containers": list(containers)}}}


def entries(obj: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(entry["manager"], entry["operation"]): entry for entry in obj["metadata"].get("managedFields", [])}


def unmanaged(obj: dict[str, Any]) -> dict[str, Any]:
    return {**obj, "metadata": {name: value for name, value in obj["metadata"].items() if name != "managedFields"}}


def test_a_create_is_tracked_as_the_api_server_does() -> None:
    ports = [{"containerPort": 80, "protocol": "TCP"}]
    spec = {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "a", "image": "b", "ports": ports, "resources": {}}], "dnsPolicy": "X"},
        },
    }
    created = track(
        DEPLOYMENT, None, {**identity(labels={"app": "web"}, uid="1"), "spec": spec}, writer("kubectl-create")
    )
    container: dict[str, Any] = {
        ".": {},
        "f:image": {},
        "f:name": {},
        "f:ports": {
            ".": {},
            'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}, "f:protocol": {}},
        },
        "f:resources": {},
    }
    assert created["metadata"]["managedFields"] == [
        {
            "manager": "kubectl-create",
            "operation": "Update",
            "apiVersion": "apps/v1",
            "time": EARLY,
            "fieldsType": "FieldsV1",
            "fieldsV1": {
                "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                "f:spec": {
                    "f:replicas": {},
                    "f:selector": {},
                    "f:strategy": {"f:rollingUpdate": {".": {}, "f:maxSurge": {}}, "f:type": {}},
                    "f:template": {
                        "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                        "f:spec": {"f:containers": {'k:{"name":"a"}': container}, "f:dnsPolicy": {}},
                    },
                },
            },
        }
    ]


def test_an_update_owns_what_it_changed_and_nobody_else_does_any_longer() -> None:
    created = track(DEPLOYMENT, None, deployment(replicas=1, paused=True), writer("one"))
    updated = track(DEPLOYMENT, created, deployment(replicas=2, paused=True), writer("two", LATE))
    assert entries(updated)["one", "Update"]["fieldsV1"] == {"f:spec": {"f:paused": {}}}
    assert entries(updated)["two", "Update"]["fieldsV1"] == {"f:spec": {"f:replicas": {}}}
    assert entries(updated)["one", "Update"]["time"] == EARLY


def test_an_update_that_changes_nothing_changes_no_entry() -> None:
    created = track(DEPLOYMENT, None, deployment(replicas=1), writer("one"))
    assert track(DEPLOYMENT, created, created, writer("two", LATE)) == created


def test_what_is_gone_is_nobodys() -> None:
    created = track(DEPLOYMENT, None, deployment(replicas=1, paused=True), writer("one"))
    updated = track(DEPLOYMENT, created, deployment(replicas=1), writer("two", LATE))
    assert list(entries(updated)) == [("one", "Update")]
    assert entries(updated)["one", "Update"]["fieldsV1"] == {"f:spec": {"f:replicas": {}}}


def test_a_subresource_has_an_entry_of_its_own() -> None:
    created = track(DEPLOYMENT, None, deployment(replicas=1), writer("one"))
    status = {**deployment(replicas=1), "status": {"replicas": 1}}
    updated = track(DEPLOYMENT, created, status, writer("one", LATE, "status"))
    assert [entry.get("subresource") for entry in updated["metadata"]["managedFields"]] == [None, "status"]


@pytest.mark.parametrize("sent", [[{}], [{"manager": ""}]], ids=str)
def test_a_client_may_clear_the_entries(sent: list[Any]) -> None:
    created = track(DEPLOYMENT, None, deployment(replicas=1), writer())
    cleared = {**identity(managedFields=sent), "spec": {"replicas": 1}}
    assert "managedFields" not in track(DEPLOYMENT, created, cleared, writer("two"))["metadata"]


def test_a_client_may_rewrite_the_entries_as_kubectl_does_when_it_turns_to_server_side_apply() -> None:
    created = track(DEPLOYMENT, None, deployment(replicas=1), writer())
    entry = {**created["metadata"]["managedFields"][0], "manager": "kubectl", "operation": "Apply"}
    moved = {**identity(managedFields=[entry]), "spec": {"replicas": 1}}
    assert list(entries(track(DEPLOYMENT, created, moved, writer("two")))) == [("kubectl", "Apply")]


def test_the_entries_of_updates_are_capped() -> None:
    obj = track(POD, None, {"metadata": {"labels": {"at": "0"}}}, Writer("first", "v1", EARLY))
    for number in range(30):
        labels = {**obj["metadata"]["labels"], str(number): "x"}
        after = {"metadata": {**obj["metadata"], "labels": labels}}
        obj = track(POD, obj, after, Writer(f"m{number:02}", "v1", f"2026-01-15T10:00:{number:02}Z"))
    managers = [entry["manager"] for entry in obj["metadata"]["managedFields"]]
    assert len(managers) == MAX_UPDATERS
    assert "ancient-changes" in managers
    owned = frozenset().union(*(decoded(entry["fieldsV1"]) for entry in obj["metadata"]["managedFields"]))
    assert {("f:metadata", "f:labels", f"f:{number}") for number in range(30)} <= owned


@given(deployments())
def test_applying_creates(config: dict[str, Any]) -> None:
    untouched = copy.deepcopy(config)
    created = apply(DEPLOYMENT, None, config, writer(), force=False)
    assert unmanaged(created) == config
    assert config == untouched


@given(deployments())
def test_applying_twice_is_applying_once(config: dict[str, Any]) -> None:
    once = apply(DEPLOYMENT, None, config, writer(), force=False)
    assert apply(DEPLOYMENT, once, config, writer(time=LATE), force=False) == once


@given(deployments(), deployments())
def test_what_one_manager_applied_is_all_there_is(one: dict[str, Any], other: dict[str, Any]) -> None:
    """What a lone manager no longer applies goes."""
    before = apply(DEPLOYMENT, None, one, writer(), force=False)
    after = apply(DEPLOYMENT, before, other, writer(time=LATE), force=False)
    assert tidy(unmanaged(after)) == tidy(other)


@given(deployments(), deployments())
def test_with_force_the_applied_fields_are_there_and_owned(one: dict[str, Any], other: dict[str, Any]) -> None:
    before = apply(DEPLOYMENT, None, one, writer("one"), force=False)
    after = apply(DEPLOYMENT, before, other, writer("two", LATE), force=True)
    wanted = fields_of(DEPLOYMENT, {name: value for name, value in other.items() if name == "spec"})
    assert wanted <= fields_of(DEPLOYMENT, {"spec": after["spec"]}) | wanted
    assert wanted <= decoded(entries(after)["two", "Apply"]["fieldsV1"])
    assert apply(DEPLOYMENT, after, other, writer("two", LATE), force=False) == after


@given(deployments(), deployments())
def test_no_field_of_another_manager_is_lost(one: dict[str, Any], other: dict[str, Any]) -> None:
    before = apply(DEPLOYMENT, None, one, writer("one"), force=False)
    after = apply(DEPLOYMENT, before, other, writer("two", LATE), force=True)
    again = apply(DEPLOYMENT, after, deployment(), writer("two", LATE), force=False)
    left = decoded(entries(again)["one", "Apply"]["fieldsV1"]) if ("one", "Apply") in entries(again) else frozenset()
    there = fields_of(DEPLOYMENT, {"metadata": again["metadata"], "spec": again.get("spec", {})})
    assert left <= there | {path for path in left if not path[-1].startswith("f:")}


@given(deployments())
def test_managers_that_do_not_meet_give_the_same_object_in_either_order(whole: dict[str, Any]) -> None:
    containers = whole["spec"]["template"]["spec"]["containers"]
    one = copy.deepcopy(whole)
    one["spec"]["template"]["spec"]["containers"] = containers[::2]
    other = deployment(**pods(*containers[1::2]))

    def both(first: dict[str, Any], second: dict[str, Any], names: tuple[str, str]) -> dict[str, Any]:
        before = apply(DEPLOYMENT, None, first, writer(names[0]), force=False)
        return apply(DEPLOYMENT, before, second, writer(names[1]), force=False)

    forth, back = both(one, other, ("one", "two")), both(other, one, ("two", "one"))
    assert unordered(forth) == unordered(back)
    assert unordered(unmanaged(forth)) == unordered(whole)


def tidy(value: Any) -> Any:
    """Without what is empty: whoever emptied it may also have taken it away."""
    if isinstance(value, dict):
        return {name: item for name, child in value.items() if (item := tidy(child)) not in ({}, [])}
    return [tidy(item) for item in value] if isinstance(value, list) else value


def unordered(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted(((name, unordered(child)) for name, child in value.items()), key=repr)
    return sorted(map(unordered, value), key=repr) if isinstance(value, list) else value


def test_a_field_of_two_managers_stays_until_both_give_it_up() -> None:
    live = apply(DEPLOYMENT, None, deployment(replicas=1, paused=True), writer("one"), force=False)
    live = apply(DEPLOYMENT, live, deployment(replicas=1), writer("two"), force=False)
    live = apply(DEPLOYMENT, live, deployment(paused=True), writer("one"), force=False)
    assert live["spec"] == {"replicas": 1, "paused": True}
    live = apply(DEPLOYMENT, live, identity(), writer("two"), force=False)
    assert live["spec"] == {"paused": True}
    assert list(entries(live)) == [("one", "Apply")]


def test_an_element_that_is_no_longer_applied_goes_and_its_siblings_stay() -> None:
    live = apply(
        DEPLOYMENT, None, deployment(**pods({"name": "a"}, {"name": "b", "image": "x"})), writer(), force=False
    )
    live = apply(DEPLOYMENT, live, deployment(**pods({"name": "c", "image": "y"})), writer("two"), force=False)
    live = apply(DEPLOYMENT, live, deployment(**pods({"name": "b"})), writer(), force=False)
    assert live["spec"]["template"]["spec"]["containers"] == [{"name": "b"}, {"name": "c", "image": "y"}]


def test_one_conflict_is_told_in_the_servers_words() -> None:
    created = track(DEPLOYMENT, None, deployment(replicas=1), writer("kubectl-create"))
    with pytest.raises(ApplyConflict) as caught:
        apply(DEPLOYMENT, created, deployment(replicas=2), writer("me"), force=False)
    assert str(caught.value) == (
        'Apply failed with 1 conflict: conflict with "kubectl-create" using apps/v1: .spec.replicas'
    )
    assert caught.value.causes == [
        {
            "reason": "FieldManagerConflict",
            "message": 'conflict with "kubectl-create" using apps/v1',
            "field": ".spec.replicas",
        }
    ]


def test_several_conflicts_are_told_by_manager() -> None:
    live = apply(DEPLOYMENT, None, deployment(**pods({"name": "a", "image": "x"})), writer("helm"), force=False)
    live = track(DEPLOYMENT, live, {**live, "spec": {**live["spec"], "replicas": 3}}, writer("hpa", LATE, "scale"))
    config = deployment(replicas=1, **pods({"name": "a", "image": "y"}))
    with pytest.raises(ApplyConflict) as caught:
        apply(DEPLOYMENT, live, config, writer("me"), force=False)
    assert str(caught.value) == (
        'Apply failed with 2 conflicts: conflicts with "helm":\n'
        '- .spec.template.spec.containers[name="a"].image\n'
        'conflicts with "hpa" with subresource "scale" using apps/v1:\n'
        "- .spec.replicas"
    )


def test_an_equal_value_is_shared_and_force_takes_it_over() -> None:
    live = track(DEPLOYMENT, None, deployment(replicas=1), writer("one"))
    shared = apply(DEPLOYMENT, live, deployment(replicas=1), writer("two"), force=False)
    assert set(entries(shared)) == {("one", "Update"), ("two", "Apply")}
    taken = apply(DEPLOYMENT, shared, deployment(replicas=2), writer("two", LATE), force=True)
    assert set(entries(taken)) == {("two", "Apply")}
    assert taken["spec"]["replicas"] == 2


def test_what_was_there_before_the_first_apply_has_an_owner() -> None:
    live = deployment(replicas=1, paused=True)
    with pytest.raises(ApplyConflict, match='conflict with "before-first-apply" using apps/v1'):
        apply(DEPLOYMENT, live, deployment(replicas=2), writer(), force=False)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (identity(managedFields=[{"manager": "x"}]), "metadata.managedFields must be nil"),
        (
            deployment(**pods({"image": "x"})),
            r"object \(/web; apps/v1, Kind=Deployment\): .spec.template.spec.containers: element 0: .* omits key field",
        ),
        (
            deployment(**pods({"name": "a"}, {"name": "a"})),
            r'.spec.template.spec.containers: duplicate entries for key \[name="a"\]',
        ),
        (
            deployment(foo=1, **pods({"name": "a", "imag": "x"})),
            r'errors:\n  .spec.foo: field not declared in schema\n  .spec.template.*\[name="a"\].imag: field',
        ),
    ],
    ids=["managed", "keyless", "twins", "undeclared"],
)
def test_a_configuration_that_cannot_be_is_invalid(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ApplyInvalid, match=message):
        apply(DEPLOYMENT, None, config, writer(), force=False)


def test_custom_resources_are_applied_by_their_definition() -> None:
    schema = custom(CRON_TAB)
    base = {"apiVersion": "example.com/v1", "kind": "CronTab", "metadata": {"name": "a"}}
    live = apply(schema, None, {**base, "spec": {"ports": [{"port": 1}], "hosts": ["a"]}}, writer("one"), force=False)
    more = {**base, "spec": {"ports": [{"port": 2}], "hosts": ["b"], "free": {"x": {"y": 1}}}}
    live = apply(schema, live, more, writer("two"), force=False)
    assert live["spec"] == {"ports": [{"port": 1}, {"port": 2}], "hosts": ["a", "b"], "free": {"x": {"y": 1}}}
    live = apply(schema, live, {**base, "spec": {"hosts": ["b"]}}, writer("two"), force=False)
    assert live["spec"] == {"ports": [{"port": 1}], "hosts": ["a", "b"]}


@given(st.text())
def test_a_writer_is_called_by_the_first_part_of_its_user_agent(agent: str) -> None:
    assert default_manager("kubectl/v1.37.0 (linux/amd64)") == "kubectl"
    assert 0 < len(default_manager(agent)) <= 128
