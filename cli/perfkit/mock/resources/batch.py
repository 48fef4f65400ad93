"""Jobs and cron jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources import pod_spec
from perfkit.mock.resources.columns import AGED, NAMED, NONE, reading, selected, since, table, template_columns, value
from perfkit.mock.resources.description import Column, Resource, status_of
from perfkit.mock.resources.rules import find, immutable, invalid, required, unsupported
from perfkit.mock.times import parse_time
from perfkit.model.units import human_duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.resources.description import Meta
    from perfkit.mock.schema.validation import Problem

_POLICIES = ("Allow", "Forbid", "Replace")
_TERMS = 5  # of a schedule: minute, hour, day, month, weekday
_OWNED = "batch.kubernetes.io/controller-uid"
_NAMED = "batch.kubernetes.io/job-name"


def _job_spec_defaults(spec: dict[str, Any]) -> None:
    template = spec.setdefault("template", {})
    template.setdefault("metadata", {})
    pod_spec.set_defaults(template.setdefault("spec", {}))
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    for name, value_ in {
        "parallelism": 1,
        "backoffLimit": 6,
        "completionMode": "NonIndexed",
        "suspend": False,
        "manualSelector": False,
        "podReplacementPolicy": "TerminatingOrFailed",
    }.items():
        spec.setdefault(name, value_)


def _job_defaults(obj: dict[str, Any]) -> None:
    spec, metadata = obj.setdefault("spec", {}), obj["metadata"]
    _job_spec_defaults(spec)
    if "selector" not in spec:  # a job makes its own, so that no other's pods can be taken for its own
        uid, name = metadata["uid"], metadata.get("name", "")
        labels = {_OWNED: uid, _NAMED: name, "controller-uid": uid, "job-name": name}
        spec["selector"] = {"matchLabels": {_OWNED: uid}}
        template = spec["template"].setdefault("metadata", {})
        template["labels"] = {**(template.get("labels") or {}), **labels}
        metadata["labels"] = metadata.get("labels") or template["labels"]
    obj.setdefault("status", {})


def _template_problems(obj: Mapping[str, Any], path: str) -> list[Problem]:
    spec = find(obj, path, {})
    found = list(pod_spec.problems(spec, path))
    if spec.get("restartPolicy") == "Always":
        found.append(required(f"{path}.restartPolicy", 'valid values: "OnFailure", "Never"'))
    return found


def _job_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    found = _template_problems(obj, "spec.template.spec")
    fixed = ("spec.completions", "spec.selector", "spec.template")
    return [*found, *(problem for field in fixed for problem in immutable(field, obj, before))]


def _condition(obj: dict[str, Any], kind: str) -> bool:
    conditions = find(obj, "status.conditions", ())
    return any(condition.get("type") == kind and condition.get("status") == "True" for condition in conditions)


def _state(obj: dict[str, Any]) -> str:
    if "deletionTimestamp" in obj["metadata"]:
        return "Terminating"
    kinds = ("Complete", "Failed", "Suspended", "FailureTarget", "SuccessCriteriaMet")
    return next((kind for kind in kinds if _condition(obj, kind)), "Running")


def _completions(obj: dict[str, Any]) -> str:
    done, wanted = find(obj, "status.succeeded", 0), find(obj, "spec.completions")
    if wanted is not None:
        return f"{done}/{wanted}"
    parallel = find(obj, "spec.parallelism", 0)
    return f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"


def _duration(_: Meta, obj: dict[str, Any], now: int) -> str:
    started, ended = find(obj, "status.startTime"), find(obj, "status.completionTime")
    if started is None:
        return ""
    return human_duration((parse_time(ended) if ended else now) - parse_time(started))


JOBS = Resource(
    group="batch",
    name="jobs",
    singular="job",
    kind="Job",
    namespaced=True,
    categories=("all",),
    subresources=(status_of("Job"),),
    counts_generations=True,
    fields={"metadata.name": "", "metadata.namespace": "", "status.successful": "0"},
    assigned=("metadata.labels", "spec.selector", "spec.template.metadata.labels", "spec.template.metadata"),
    defaults=_job_defaults,
    validate=_job_problems,
    **table(
        NAMED,
        (Column("Status", "Whether the job runs, is complete or failed."), reading(_state)),
        (Column("Completions", "Pods that succeeded, of those that must."), reading(_completions)),
        (Column("Duration", "How long the job ran."), _duration),
        AGED,
        *template_columns(),
        selected(),
    ),
)


def _cron_defaults(obj: dict[str, Any]) -> None:
    spec = obj.setdefault("spec", {})
    for name, given in {
        "concurrencyPolicy": "Allow",
        "suspend": False,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 1,
    }.items():
        spec.setdefault(name, given)
    jobs = spec.get("jobTemplate")
    template = find(jobs, "spec.template")
    if isinstance(template, dict):
        jobs.setdefault("metadata", {})
        template.setdefault("metadata", {})
        pod_spec.set_defaults(template.setdefault("spec", {}))
    obj.setdefault("status", {})


def _cron_problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
    policy, schedule = find(obj, "spec.concurrencyPolicy"), find(obj, "spec.schedule")
    found = [] if policy in _POLICIES else [unsupported("spec.concurrencyPolicy", policy, _POLICIES)]
    found += _template_problems(obj, "spec.jobTemplate.spec.template.spec")
    if not schedule:
        found.append(required("spec.schedule"))
    elif not schedule.startswith(("@", "TZ=", "CRON_TZ=")) and len(terms := schedule.split()) != _TERMS:
        detail = f"expected exactly {_TERMS} fields, found {len(terms)}: [{' '.join(terms)}]"
        found.append(invalid("spec.schedule", schedule, detail))
    return found


def _last(_: Meta, obj: dict[str, Any], now: int) -> str:
    last = find(obj, "status.lastScheduleTime")
    return since(last, now) if last else NONE


CRON_JOBS = Resource(
    group="batch",
    name="cronjobs",
    singular="cronjob",
    kind="CronJob",
    namespaced=True,
    short_names=("cj",),
    categories=("all",),
    subresources=(status_of("CronJob"),),
    counts_generations=True,
    assigned=("spec.jobTemplate.metadata", "spec.jobTemplate.spec.template.metadata"),
    defaults=_cron_defaults,
    validate=_cron_problems,
    **table(
        NAMED,
        (Column("Schedule", "When jobs are made, in cron's form."), value("spec.schedule")),
        (Column("Timezone", "Whose clock the schedule goes by."), value("spec.timeZone")),
        (
            Column("Suspend", "Whether it makes no jobs now.", type="boolean"),
            reading(lambda obj: str(find(obj, "spec.suspend", default=False))),
        ),
        (
            Column("Active", "Jobs that run now.", type="integer"),
            reading(lambda obj: len(find(obj, "status.active", ()))),
        ),
        (Column("Last Schedule", "Time since the last job was made."), _last),
        AGED,
        *template_columns("spec.jobTemplate.spec.template.spec"),
        selected("spec.jobTemplate.spec.selector"),
    ),
)
