"""What the control plane says of itself, and bindings, which schedulers write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.columns import AGED, NAMED, reading, table
from perfkit.mock.resources.description import Column, Resource, status_of
from perfkit.mock.resources.rules import find, invalid, path_name, required

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.mock.schema.validation import Problem

BINDINGS = Resource(
    name="bindings",
    singular="binding",
    kind="Binding",
    namespaced=True,
    verbs=("create",),
    **table(NAMED, AGED),
)


def _healthy(obj: dict[str, Any]) -> dict[str, Any]:
    conditions: list[dict[str, Any]] = obj.get("conditions") or []
    return next((condition for condition in conditions if condition["type"] == "Healthy"), {})


def _health(obj: dict[str, Any]) -> str:
    return {"": "Unknown", "True": "Healthy"}.get(_healthy(obj).get("status", ""), "Unhealthy")


COMPONENT_STATUSES = Resource(
    name="componentstatuses",
    singular="componentstatus",
    kind="ComponentStatus",
    namespaced=False,
    short_names=("cs",),
    verbs=("get", "list"),
    deprecation="v1 ComponentStatus is deprecated in v1.19+",
    fields={"metadata.name": ""},
    **table(
        NAMED,
        (Column("Status", "Whether it is healthy."), reading(_health)),
        (Column("Message", "What it says."), reading(lambda obj: _healthy(obj).get("message", ""))),
        (Column("Error", "What went wrong."), reading(lambda obj: _healthy(obj).get("error", ""))),
    ),
)

LOCAL = {
    "type": "Available",
    "status": "True",
    "reason": "Local",
    "message": "Local APIServices are always available",
}  # what an API service says that no service serves


def _service_defaults(obj: dict[str, Any]) -> None:
    obj.setdefault("spec", {})
    if find(obj, "spec.service"):
        obj["spec"]["service"].setdefault("port", 443)
    status = obj.setdefault("status", {})
    if not find(obj, "spec.service") and not status.get("conditions"):
        status["conditions"] = [{**LOCAL, "lastTransitionTime": obj["metadata"].get("creationTimestamp")}]


def _service_problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> Iterator[Problem]:
    spec, name = obj["spec"], obj["metadata"].get("name", "")
    expected = f"{spec.get('version', '')}.{spec.get('group', '')}"
    if name != expected:
        yield invalid("metadata.name", name, f'must be `spec.version+"."+spec.group`: {expected!r}'.replace("'", '"'))
    if not spec.get("version"):
        yield required("spec.version")
    for field, most in (("groupPriorityMinimum", 20000), ("versionPriority", 1000)):
        if not 0 < spec.get(field, 0) <= most:
            detail = f"must be positive and less than {most}"
            yield invalid(f"spec.{field}", spec.get(field, 0), detail)
    for field in ("namespace", "name") if spec.get("service") else ():
        if not spec["service"].get(field):
            yield required(f"spec.service.{field}")


def _served_by(obj: dict[str, Any]) -> str:
    service = find(obj, "spec.service")
    return f"{service.get('namespace')}/{service.get('name')}" if service else "Local"


def _available(obj: dict[str, Any]) -> str:
    for condition in find(obj, "status.conditions", ()):
        if condition["type"] == "Available":
            reason = "" if condition["status"] == "True" else f" ({condition.get('reason', '')})"
            return f"{condition['status']}{reason}"
    return "Unknown"


API_SERVICES = Resource(
    group="apiregistration.k8s.io",
    name="apiservices",
    singular="apiservice",
    kind="APIService",
    namespaced=False,
    categories=("api-extensions",),
    subresources=(status_of("APIService"),),
    named=path_name,
    fields={"metadata.name": ""},
    defaults=_service_defaults,
    validate=lambda obj, before: [*_service_problems(obj, before)],
    **table(
        NAMED,
        (Column("Service", "Who serves it."), reading(_served_by)),
        (Column("Available", "Whether it is served."), reading(_available)),
        AGED,
    ),
)


def _migrated(obj: dict[str, Any]) -> str:
    group = find(obj, "spec.resource.group", "")
    return f"{find(obj, 'spec.resource.resource', '')}{'.' * bool(group)}{group}"


def _progress(obj: dict[str, Any]) -> str:
    true = [each["type"] for each in find(obj, "status.conditions", ()) if each["status"] == "True"]
    return next((kind for kind in reversed(true) if kind in {"Running", "Failed", "Succeeded"}), "Unknown")


def _migration_problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
    return [] if find(obj, "spec.resource.resource") else [required("spec.resource.resource")]


STORAGE_VERSION_MIGRATIONS = Resource(
    group="storagemigration.k8s.io",
    name="storageversionmigrations",
    singular="storageversionmigration",
    kind="StorageVersionMigration",
    namespaced=False,
    subresources=(status_of("StorageVersionMigration"),),
    fields={"metadata.name": ""},
    storage="storagemigration.k8s.io/v1beta1",
    validate=_migration_problems,
    **table(
        (Column("Name", "Name of the migration."), NAMED[1]),
        (Column("Resource", "What is written again."), reading(_migrated)),
        (Column("Status", "How far that is."), reading(_progress)),
    ),
)
