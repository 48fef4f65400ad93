"""What makes pods beside the workloads of apps: pod templates and replication controllers; and controller revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources import pod_spec
from perfkit.mock.resources.columns import (
    AGED,
    NAMED,
    SELECTOR,
    container_images,
    container_names,
    joined,
    pairs,
    reading,
    table,
    template_columns,
    value,
)
from perfkit.mock.resources.description import Column, Resource, status_of
from perfkit.mock.resources.rules import find, immutable, invalid, required
from perfkit.mock.resources.workloads import SCALE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.schema.validation import Problem


def _template_defaults(obj: dict[str, Any]) -> None:
    template = obj.setdefault("template", {})
    template.setdefault("metadata", {})
    pod_spec.set_defaults(template.setdefault("spec", {}))


def _template_problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
    return list(pod_spec.problems(find(obj, "template.spec", {}), "template.spec"))


POD_TEMPLATES = Resource(
    name="podtemplates",
    singular="podtemplate",
    kind="PodTemplate",
    namespaced=True,
    counts_generations=True,
    defaults=_template_defaults,
    validate=_template_problems,
    **table(
        NAMED,
        (Column("Containers", "Names of the containers."), container_names("template.spec")),
        (Column("Images", "Images of the containers."), container_images("template.spec")),
        (
            Column("Pod Labels", "Labels of its pods."),
            reading(lambda obj: pairs(find(obj, "template.metadata.labels"))),
        ),
    ),
)


def _controller_defaults(obj: dict[str, Any]) -> None:
    spec = obj.setdefault("spec", {})
    labels = find(spec, "template.metadata.labels")
    if labels:
        spec.setdefault("selector", dict(labels))
        obj["metadata"]["labels"] = obj["metadata"].get("labels") or dict(labels)
    spec.setdefault("replicas", 1)
    if isinstance(spec.get("template"), dict):
        _template_defaults(spec)
    obj.setdefault("status", {"replicas": 0})


def _controller_problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
    spec = obj["spec"]
    chosen, labels = spec.get("selector") or {}, find(spec, "template.metadata.labels", {})
    found = [] if chosen else [required("spec.selector")]
    if spec["replicas"] < 0:
        found.append(invalid("spec.replicas", spec["replicas"], "must be greater than or equal to 0"))
    if "template" not in spec:
        return [*found, required("spec.template")]
    if not chosen.items() <= labels.items():
        found.append(invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"))
    return [*found, *pod_spec.problems(find(spec, "template.spec", {}), "spec.template.spec")]


REPLICATION_CONTROLLERS = Resource(
    name="replicationcontrollers",
    singular="replicationcontroller",
    kind="ReplicationController",
    namespaced=True,
    short_names=("rc",),
    categories=("all",),
    subresources=(SCALE, status_of("ReplicationController")),
    fields={"metadata.name": "", "metadata.namespace": "", "status.replicas": "0"},
    counts_generations=True,
    defaults=_controller_defaults,
    validate=_controller_problems,
    **table(
        NAMED,
        (Column("Desired", "Pods wanted.", type="integer"), value("spec.replicas", 0)),
        (Column("Current", "Pods that exist.", type="integer"), value("status.replicas", 0)),
        (Column("Ready", "Pods that are ready.", type="integer"), value("status.readyReplicas", 0)),
        AGED,
        *template_columns(),
        (SELECTOR, reading(lambda obj: pairs(find(obj, "spec.selector")))),
    ),
)


def _controller(obj: dict[str, Any]) -> str:
    owners = obj["metadata"].get("ownerReferences") or ()
    return joined(
        f"{owner['kind'].lower()}{'.' * (len(group) > 0)}{group}/{owner['name']}"
        for owner in owners
        if owner.get("controller")
        for group in [owner["apiVersion"].rpartition("/")[0]]
    )


def _revision_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    revision = obj.get("revision", 0)
    found = [] if revision >= 0 else [invalid("revision", revision, "must be greater than or equal to 0")]
    return [*found, *immutable("data", obj, before)]


CONTROLLER_REVISIONS = Resource(
    group="apps",
    name="controllerrevisions",
    singular="controllerrevision",
    kind="ControllerRevision",
    namespaced=True,
    validate=_revision_problems,
    **table(
        NAMED,
        (Column("Controller", "Whose revision it is."), reading(_controller)),
        (Column("Revision", "Which revision it is."), value("revision", 0)),
        AGED,
    ),
)
