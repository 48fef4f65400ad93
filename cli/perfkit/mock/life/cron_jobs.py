"""Cron jobs: a job whenever the schedule says, by simulated time."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from perfkit.mock.life.hands import owner_of
from perfkit.mock.life.jobs import finished
from perfkit.mock.life.recorder import Told
from perfkit.mock.life.schedule import next_time
from perfkit.mock.resources.batch import CRON_JOBS, JOBS
from perfkit.mock.resources.rules import find
from perfkit.mock.times import format_time, parse_time

if TYPE_CHECKING:
    from perfkit.mock.life.hands import Hands
    from perfkit.mock.life.queue import Queue

NAME = "cronjobs"
_MANAGER = "cronjob-controller"
_SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"


class CronJobs:
    """The controller of cron jobs."""

    def __init__(self, hands: Hands, queue: Queue) -> None:
        self._hands = hands
        self._queue = queue
        self.clear()

    def clear(self) -> None:
        """Forget whose time comes when."""
        self._due: dict[str, tuple[str, int | None]] = {}  # schedule, and when it comes next

    def sync(self, key: str) -> None:
        """Make a job whose time has come, clean up, and wait for the next time."""
        cron = self._hands.read(CRON_JOBS, key)
        if cron is None or "deletionTimestamp" in cron["metadata"]:
            self._due.pop(key, None)
            return
        jobs = self._hands.owned(JOBS, cron["metadata"]["uid"])
        due = self._due_of(cron, key)
        made = None
        if due is not None and due <= self._hands.store.now:
            made = self._run(cron, due, jobs)
            self._plan(cron, key, due)
        self._tidy(cron, jobs)
        self._sum_up(key, due if made else None)

    def _due_of(self, cron: dict[str, Any], key: str) -> int | None:
        known = self._due.get(key)
        if known is None or known[0] != cron["spec"]["schedule"]:
            self._plan(cron, key, self._hands.store.now)
        return self._due[key][1]

    def _plan(self, cron: dict[str, Any], key: str, after: int) -> None:
        schedule = cron["spec"]["schedule"]
        try:
            due = next_time(schedule, after)
        except ValueError as error:
            due = None
            self._tell(cron, "UnparseableSchedule", f"unparseable schedule: {error}", "Warning")
        self._due[key] = (schedule, due)
        if due is not None:
            self._hands.after(due - self._hands.store.now, lambda: self._queue.add(NAME, key))

    def _run(self, cron: dict[str, Any], due: int, jobs: list[dict[str, Any]]) -> dict[str, Any] | None:
        if find(cron, "spec.suspend", default=False):
            return None
        active = [job for job in jobs if not finished(job)]
        policy = find(cron, "spec.concurrencyPolicy", "Allow")
        if active and policy == "Forbid":
            self._tell(
                cron, "JobAlreadyActive", "Not starting job because prior execution is running and policy is Forbid"
            )
            return None
        if policy == "Replace":
            for job in active:
                self._hands.delete(JOBS, f"{job['metadata']['namespace']}/{job['metadata']['name']}")
        return self._make(cron, due)

    def _make(self, cron: dict[str, Any], due: int) -> dict[str, Any] | None:
        template, metadata = copy.deepcopy(find(cron, "spec.jobTemplate", {})), cron["metadata"]
        given = template.get("metadata") or {}
        notes = {
            **(given.get("annotations") or {}),
            "batch.kubernetes.io/cronjob-scheduled-timestamp": format_time(due),
        }
        job = {
            "metadata": {
                "name": f"{metadata['name']}-{due // 60}",
                "namespace": metadata["namespace"],
                "labels": given.get("labels") or {},
                "annotations": notes,
                "ownerReferences": [owner_of(cron, CRON_JOBS)],
            },
            "spec": template.get("spec", {}),
        }
        made = self._hands.create(JOBS, job)
        if made is not None:
            self._tell(cron, "SuccessfulCreate", f"Created job {job['metadata']['name']}")
        return made

    def _tidy(self, cron: dict[str, Any], jobs: list[dict[str, Any]]) -> None:
        """Delete the oldest of those that are done beyond what shall be kept."""
        done = sorted((job for job in jobs if finished(job)), key=lambda job: job["metadata"]["creationTimestamp"])
        for kind, kept in (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")):
            limit = find(cron, f"spec.{kept}", 3 if kind == "Complete" else 1)
            of_kind = [job for job in done if any(each["type"] == kind for each in job["status"]["conditions"])]
            for job in of_kind[: max(0, len(of_kind) - limit)]:
                name = job["metadata"]["name"]
                self._hands.delete(JOBS, f"{job['metadata']['namespace']}/{name}")
                self._tell(cron, "SuccessfulDelete", f"Deleted job {name}")

    def _sum_up(self, key: str, ran: int | None) -> None:
        cron = self._hands.read(CRON_JOBS, key)
        if cron is None:
            return
        jobs = self._hands.owned(JOBS, cron["metadata"]["uid"])
        status = {name: value for name, value in (cron.get("status") or {}).items() if name != "active"}
        active = [
            {
                "kind": "Job",
                "namespace": job["metadata"]["namespace"],
                "name": job["metadata"]["name"],
                "uid": job["metadata"]["uid"],
                "apiVersion": "batch/v1",
                "resourceVersion": job["metadata"]["resourceVersion"],
            }
            for job in jobs
            if not finished(job)
        ]
        if ran is not None:
            status["lastScheduleTime"] = format_time(ran)
        ends = [job["status"]["completionTime"] for job in jobs if find(job, "status.completionTime")]
        if ends:
            status["lastSuccessfulTime"] = max(ends, key=parse_time)
        if active:
            status["active"] = active
        self._hands.set_status(CRON_JOBS, cron, status)

    def _tell(self, cron: dict[str, Any], reason: str, message: str, kind: str = "Normal") -> None:
        self._hands.tell(CRON_JOBS, cron, Told(reason=reason, message=message, type=kind, component=_MANAGER))
