"""Objects for tests of schemas: deployments that hypothesis invents, and the schema of a custom resource."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from perfkit.mock.resources.registry import Catalog
from perfkit.mock.schema.types import Schema, builtin

CRON_TAB: dict[str, Any] = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["image"],
            "properties": {
                "image": {"type": "string", "minLength": 1},
                "schedule": {"type": "string", "pattern": r"^\d+ "},
                "replicas": {"type": "integer", "minimum": 1, "maximum": 10, "default": 1},
                "mode": {"type": "string", "enum": ["A", "B"]},
                "anyOf": {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "ports": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["port", "protocol"],
                    "items": {
                        "type": "object",
                        "required": ["port"],
                        "properties": {
                            "port": {"type": "integer"},
                            "protocol": {"type": "string", "default": "TCP"},
                            "name": {"type": "string"},
                        },
                    },
                },
                "hosts": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            },
        },
    },
}


def definition() -> dict[str, Any]:
    """A CustomResourceDefinition, as it is stored."""
    names = {"plural": "crontabs", "singular": "crontab", "kind": "CronTab", "listKind": "CronTabList"}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": CRON_TAB},
        "subresources": {"status": {}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "crontabs.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]},
    }


@cache
def catalog() -> Catalog:
    """What a server serves where that definition was created."""
    found = Catalog()
    found.define("crontabs.example.com", definition())
    return found


def schema_of(group: str, kind: str) -> Schema:
    """The shipped schema of a kind in version v1."""
    schema = builtin(group, "v1", kind)
    assert schema is not None
    return schema


_WORD = st.sampled_from(["a", "b", "c", "d"])


def _some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def _named(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Elements that differ in their names."""
    one = st.fixed_dictionaries({"name": _WORD}, optional=fields)
    return st.lists(one, max_size=4, unique_by=lambda item: item["name"])


def _ports() -> st.SearchStrategy[list[dict[str, Any]]]:
    one = st.fixed_dictionaries(
        {"containerPort": st.integers(1, 4), "protocol": st.just("TCP")}, optional={"name": _WORD}
    )
    return st.lists(one, max_size=3, unique_by=lambda item: item["containerPort"])


def deployments() -> st.SearchStrategy[dict[str, Any]]:
    """Deployments that differ in maps, in lists with keys, in lists of scalars, and in lists without keys."""
    words = st.dictionaries(_WORD, _WORD, max_size=3)
    containers = _named(
        image=_WORD,
        args=st.lists(_WORD, max_size=3),
        env=_named(value=_WORD),
        ports=_ports(),
        resources=_some(limits=st.dictionaries(st.sampled_from(["cpu", "memory"]), st.just("1"), min_size=1)),
    )
    pod = _some(
        nodeSelector=words,
        tolerations=st.lists(_some(key=_WORD), max_size=2),
        volumes=_named(emptyDir=st.just({})),
        terminationGracePeriodSeconds=st.integers(0, 3),
    )
    spec = st.builds(lambda found, rest: {"containers": found, **rest}, containers.filter(bool), pod)
    meta = _some(labels=words, annotations=words, finalizers=st.lists(_WORD, max_size=3, unique=True))
    return st.builds(
        lambda metadata, pods, replicas: {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", **metadata},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"a": "b"}}, "template": {"spec": pods}},
        },
        meta,
        spec,
        st.integers(0, 3),
    )
