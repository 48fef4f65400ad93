"""Limit ranges and resource quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.columns import AGED, CREATED, NAMED, reading, table
from perfkit.mock.resources.description import Column, Resource, status_of
from perfkit.mock.resources.rules import find, required

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.schema.validation import Problem


def _range_defaults(obj: dict[str, Any]) -> None:
    """Of containers the most is also the default, and that the default request."""
    for limit in find(obj, "spec.limits", ()):
        if limit.get("type") != "Container":
            continue
        usual = {**(limit.get("max") or {}), **(limit.get("default") or {})}
        asked = {**(limit.get("min") or {}), **usual, **(limit.get("defaultRequest") or {})}
        limit.update({name: given for name, given in (("default", usual), ("defaultRequest", asked)) if given})


def _range_problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
    limits = enumerate(find(obj, "spec.limits", ()))
    return [required(f"spec.limits[{number}].type") for number, limit in limits if not limit.get("type")]


LIMIT_RANGES = Resource(
    name="limitranges",
    singular="limitrange",
    kind="LimitRange",
    namespaced=True,
    short_names=("limits",),
    defaults=_range_defaults,
    validate=_range_problems,
    **table(NAMED, CREATED),
)


def _used(*, of_limits: bool) -> Any:
    """``name: used/hard`` of all resources, but for those named ``limits.*``, or of these alone."""

    def cell(obj: dict[str, Any]) -> str:
        used, hard = find(obj, "status.used", {}), find(obj, "status.hard", {})
        names = [name for name in sorted(hard) if name.startswith("limits.") == of_limits]
        return ", ".join(f"{name}: {used.get(name, 0)}/{hard[name]}" for name in names)

    return reading(cell)


RESOURCE_QUOTAS = Resource(
    name="resourcequotas",
    singular="resourcequota",
    kind="ResourceQuota",
    namespaced=True,
    short_names=("quota",),
    subresources=(status_of("ResourceQuota"),),
    **table(
        NAMED,
        (Column("Request", "What is used of what may be."), _used(of_limits=False)),
        (Column("Limit", "The same of limits."), _used(of_limits=True)),
        AGED,
    ),
)
