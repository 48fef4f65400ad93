"""Jobs: pods until enough of them have succeeded, or too many failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.generator.words import safe_text
from perfkit.mock.life.hands import condition, owner_of
from perfkit.mock.life.pods_of import pod_from
from perfkit.mock.life.recorder import Told
from perfkit.mock.resources.batch import JOBS
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.rules import find
from perfkit.mock.times import parse_time
from perfkit.mock.writes.metadata import digest

if TYPE_CHECKING:
    from perfkit.mock.life.hands import Hands
    from perfkit.mock.life.queue import Queue
    from perfkit.mock.life.views import View, Views

NAME = "jobs"
_MANAGER = "job-controller"
_INDEX = "batch.kubernetes.io/job-completion-index"
_BACKOFF = (10.0, 360.0)  # seconds before a failed pod is replaced, doubled each time up to the most
_AT_ONCE = 50


class Jobs:
    """The controller of jobs."""

    def __init__(self, hands: Hands, views: Views, queue: Queue) -> None:
        self._hands = hands
        self._views = views
        self._queue = queue

    def sync(self, key: str) -> None:
        """Make pods, count how they ended, and conclude."""
        job = self._hands.read(JOBS, key)
        if job is None or "deletionTimestamp" in job["metadata"]:
            return
        if finished(job):
            self._expire(job, key)
            return
        pods = self._views.controlled_by(job["metadata"]["uid"])
        suspended = bool(find(job, "spec.suspend", default=False))
        active = [pod for pod in pods if pod.active]
        if suspended or self._verdict(job, pods):
            for pod in active:
                self._hands.delete(PODS, pod.key)
            active = []
        else:
            self._fill(job, key, pods, active)
        self._sum_up(key, pods, active)

    def _fill(self, job: dict[str, Any], key: str, pods: list[View], active: list[View]) -> None:
        succeeded = [pod for pod in pods if pod.status.phase == "Succeeded"]
        failed = [pod for pod in pods if pod.status.phase == "Failed"]
        wanted, parallel = find(job, "spec.completions"), find(job, "spec.parallelism", 1)
        if wanted is None:  # a work queue: nobody is added once one is done
            missing = parallel - len(active) if not succeeded else 0
        else:
            missing = min(parallel, wanted - len(succeeded)) - len(active)
        if missing <= 0:
            return
        wait = self._wait(failed)
        if wait > 0:
            self._queue.add(NAME, key, wait)
            return
        indices = self._open_indices(job, [*succeeded, *active])
        for _ in range(min(missing, _AT_ONCE)):
            self._make(job, indices.pop(0) if indices else None)
        if missing > _AT_ONCE:
            self._queue.add(NAME, key)

    def _wait(self, failed: list[View]) -> float:
        """Seconds to wait after failures before the next try."""
        if not failed:
            return 0.0
        last = max(parse_time(pod.metadata.creation_timestamp) for pod in failed)
        least, most = _BACKOFF
        return last + float(min(least * 2 ** min(len(failed) - 1, 10), most)) - self._hands.store.now

    def _open_indices(self, job: dict[str, Any], pods: list[View]) -> list[int]:
        if find(job, "spec.completionMode") != "Indexed":
            return []
        taken = {pod.metadata.labels.get(_INDEX) for pod in pods}
        return [number for number in range(find(job, "spec.completions", 1)) if str(number) not in taken]

    def _make(self, job: dict[str, Any], index: int | None) -> None:
        metadata = job["metadata"]
        pod = pod_from(find(job, "spec.template", {}), metadata["namespace"], owner_of(job, JOBS))
        prefix = f"{metadata['name']}-" if index is None else f"{metadata['name']}-{index}-"
        random = digest(self._hands.store, "pod", metadata["uid"], prefix)
        pod["metadata"] |= {"name": prefix + safe_text(random[:5]), "generateName": prefix}
        if index is not None:
            labels, notes = pod["metadata"].get("labels") or {}, pod["metadata"].get("annotations") or {}
            pod["metadata"] |= {
                "labels": {**labels, _INDEX: str(index)},
                "annotations": {**notes, _INDEX: str(index)},
            }
        if self._hands.create(PODS, pod) is not None:
            self._tell(job, "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")

    def _verdict(self, job: dict[str, Any], pods: list[View]) -> str:
        """``Complete`` or ``Failed`` where that is settled; empty else."""
        succeeded = sum(pod.status.phase == "Succeeded" for pod in pods)
        wanted = find(job, "spec.completions")
        if succeeded >= (1 if wanted is None else wanted) and (wanted is not None or not any(p.active for p in pods)):
            return "Complete"
        if self._failures(job, pods) > find(job, "spec.backoffLimit", 6):
            return "Failed"
        started, limit = find(job, "status.startTime"), find(job, "spec.activeDeadlineSeconds")
        late = started and limit and parse_time(started) + limit <= self._hands.store.now
        return "Failed" if late else ""

    def _failures(self, job: dict[str, Any], pods: list[View]) -> int:
        failed: int = sum(pod.status.phase == "Failed" for pod in pods)
        if find(job, "spec.template.spec.restartPolicy") != "OnFailure":
            return failed
        whole = (self._hands.read(PODS, pod.key) for pod in pods)
        return failed + sum(
            int(status.get("restartCount", 0)) for pod in whole for status in find(pod, "status.containerStatuses", ())
        )

    def _sum_up(self, key: str, pods: list[View], active: list[View]) -> None:
        job = self._hands.read(JOBS, key)
        if job is None:
            return
        time = self._hands.time
        verdict = self._verdict(job, pods)
        counts = {
            "active": 0 if verdict else sum(pod.active for pod in self._views.controlled_by(job["metadata"]["uid"])),
            "succeeded": sum(pod.status.phase == "Succeeded" for pod in pods),
            "failed": sum(pod.status.phase == "Failed" for pod in pods),
        }
        status: dict[str, Any] = {
            "startTime": find(job, "status.startTime", time),
            **{name: count for name, count in counts.items() if count},
            "ready": sum(pod.ready for pod in active),
            "terminating": 0,
            "uncountedTerminatedPods": {},
            "conditions": self._conditions(job, verdict, time),
        }
        if find(job, "spec.completionMode") == "Indexed":
            done = {pod.metadata.labels.get(_INDEX, "") for pod in pods if pod.status.phase == "Succeeded"}
            status["completedIndexes"] = ",".join(sorted(done, key=lambda text: int(text or 0)))
        if verdict == "Complete":
            status["completionTime"] = time
        if find(job, "spec.suspend", default=False):
            status.pop("startTime")
        if not status["conditions"]:
            del status["conditions"]
        self._hands.set_status(JOBS, job, status)
        if verdict == "Complete":
            self._tell(job, "Completed", "Job completed")
        elif verdict:
            message = "Job has reached the specified backoff limit"
            self._tell(job, "BackoffLimitExceeded", message, "Warning")
        self._mind_deadline(job, key, status)

    def _conditions(self, job: dict[str, Any], verdict: str, time: str) -> list[dict[str, Any]]:
        found = list(find(job, "status.conditions", ()))
        new: list[dict[str, Any]] = []
        if verdict == "Complete":
            why = {"reason": "CompletionsReached", "message": "Reached expected number of succeeded pods"}
            new = [condition(kind, "True", time, lastProbeTime=time, **why) for kind in _COMPLETE]
        elif verdict:
            late = self._failures_exceeded(job)
            why = {"reason": late[0], "message": late[1]}
            new = [condition(kind, "True", time, lastProbeTime=time, **why) for kind in ("FailureTarget", "Failed")]
        suspended = bool(find(job, "spec.suspend", default=False))
        if suspended or any(each["type"] == "Suspended" for each in found):
            word = "suspended" if suspended else "resumed"
            why = {"reason": f"Job{word.capitalize()}", "message": f"Job {word}"}
            present = next((each for each in found if each["type"] == "Suspended"), None)
            if present is None or present["status"] != str(suspended):
                new.append(condition("Suspended", str(suspended), time, lastProbeTime=time, **why))
        kinds = {each["type"] for each in new}
        return [*(each for each in found if each["type"] not in kinds), *new]

    def _failures_exceeded(self, job: dict[str, Any]) -> tuple[str, str]:
        pods = self._views.controlled_by(job["metadata"]["uid"])
        if self._failures(job, pods) > find(job, "spec.backoffLimit", 6):
            return "BackoffLimitExceeded", "Job has reached the specified backoff limit"
        return "DeadlineExceeded", "Job was active longer than specified deadline"

    def _mind_deadline(self, job: dict[str, Any], key: str, status: dict[str, Any]) -> None:
        limit = find(job, "spec.activeDeadlineSeconds")
        if limit and "startTime" not in (job.get("status") or {}) and "startTime" in status:
            self._hands.after(limit, lambda: self._queue.add(NAME, key))

    def _expire(self, job: dict[str, Any], key: str) -> None:
        """Delete a finished job after the time that it says."""
        seconds = find(job, "spec.ttlSecondsAfterFinished")
        if seconds is None:
            return
        ended = next(each for each in job["status"]["conditions"] if each["type"] in {"Complete", "Failed"})
        left = parse_time(ended["lastTransitionTime"]) + seconds - self._hands.store.now
        if left > 0:
            self._queue.add(NAME, key, left)
        else:
            self._hands.delete(JOBS, key)

    def _tell(self, job: dict[str, Any], reason: str, message: str, kind: str = "Normal") -> None:
        self._hands.tell(JOBS, job, Told(reason=reason, message=message, type=kind, component=_MANAGER))


_COMPLETE = ("SuccessCriteriaMet", "Complete")


def finished(job: dict[str, Any]) -> bool:
    """Whether a job is complete or has failed."""
    return any(
        each["type"] in {"Complete", "Failed"} and each["status"] == "True"
        for each in find(job, "status.conditions", ())
    )
