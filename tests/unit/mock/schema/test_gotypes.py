from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from perfkit.mock.schema.gotypes import type_error
from perfkit.mock.schema.types import custom
from support.objects import CRON_TAB, deployments, schema_of

DEPLOYMENT = schema_of("apps", "Deployment")
POD = schema_of("", "Pod")


def within_container(**fields: Any) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "a", **fields}]}}


@pytest.mark.parametrize(
    ("obj", "error"),
    [
        ({"spec": {"replicas": "3"}}, "string into Go struct field DeploymentSpec.spec.replicas of type int32"),
        ({"spec": {"replicas": 1.5}}, "number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32"),
        (
            {"spec": {"replicas": 2**31}},
            "number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        ({"spec": {"paused": 1}}, "number into Go struct field DeploymentSpec.spec.paused of type bool"),
        ({"spec": []}, "array into Go struct field Deployment.spec of type v1.DeploymentSpec"),
        (
            {"metadata": {"labels": {"a": 1}}},
            "number into Go struct field ObjectMeta.metadata.labels of type string",
        ),
        (
            {"metadata": {"labels": []}},
            "array into Go struct field ObjectMeta.metadata.labels of type map[string]string",
        ),
        ([], "array into Go value of type v1.Deployment"),
    ],
    ids=str,
)
def test_a_value_of_the_wrong_type_is_told_in_the_words_of_gos_decoder(obj: Any, error: str) -> None:
    assert type_error(DEPLOYMENT, obj) == f"json: cannot unmarshal {error}"


def test_elements_of_lists_are_told_of_without_their_position() -> None:
    assert type_error(POD, within_container(ports={})) == (
        "json: cannot unmarshal object into Go struct field Container.spec.containers.ports of type []v1.ContainerPort"
    )


@pytest.mark.parametrize("amount", ["100m", "2Gi", "1", 1, 0.5, "1e3", "-1", ".5", "12E6", ""])
def test_quantities_are_numbers_with_a_suffix(amount: Any) -> None:
    error = type_error(POD, within_container(resources={"limits": {"cpu": amount}}))
    assert (error is not None) == (amount == "")


@pytest.mark.parametrize("amount", ["100 m", "abc", "1GiB", "--1", "1.2.3"])
def test_other_texts_are_no_quantities(amount: str) -> None:
    error = type_error(POD, within_container(resources={"limits": {"cpu": amount}}))
    assert error is not None
    assert error.startswith("quantities must match the regular expression")


def test_a_port_may_be_a_number_or_a_name_and_nothing_else() -> None:
    for port in (80, "http"):
        assert type_error(POD, within_container(livenessProbe={"httpGet": {"port": port}})) is None
    assert type_error(POD, within_container(livenessProbe={"httpGet": {"port": True}})) is not None


def test_a_time_is_rfc_3339() -> None:
    assert type_error(POD, {"metadata": {"creationTimestamp": "2026-01-15T09:30:00Z"}}) is None
    assert "parsing time" in (type_error(POD, {"metadata": {"creationTimestamp": "yesterday"}}) or "")


def test_null_fits_every_type() -> None:
    assert type_error(DEPLOYMENT, {"metadata": None, "spec": {"replicas": None, "template": None}}) is None


@given(deployments())
def test_a_good_object_has_no_type_error(obj: dict[str, Any]) -> None:
    assert type_error(DEPLOYMENT, obj) is None


def test_of_a_custom_resource_only_metadata_has_go_types() -> None:
    schema = custom(CRON_TAB)
    assert type_error(schema, {"spec": {"replicas": "x"}}) is None
    assert type_error(schema, {"metadata": {"labels": {"a": 1}}}) is not None
