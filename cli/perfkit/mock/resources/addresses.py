"""Addresses of services, the ranges they are from, and classes of ingresses."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.columns import AGED, NAMED, NONE, reading, table, value
from perfkit.mock.resources.description import Column, Resource, status_of
from perfkit.mock.resources.rules import find, immutable, required

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.resources.description import Meta
    from perfkit.mock.schema.validation import Problem

_GROUP = "networking.k8s.io"


def _address_name(name: str) -> str:
    try:
        return "" if str(ip_address(name)) == name else f"must be in canonical form ({str(ip_address(name))!r})"
    except ValueError:
        return "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"


def _parent(obj: dict[str, Any]) -> str:
    parent = find(obj, "spec.parentRef")
    if not parent:
        return NONE
    group, namespace = parent.get("group"), parent.get("namespace")
    resource = f"{parent.get('resource', '')}{f'.{group}' if group else ''}".lower()
    return "/".join(filter(None, (resource, namespace, parent.get("name"))))


def _address_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    needed = [] if find(obj, "spec.parentRef") else [required("spec.parentRef")]
    return [*needed, *immutable("spec.parentRef", obj, before)]


IP_ADDRESSES = Resource(
    group=_GROUP,
    name="ipaddresses",
    singular="ipaddress",
    kind="IPAddress",
    namespaced=False,
    short_names=("ip",),
    named=_address_name,
    fields={"metadata.name": ""},
    validate=_address_problems,
    **table(NAMED, (Column("ParentRef", "Whose address it is."), reading(_parent))),
)


def _range_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    needed = [] if find(obj, "spec.cidrs") else [required("spec.cidrs", "at least one CIDR required")]
    return [*needed, *immutable("spec.cidrs", obj, before)]


SERVICE_CIDRS = Resource(
    group=_GROUP,
    name="servicecidrs",
    singular="servicecidr",
    kind="ServiceCIDR",
    namespaced=False,
    subresources=(status_of("ServiceCIDR"),),
    fields={"metadata.name": ""},
    validate=_range_problems,
    **table(
        NAMED,
        (Column("CIDRs", "Ranges of addresses."), reading(lambda obj: ",".join(find(obj, "spec.cidrs", ())))),
        AGED,
    ),
)


def _class_defaults(obj: dict[str, Any]) -> None:
    if find(obj, "spec.parameters"):
        obj["spec"]["parameters"].setdefault("scope", "Cluster")


def _class_name(meta: Meta, obj: dict[str, Any], _: int) -> str:
    annotations = obj["metadata"].get("annotations") or {}
    usual = annotations.get("ingressclass.kubernetes.io/is-default-class") == "true"
    return f"{meta.name} (default)" if usual else meta.name


def _parameters(obj: dict[str, Any]) -> str:
    given = find(obj, "spec.parameters")
    if not given:
        return NONE
    group = f".{given['apiGroup']}" if "apiGroup" in given else ""
    return f"{given.get('kind', '')}{group}/{given.get('name', '')}"


INGRESS_CLASSES = Resource(
    group=_GROUP,
    name="ingressclasses",
    singular="ingressclass",
    kind="IngressClass",
    namespaced=False,
    fields={"metadata.name": ""},
    counts_generations=True,
    defaults=_class_defaults,
    validate=lambda obj, before: [*immutable("spec.controller", obj, before)],
    **table(
        (NAMED[0], _class_name),
        (Column("Controller", "Who serves such ingresses."), value("spec.controller", "")),
        (Column("Parameters", "More about it."), reading(_parameters)),
        AGED,
    ),
)
