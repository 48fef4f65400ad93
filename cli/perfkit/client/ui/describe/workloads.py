"""What makes pods: deployments, sets, jobs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from perfkit.client.quantity import Quantity
from perfkit.client.ui.describe.pod import template
from perfkit.client.ui.values import (
    NONE,
    UNSET,
    annotated,
    at,
    between,
    controller,
    given,
    labels,
    listed,
    moment,
    number,
    said,
    selector,
    several,
    table,
    tables,
    truth,
)
from perfkit.errors import PerfkitError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.client.ui.session import Related

_HASH: Final = "pod-template-hash"
_PHASES: Final = (("Running", "Running"), ("Pending", "Waiting"), ("Succeeded", "Succeeded"), ("Failed", "Failed"))


def deployment(whole: Mapping[str, Any], related: Related) -> Iterator[str]:
    """A deployment, and its replica sets."""
    spec, status = table(whole.get("spec")), table(whole.get("status"))
    yield from _named(whole)
    yield _created(whole)
    yield from _tagged(whole)
    yield f"Selector:\t{selector(spec.get('selector'))}"
    counts = (("updated", "updatedReplicas"), ("total", "replicas"), ("available", "availableReplicas"))
    told = [f"{number(status.get(key))} {word}" for word, key in (*counts, ("unavailable", "unavailableReplicas"))]
    yield " | ".join([f"Replicas:\t{number(spec.get('replicas'))} desired", *told])
    yield f"StrategyType:\t{said(at(spec, 'strategy.type'))}"
    yield f"MinReadySeconds:\t{number(spec.get('minReadySeconds'))}"
    rolling = table(spec, "strategy.rollingUpdate")
    if rolling:
        most, surge = said(rolling.get("maxUnavailable")), said(rolling.get("maxSurge"))
        yield f"RollingUpdateStrategy:\t{most} max unavailable, {surge} max surge"
    yield from template(spec.get("template"))
    yield from _conditions(status)
    yield from _replica_sets(whole, related)


def replica_set(whole: Mapping[str, Any], related: Related) -> Iterator[str]:
    """A replica set, or a replication controller."""
    spec, status = table(whole.get("spec")), table(whole.get("status"))
    yield from _named(whole)
    yield f"Selector:\t{selector(spec.get('selector')) or NONE}"
    yield from _tagged(whole)
    yield from _owned(whole)
    yield f"Replicas:\t{number(status.get('replicas'))} current / {number(spec.get('replicas'))} desired"
    yield f"Pods Status:\t{_pods(whole, related)}"
    yield from template(spec.get("template"))
    yield from _conditions(status)


def stateful_set(whole: Mapping[str, Any], related: Related) -> Iterator[str]:
    """A stateful set, and the claims its pods have."""
    spec, status = table(whole.get("spec")), table(whole.get("status"))
    yield from _named(whole)
    yield _created(whole)
    yield f"Selector:\t{selector(spec.get('selector'))}"
    yield from _tagged(whole)
    yield from given(
        ("Service Name", spec.get("serviceName")), ("Pod Management Policy", spec.get("podManagementPolicy"))
    )
    yield f"Replicas:\t{number(spec.get('replicas'))} desired | {number(status.get('replicas'))} total"
    yield f"Update Strategy:\t{said(at(spec, 'updateStrategy.type'))}"
    rolling = table(spec, "updateStrategy.rollingUpdate")
    if rolling.get("partition") is not None:
        rolled = (("Partition", rolling["partition"]), ("MaxUnavailable", rolling.get("maxUnavailable")))
        yield from (f"  {line}" for line in given(*rolled))
    retention = table(spec, "persistentVolumeClaimRetentionPolicy")
    if retention:
        yield "Persistent Volume Claim Retention Policy:"
        yield f"  WhenDeleted:\t{said(retention.get('whenDeleted'))}"
        yield f"  WhenScaled:\t{said(retention.get('whenScaled'))}"
    yield f"Pods Status:\t{_pods(whole, related)}"
    yield from template(spec.get("template"))
    yield from _claims(tables(spec, "volumeClaimTemplates"))


def daemon_set(whole: Mapping[str, Any], related: Related) -> Iterator[str]:
    """A daemon set, and on how many nodes it is."""
    spec, status = table(whole.get("spec")), table(whole.get("status"))
    yield from _named(whole)
    yield f"Selector:\t{selector(spec.get('selector'))}"
    yield f"Node-Selector:\t{selector(at(spec, 'template.spec.nodeSelector')) or NONE}"
    yield from _tagged(whole)
    yield from (f"{title}: {number(status.get(key))}" for title, key in _SCHEDULED)
    yield f"Pods Status:\t{_pods(whole, related)}"
    yield from template(spec.get("template"))


_SCHEDULED: Final = (
    ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
    ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
    ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
    ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
    ("Number of Nodes Misscheduled", "numberMisscheduled"),
)


def job(whole: Mapping[str, Any], _: Related) -> Iterator[str]:
    """A job, and how far it is."""
    spec, status = table(whole.get("spec")), table(whole.get("status"))
    yield from _named(whole)
    yield f"Selector:\t{selector(spec.get('selector'))}"
    yield from _tagged(whole)
    yield from _owned(whole)
    yield from given(("Parallelism", spec.get("parallelism")))
    yield f"Completions:\t{said(spec.get('completions'), UNSET)}"
    yield from given(
        ("Completion Mode", spec.get("completionMode")),
        ("Suspend", spec.get("suspend")),
        ("Backoff Limit", spec.get("backoffLimit")),
        ("TTL Seconds After Finished", spec.get("ttlSecondsAfterFinished")),
        ("Start Time", moment(status.get("startTime"), "")),
        ("Completed At", moment(status.get("completionTime"), "")),
        ("Duration", between(status.get("startTime"), status.get("completionTime"))),
        ("Active Deadline Seconds", _seconds(spec.get("activeDeadlineSeconds"), "")),
    )
    ready = "" if status.get("ready") is None else f" ({number(status['ready'])} Ready)"
    active, succeeded, failed = (number(status.get(key)) for key in ("active", "succeeded", "failed"))
    yield f"Pods Statuses:\t{active} Active{ready} / {succeeded} Succeeded / {failed} Failed"
    if spec.get("completionMode") == "Indexed":
        yield f"Completed Indexes:\t{said(status.get('completedIndexes')) or NONE}"
    yield from template(spec.get("template"))


def cron_job(whole: Mapping[str, Any], _: Related) -> Iterator[str]:
    """A cron job: when, and what of."""
    spec, status = table(whole.get("spec")), table(whole.get("status"))
    made = table(spec, "jobTemplate.spec")
    yield from _named(whole)
    yield from _tagged(whole)
    yield f"Schedule:\t{said(spec.get('schedule'))}"
    yield f"Concurrency Policy:\t{said(spec.get('concurrencyPolicy'))}"
    yield f"Suspend:\t{UNSET if spec.get('suspend') is None else truth(spec['suspend'])}"
    yield f"Time Zone:\t{said(spec.get('timeZone'), UNSET)}"
    yield f"Successful Job History Limit:\t{said(spec.get('successfulJobsHistoryLimit'), UNSET)}"
    yield f"Failed Job History Limit:\t{said(spec.get('failedJobsHistoryLimit'), UNSET)}"
    yield f"Starting Deadline Seconds:\t{_seconds(spec.get('startingDeadlineSeconds'), UNSET)}"
    yield f"Selector:\t{UNSET if made.get('selector') is None else selector(made['selector'])}"
    yield f"Parallelism:\t{said(made.get('parallelism'), UNSET)}"
    yield f"Completions:\t{said(made.get('completions'), UNSET)}"
    yield from given(("Active Deadline Seconds", _seconds(made.get("activeDeadlineSeconds"), "")))
    yield from template(made.get("template"))
    yield f"Last Schedule Time:\t{moment(status.get('lastScheduleTime'), UNSET)}"
    yield f"Active Jobs:\t{', '.join(said(each.get('name')) for each in tables(status, 'active')) or NONE}"


# ---- what they have in common


def _named(whole: Mapping[str, Any]) -> Iterator[str]:
    metadata = table(whole.get("metadata"))
    yield f"Name:\t{said(metadata.get('name'))}"
    yield f"Namespace:\t{said(metadata.get('namespace'))}"


def _created(whole: Mapping[str, Any]) -> str:
    return f"CreationTimestamp:\t{moment(at(table(whole.get('metadata')), 'creationTimestamp'))}"


def _tagged(whole: Mapping[str, Any]) -> Iterator[str]:
    metadata = table(whole.get("metadata"))
    yield from labels("Labels", metadata.get("labels"))
    yield from annotated("Annotations", metadata.get("annotations"))


def _owned(whole: Mapping[str, Any]) -> Iterator[str]:
    owner = controller(whole)
    if owner:
        yield f"Controlled By:\t{said(owner.get('kind'))}/{said(owner.get('name'))}"


def _seconds(value: Any, absent: str) -> str:
    return absent if value is None else f"{said(value)}s"


def _conditions(status: Mapping[str, Any]) -> Iterator[str]:
    conditions = tables(status.get("conditions"))
    if conditions:
        yield from ("Conditions:", "  Type\tStatus\tReason", "  ----\t------\t------")
        cells = ([said(each.get(key)) for key in ("type", "status", "reason")] for each in conditions)
        yield from (f"  {kind} \t{state}\t{reason}" for kind, state, reason in cells)


def _made_by(whole: Mapping[str, Any], plural: str, related: Related) -> Iterator[dict[str, Any]]:
    """Objects that an object's selector chooses and that it made. Raises PerfkitError."""
    metadata, uid = table(whole.get("metadata")), at(whole, "metadata.uid")
    chosen = selector(at(whole, "spec.selector"))
    group = "/api/v1" if plural == "pods" else "/apis/apps/v1"
    path = f"{group}/namespaces/{said(metadata.get('namespace'))}/{plural}"
    return (each for each in related.items(path, labels=chosen) if controller(each).get("uid") == uid)


def _pods(whole: Mapping[str, Any], related: Related) -> str:
    """How many of its pods are in which phase."""
    try:
        phases = Counter(said(at(each, "status.phase")) for each in _made_by(whole, "pods", related))
    except PerfkitError as error:
        return f"error in fetching pods: {error.message}"
    return " / ".join(f"{phases[phase]} {word}" for phase, word in _PHASES)


def _replica_sets(whole: Mapping[str, Any], related: Related) -> Iterator[str]:
    """Those that have or want pods: of templates before, and of the one now."""
    try:
        sets = list(_made_by(whole, "replicasets", related))
    except PerfkitError as error:
        yield f"NewReplicaSet:\t{error.message}"
        return
    sets.sort(key=lambda each: (said(at(each, "metadata.creationTimestamp")), said(at(each, "metadata.name"))))
    wanted = _hashless(at(whole, "spec.template"))
    new = next((each for each in sets if _hashless(at(each, "spec.template")) == wanted), None)
    old = [each for each in sets if each is not new and number(at(each, "spec.replicas"))]
    if old or new:
        yield f"OldReplicaSets:\t{', '.join(map(_replica_set, old)) or NONE}"
        yield f"NewReplicaSet:\t{NONE if new is None else _replica_set(new)}"


def _hashless(value: Any) -> dict[str, Any]:
    """A template without the label by which a replica set tells it from others."""
    metadata = {key: each for key, each in table(value, "metadata").items() if each is not None}
    tags = {key: each for key, each in table(metadata, "labels").items() if key != _HASH}
    return {**table(value), "metadata": {**metadata, "labels": tags}}


def _replica_set(each: Mapping[str, Any]) -> str:
    made, wanted = number(at(each.get("status"), "replicas")), number(at(each.get("spec"), "replicas"))
    return f"{said(at(each.get('metadata'), 'name'))} ({made}/{wanted} replicas created)"


def _claims(claims: list[dict[str, Any]]) -> Iterator[str]:
    yield "Volume Claims:" if claims else f"Volume Claims:\t{NONE}"
    for claim in claims:
        metadata, spec = table(claim, "metadata"), table(claim, "spec")
        yield f"  Name:\t{said(metadata.get('name'))}"
        yield f"  StorageClass:\t{said(spec.get('storageClassName'))}"
        yield from labels("Labels", metadata.get("labels"), depth=1)
        yield from several(
            "Annotations", (f"{k}={said(v)}" for k, v in sorted(table(metadata, "annotations").items())), depth=1
        )
        capacity = at(spec, "resources.requests.storage")
        yield f"  Capacity:\t{'<default>' if capacity is None else Quantity.of(capacity)}"
        yield f"  Access Modes:\t{said(listed(spec, 'accessModes'))}"
