"""Stateful sets, daemon sets, jobs and cron jobs."""

from __future__ import annotations

from typing import Any

import pytest

from perfkit.mock.life.schedule import next_time
from perfkit.mock.times import format_time, parse_time
from support.asgi import Harness
from support.life import APPS, BATCH, DEFAULT, condition, events, pods, template

LABELS = {"app": "w"}


@pytest.fixture
def cluster() -> Harness:
    return Harness()


def created(cluster: Harness, path: str, name: str, spec: dict[str, Any], seconds: float = 8) -> dict[str, Any]:
    answer = cluster.post(path, {"metadata": {"name": name}, "spec": spec})
    assert answer.status == 201, answer.body
    cluster.wait(seconds)
    found: dict[str, Any] = cluster.get(f"{path}/{name}").json()
    return found


def names(found: list[dict[str, Any]]) -> list[str]:
    return [each["metadata"]["name"] for each in found]


# ---- stateful sets


def stateful(replicas: int = 3, **more: Any) -> dict[str, Any]:
    return {
        "replicas": replicas,
        "serviceName": "w",
        "selector": {"matchLabels": LABELS},
        "template": template(LABELS),
        **more,
    }


def test_pods_of_a_stateful_set_come_one_after_another(cluster: Harness) -> None:
    created(cluster, f"{APPS}/statefulsets", "w", stateful(), 1)
    assert names(pods(cluster, "w")) == ["w-0"]
    cluster.wait(12)
    found = cluster.get(f"{APPS}/statefulsets/w").json()
    assert names(pods(cluster, "w")) == ["w-0", "w-1", "w-2"]
    starts = [pod["status"]["startTime"] for pod in pods(cluster, "w")]
    assert starts == sorted(starts)
    assert starts[0] < starts[2]
    status = found["status"]
    assert (status["readyReplicas"], status["updatedReplicas"], status["currentRevision"]) == (
        3,
        3,
        status["updateRevision"],
    )
    assert pods(cluster, "w")[1]["spec"]["hostname"] == "w-1"


def test_a_parallel_stateful_set_does_not_wait(cluster: Harness) -> None:
    created(cluster, f"{APPS}/statefulsets", "w", stateful(podManagementPolicy="Parallel"), 0.5)
    assert len(pods(cluster, "w")) == 3


def test_a_stateful_set_shrinks_from_the_end_and_a_lost_pod_comes_back_by_name(cluster: Harness) -> None:
    created(cluster, f"{APPS}/statefulsets", "w", stateful(), 15)
    cluster.patch(f"{APPS}/statefulsets/w", {"spec": {"replicas": 1}})
    cluster.wait(6)
    assert names(pods(cluster, "w")) == ["w-0"]
    before = pods(cluster, "w")[0]["metadata"]["uid"]
    cluster.delete(f"{DEFAULT}/pods/w-0")
    cluster.wait(5)
    assert names(pods(cluster, "w")) == ["w-0"]
    assert pods(cluster, "w")[0]["metadata"]["uid"] != before


def test_a_stateful_set_is_updated_from_the_end(cluster: Harness) -> None:
    created(cluster, f"{APPS}/statefulsets", "w", stateful(), 15)
    cluster.patch(f"{APPS}/statefulsets/w", {"spec": {"template": {"metadata": {"annotations": {"turn": "2"}}}}})
    order: list[str] = []
    for _ in range(300):
        cluster.wait(0.1)
        for pod in pods(cluster, "w"):
            if "turn" in pod["metadata"].get("annotations", {}) and pod["metadata"]["name"] not in order:
                order.append(pod["metadata"]["name"])
    assert order == ["w-2", "w-1", "w-0"]
    status = cluster.get(f"{APPS}/statefulsets/w").json()["status"]
    assert status["currentRevision"] == status["updateRevision"]


def test_claims_of_a_stateful_set_are_made_and_bound(cluster: Harness) -> None:
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    created(cluster, f"{APPS}/statefulsets", "w", stateful(2, volumeClaimTemplates=[claim]), 15)
    for name in ("data-w-0", "data-w-1"):
        found = cluster.get(f"{DEFAULT}/persistentvolumeclaims/{name}").json()
        assert found["status"]["phase"] == "Bound"
        volume = cluster.get(f"/api/v1/persistentvolumes/{found['spec']['volumeName']}").json()
        assert volume["spec"]["claimRef"]["uid"] == found["metadata"]["uid"]


# ---- daemon sets


def test_a_daemon_set_has_a_pod_on_each_node_and_follows_new_ones(cluster: Harness) -> None:
    spec = {"selector": {"matchLabels": LABELS}, "template": template(LABELS)}
    found = created(cluster, f"{APPS}/daemonsets", "w", spec)
    assert sorted(pod["spec"]["nodeName"] for pod in pods(cluster, "w")) == ["node-00000", "node-00001"]
    assert (found["status"]["desiredNumberScheduled"], found["status"]["numberReady"]) == (2, 2)
    cluster.post("/api/v1/nodes", {"metadata": {"name": "extra"}})
    cluster.wait(1)
    assert len(pods(cluster, "w")) == 3


def test_a_daemon_set_is_updated_node_by_node(cluster: Harness) -> None:
    spec = {"selector": {"matchLabels": LABELS}, "template": template(LABELS)}
    created(cluster, f"{APPS}/daemonsets", "w", spec)
    cluster.patch(f"{APPS}/daemonsets/w", {"spec": {"template": {"metadata": {"annotations": {"turn": "2"}}}}})
    for _ in range(200):
        cluster.wait(0.1)
        ready = [pod for pod in pods(cluster, "w") if _ready(pod)]
        assert len(ready) >= 1
    assert {pod["metadata"]["annotations"].get("turn") for pod in pods(cluster, "w")} == {"2"}
    status = cluster.get(f"{APPS}/daemonsets/w").json()["status"]
    assert (status["updatedNumberScheduled"], status["numberAvailable"]) == (2, 2)


def _ready(pod: dict[str, Any]) -> bool:
    going = "deletionTimestamp" in pod["metadata"]
    return not going and any(
        c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", ())
    )


# ---- jobs


def job(*command: str, **more: Any) -> dict[str, Any]:
    containers = [{"name": "main", "image": "registry.example.com/task:v1", "command": list(command)}]
    return {"template": {"spec": {"containers": containers, "restartPolicy": "Never"}}, **more}


def of_job(cluster: Harness, name: str = "j") -> list[dict[str, Any]]:
    selector = f"batch.kubernetes.io/job-name%3D{name}"
    found: list[dict[str, Any]] = cluster.list(f"{DEFAULT}/pods?labelSelector={selector}")["items"]
    return found


def test_a_job_completes(cluster: Harness) -> None:
    found = created(cluster, f"{BATCH}/jobs", "j", job("true", completions=3, parallelism=2), 30)
    assert condition(found, "Complete")["status"] == "True"
    assert (found["status"]["succeeded"], found["status"]["ready"]) == (3, 0)
    assert found["status"]["startTime"] < found["status"]["completionTime"]
    assert [reason for reason, _ in events(cluster, "j")] == ["SuccessfulCreate"] * 3 + ["Completed"]
    assert {pod["status"]["phase"] for pod in of_job(cluster)} == {"Succeeded"}


def test_no_more_pods_of_a_job_run_than_shall_at_a_time(cluster: Harness) -> None:
    created(cluster, f"{BATCH}/jobs", "j", job("true", completions=6, parallelism=2), 0)
    for _ in range(300):
        cluster.wait(0.1)
        assert sum(pod["status"]["phase"] in {"Pending", "Running"} for pod in of_job(cluster)) <= 2
    assert cluster.get(f"{BATCH}/jobs/j").json()["status"]["succeeded"] == 6


def test_a_job_that_keeps_failing_gives_up(cluster: Harness) -> None:
    found = created(cluster, f"{BATCH}/jobs", "j", job("false", backoffLimit=2), 120)
    failed = condition(found, "Failed")
    assert (failed["status"], failed["reason"]) == ("True", "BackoffLimitExceeded")
    assert found["status"]["failed"] == 3 == len(of_job(cluster))


def test_pods_of_an_indexed_job_have_their_numbers(cluster: Harness) -> None:
    found = created(
        cluster, f"{BATCH}/jobs", "j", job("true", completions=3, parallelism=3, completionMode="Indexed"), 20
    )
    assert sorted(pod["metadata"]["labels"]["batch.kubernetes.io/job-completion-index"] for pod in of_job(cluster)) == [
        "0",
        "1",
        "2",
    ]
    assert found["status"]["completedIndexes"] == "0,1,2"


def test_a_suspended_job_waits(cluster: Harness) -> None:
    created(cluster, f"{BATCH}/jobs", "j", job("true", suspend=True), 10)
    assert of_job(cluster) == []
    cluster.patch(f"{BATCH}/jobs/j", {"spec": {"suspend": False}})
    cluster.wait(20)
    assert condition(cluster.get(f"{BATCH}/jobs/j").json(), "Complete")["status"] == "True"


def test_a_job_goes_when_its_time_after_the_end_is_over(cluster: Harness) -> None:
    created(cluster, f"{BATCH}/jobs", "j", job("true", ttlSecondsAfterFinished=30), 20)
    assert cluster.get(f"{BATCH}/jobs/j").status == 200
    cluster.wait(60)
    assert cluster.get(f"{BATCH}/jobs/j").status == 404
    assert of_job(cluster) == []


# ---- cron jobs


def test_a_cron_job_makes_jobs_on_simulated_minutes_and_keeps_a_few(cluster: Harness) -> None:
    spec = {"schedule": "*/2 * * * *", "jobTemplate": {"spec": job("true")}, "successfulJobsHistoryLimit": 2}
    created(cluster, f"{BATCH}/cronjobs", "c", spec, 60)
    assert cluster.list(f"{BATCH}/jobs")["items"] == []
    cluster.wait(600)
    found = cluster.list(f"{BATCH}/jobs")["items"]
    assert [
        each["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"][11:16] for each in found
    ] == [
        "09:38",
        "09:40",
    ]
    status = cluster.get(f"{BATCH}/cronjobs/c").json()["status"]
    assert status["lastScheduleTime"] == "2026-01-15T09:40:00Z"
    assert status["lastSuccessfulTime"] > status["lastScheduleTime"]


def test_a_suspended_cron_job_makes_none(cluster: Harness) -> None:
    spec = {"schedule": "* * * * *", "jobTemplate": {"spec": job("true")}, "suspend": True}
    created(cluster, f"{BATCH}/cronjobs", "c", spec, 300)
    assert cluster.list(f"{BATCH}/jobs")["items"] == []


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("* * * * *", "2026-01-15T09:31:00Z"),
        ("*/15 * * * *", "2026-01-15T09:45:00Z"),
        ("5 10 * * *", "2026-01-15T10:05:00Z"),
        ("0 0 * * *", "2026-01-16T00:00:00Z"),
        ("@hourly", "2026-01-15T10:00:00Z"),
        ("30 9 * * mon", "2026-01-19T09:30:00Z"),
        ("0 12 1 feb *", "2026-02-01T12:00:00Z"),
        ("0 0 13 * 5", "2026-01-16T00:00:00Z"),
        ("10-20/5 9,11 * * *", "2026-01-15T11:10:00Z"),
        ("0 0 * * 7", "2026-01-18T00:00:00Z"),
        ("0 0 30 2 *", None),
    ],
)
def test_the_next_time_of_a_schedule(schedule: str, expected: str | None) -> None:
    found = next_time(schedule, parse_time("2026-01-15T09:30:00Z"))
    assert (found and format_time(found)) == expected


@pytest.mark.parametrize("schedule", ["", "* * * *", "60 * * * *", "*/0 * * * *", "a * * * *", "5-1 * * * *"])
def test_a_schedule_that_is_none_is_refused(schedule: str) -> None:
    with pytest.raises(ValueError):
        next_time(schedule, 0)
