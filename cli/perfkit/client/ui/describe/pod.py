"""Pods, and the templates that controllers make them of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.client.ui.describe.containers import Containers, resources
from perfkit.client.ui.describe.volumes import volumes
from perfkit.client.ui.values import (
    NONE,
    annotated,
    at,
    controller,
    given,
    labels,
    moment,
    number,
    said,
    selector,
    several,
    since,
    table,
    tables,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.client.ui.session import Related


def pod(whole: Mapping[str, Any], _: Related) -> Iterator[str]:
    """All of a pod."""
    spec, status = table(whole.get("spec")), table(whole.get("status"))
    yield from _where(whole)
    yield from _how(whole)
    yield from _network(whole)
    if table(spec, "resources"):
        yield "Resources:"
        yield from resources(spec.get("resources"), depth=1)
    yield from _containers(whole)
    yield from _gates(spec, status)
    yield from _conditions(status)
    yield from volumes(spec.get("volumes"))
    yield f"QoS Class:\t{said(status.get('qosClass'))}"
    yield from placement(spec)


def _where(whole: Mapping[str, Any]) -> Iterator[str]:
    """What it is called, and where it is."""
    spec, status = table(whole.get("spec")), table(whole.get("status"))
    metadata = table(whole.get("metadata"))
    yield f"Name:\t{said(metadata.get('name'))}"
    yield f"Namespace:\t{said(metadata.get('namespace'))}"
    yield from given(
        ("Priority", spec.get("priority")),
        ("Priority Class Name", spec.get("priorityClassName")),
        ("Runtime Class Name", spec.get("runtimeClassName")),
        ("Service Account", spec.get("serviceAccountName")),
    )
    name = said(spec.get("nodeName"))
    yield f"Node:\t{name}/{said(status.get('hostIP'))}" if name else f"Node:\t{NONE}"
    if status.get("startTime"):
        yield f"Start Time:\t{moment(status['startTime'])}"
    yield from labels("Labels", metadata.get("labels"))
    yield from annotated("Annotations", metadata.get("annotations"))


def _how(whole: Mapping[str, Any]) -> Iterator[str]:
    """How it does."""
    metadata, status = table(whole.get("metadata")), table(whole.get("status"))
    phase, deleted = said(status.get("phase")), metadata.get("deletionTimestamp")
    if deleted and phase not in {"Failed", "Succeeded"}:
        yield f"Status:\tTerminating (lasts {since(deleted)})"
        yield f"Termination Grace Period:\t{number(metadata.get('deletionGracePeriodSeconds'))}s"
    else:
        yield f"Status:\t{phase}"
    profile = table(whole.get("spec"), "securityContext.seccompProfile")
    yield from given(
        ("Reason", status.get("reason")),
        ("Message", status.get("message")),
        ("SeccompProfile", profile.get("type")),
        ("LocalhostProfile", profile.get("localhostProfile")),
    )


def _network(whole: Mapping[str, Any]) -> Iterator[str]:
    """Its addresses, and who made it."""
    status, owner = table(whole.get("status")), controller(whole)
    yield f"IP:\t{said(status.get('podIP'))}"
    addresses = tables(status, "podIPs")
    yield "IPs:" if addresses else f"IPs:\t{NONE}"
    yield from (f"  IP:\t{said(each.get('ip'))}" for each in addresses)
    if owner:
        yield f"Controlled By:\t{said(owner.get('kind'))}/{said(owner.get('name'))}"
    yield from given(("NominatedNodeName", status.get("nominatedNodeName")))


def _containers(whole: Mapping[str, Any]) -> Iterator[str]:
    spec, status = table(whole.get("spec")), table(whole.get("status"))
    if tables(spec, "initContainers"):
        yield from Containers(
            "Init Containers", spec["initContainers"], status.get("initContainerStatuses"), whole=whole
        )
    yield from Containers("Containers", spec.get("containers"), status.get("containerStatuses"), whole=whole)
    if tables(spec, "ephemeralContainers"):
        statuses = status.get("ephemeralContainerStatuses")
        yield from Containers("Ephemeral Containers", spec["ephemeralContainers"], statuses, whole=whole)


def _gates(spec: Mapping[str, Any], status: Mapping[str, Any]) -> Iterator[str]:
    """Conditions that others set, and without which it is not ready."""
    gates = tables(spec.get("readinessGates"))
    found = {said(each.get("type")): said(each.get("status")) for each in tables(status.get("conditions"))}
    if gates:
        yield from ("Readiness Gates:", "  Type\tStatus")
        kinds = [said(gate.get("conditionType")) for gate in gates]
        yield from (f"  {kind} \t{found.get(kind, NONE)} " for kind in kinds)


def _conditions(status: Mapping[str, Any]) -> Iterator[str]:
    conditions = tables(status.get("conditions"))
    if conditions:
        yield from ("Conditions:", "  Type\tStatus")
        yield from (f"  {said(each.get('type'))} \t{said(each.get('status'))} " for each in conditions)


def placement(spec: Mapping[str, Any], *, depth: int = 0) -> Iterator[str]:
    """On which nodes it may run."""
    yield from labels("Node-Selectors", spec.get("nodeSelector"), depth=depth)
    tolerations = sorted(tables(spec.get("tolerations")), key=lambda each: said(each.get("key")))
    yield from several("Tolerations", map(_toleration, tolerations), depth=depth)
    if not depth:
        yield from spread(spec)


def _toleration(each: Mapping[str, Any]) -> str:
    key, value, effect = (said(each.get(name)) for name in ("key", "value", "effect"))
    text = key + (f"={value}" if value else "") + (f":{effect}" if effect else "")
    if each.get("operator") == "Exists" and not value:
        text += " op=Exists" if text else "op=Exists"
    seconds = each.get("tolerationSeconds")
    return text if seconds is None else f"{text} for {said(seconds)}s"


def spread(spec: Mapping[str, Any], *, depth: int = 0) -> Iterator[str]:
    """How pods are to be spread over zones and the like."""
    constraints = sorted(tables(spec.get("topologySpreadConstraints")), key=lambda each: said(each.get("topologyKey")))
    if constraints:
        yield from several("Topology Spread Constraints", map(_constraint, constraints), depth=depth)


def _constraint(each: Mapping[str, Any]) -> str:
    unsatisfiable = f"{said(each.get('topologyKey'))}:{said(each.get('whenUnsatisfiable'))}"
    text = f"{unsatisfiable} when max skew {number(each.get('maxSkew'))} is exceeded"
    chosen = each.get("labelSelector")
    return text if chosen is None else f"{text} for selector {selector(chosen) or NONE}"


def template(value: Any) -> Iterator[str]:
    """What pods are made of."""
    metadata, spec = table(value, "metadata"), table(value, "spec")
    yield "Pod Template:"
    yield from labels("Labels", metadata.get("labels"), depth=1)
    if table(metadata, "annotations"):
        yield from annotated("Annotations", metadata["annotations"], depth=1)
    yield from (f"  {line}" for line in given(("Service Account", spec.get("serviceAccountName"))))
    if tables(spec, "initContainers"):
        yield from Containers("Init Containers", spec["initContainers"], nested=True)
    yield from Containers("Containers", spec.get("containers"), nested=True)
    yield from volumes(spec.get("volumes"), nested=True)
    yield from spread(spec, depth=1)
    yield from (f"  {line}" for line in given(("Priority Class Name", at(spec, "priorityClassName"))))
    yield from placement(spec, depth=1)
