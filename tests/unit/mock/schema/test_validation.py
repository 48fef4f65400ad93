from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from perfkit.mock.schema.types import custom
from perfkit.mock.schema.validation import Problem, problems
from support.objects import CRON_TAB, deployments, schema_of

SCHEMA = custom(CRON_TAB)
DEPLOYMENT = schema_of("apps", "Deployment")


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({}, Problem("spec.image", "FieldValueRequired", "Required value")),
        (
            {"image": 1},
            Problem(
                "spec.image",
                "FieldValueTypeInvalid",
                'Invalid value: "integer": spec.image in body must be of type string: "integer"',
            ),
        ),
        (
            {"image": "x", "replicas": 11},
            Problem(
                "spec.replicas",
                "FieldValueInvalid",
                "Invalid value: 11: spec.replicas in body should be less than or equal to 10",
            ),
        ),
        (
            {"image": "x", "schedule": "often"},
            Problem(
                "spec.schedule",
                "FieldValueInvalid",
                "Invalid value: \"often\": spec.schedule in body should match '^\\d+ '",
            ),
        ),
        (
            {"image": "x", "mode": "Fast"},
            Problem("spec.mode", "FieldValueNotSupported", 'Unsupported value: "Fast": supported values: "A", "B"'),
        ),
        (
            {"image": "x", "ports": [{}]},
            Problem("spec.ports[0].port", "FieldValueRequired", "Required value"),
        ),
        (
            {"image": "x", "anyOf": 1.5},
            Problem(
                "spec.anyOf",
                "FieldValueTypeInvalid",
                'Invalid value: "number": spec.anyOf in body must be of type integer,string: "number"',
            ),
        ),
        (
            {"image": ""},
            Problem(
                "spec.image",
                "FieldValueInvalid",
                'Invalid value: "": spec.image in body should be at least 1 chars long',
            ),
        ),
    ],
    ids=lambda value: value.field if isinstance(value, Problem) else str(value),
)
def test_a_custom_resource_is_held_to_its_definition(spec: dict[str, Any], problem: Problem) -> None:
    assert problems(SCHEMA, {"metadata": {"name": "a"}, "spec": spec}) == [problem]


def test_a_good_custom_resource_has_no_problems() -> None:
    spec = {"image": "x", "schedule": "5 * * * *", "replicas": 3.0, "mode": "A", "anyOf": "50%", "free": {"a": None}}
    assert problems(SCHEMA, {"metadata": {"name": "a"}, "spec": spec}) == []


def test_a_pattern_that_python_cannot_read_is_not_held_against_a_value() -> None:
    schema = custom({"properties": {"spec": {"type": "string", "pattern": r"\p{Greek}("}}})
    assert problems(schema, {"spec": "x"}) == []


def test_of_a_built_in_kind_required_fields_are_asked_for() -> None:
    obj = {"metadata": {"name": "a"}, "spec": {"template": {"spec": {"containers": [{}]}}}}
    assert [problem.field for problem in problems(DEPLOYMENT, obj)] == [
        "spec.selector",
        "spec.template.spec.containers[0].name",
    ]


@given(deployments())
def test_a_good_deployment_has_no_problems(obj: dict[str, Any]) -> None:
    assert problems(DEPLOYMENT, obj) == []


@pytest.mark.parametrize(
    ("word", "branches", "complaint"),
    [
        ("allOf", [{"required": ["a"]}, {"required": ["b"]}], "validate all the schemas (allOf)"),
        ("anyOf", [{"required": ["b"]}, {"required": ["c"]}], "validate at least one schema (anyOf)"),
        ("oneOf", [{"required": ["b"]}], "validate one and only one schema (oneOf). Found none valid"),
        ("oneOf", [{"required": ["a"]}, {}], "validate one and only one schema (oneOf). Found more than one valid"),
        ("not", {"required": ["a"]}, "not validate the schema (not)"),
    ],
)
def test_combined_schemas_are_enforced(word: str, branches: Any, complaint: str) -> None:
    schema = custom({"properties": {"spec": {"type": "object", "properties": {"a": {}}, word: branches}}})
    (problem,) = problems(schema, {"spec": {"a": 1}})
    assert problem.message == f'Invalid value: {{"a":1}}: "spec" must {complaint}'
    assert (problem.field, problem.reason) == ("spec", "FieldValueInvalid")


@pytest.mark.parametrize(
    ("word", "branches"),
    [
        ("allOf", [{"required": ["a"]}]),
        ("anyOf", [{"required": ["a"]}, {"required": ["c"]}]),
        ("oneOf", [{"required": ["a"]}, {"required": ["b"]}]),
        ("not", {"required": ["b"]}),
    ],
)
def test_what_fits_combined_schemas_has_no_problems(word: str, branches: Any) -> None:
    schema = custom({"properties": {"spec": {"type": "object", "properties": {"a": {}}, word: branches}}})
    assert problems(schema, {"spec": {"a": 1}}) == []
