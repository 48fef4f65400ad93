"""Parts of a run as an Indexed Job: Kubernetes chooses nodes and starts them; their logs are what comes back.

Everything lies in a namespace that was made and labelled for it, which goes with all in it, also after a crash: it is
remembered as a population is, and `perfkit cluster down --all` removes it.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.clusters.filling import remove
from perfkit.clusters.gateway.upstream import Upstream
from perfkit.clusters.population import journal
from perfkit.clusters.population.journal import Begun
from perfkit.clusters.population.manifests import OWNER, Sent
from perfkit.clusters.population.writer import Writer
from perfkit.errors import ClusterError, StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.clusters.filling import Way

INDEX: Final = "JOB_COMPLETION_INDEX"  # the variable that Kubernetes sets
_INDEX_LABEL: Final = "batch.kubernetes.io/job-completion-index"
_NAME: Final = "perfkit"
_RATE: Final = 20.0  # requests a second
_LOOKS: Final = 0.5  # seconds between two
_FORGOTTEN: Final = 3600  # seconds after which Kubernetes itself removes a finished Job
_STUCK: Final = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError"}
)


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What is run ``parts`` times; ``limit``: seconds after which Kubernetes ends it."""

    image: str
    command: tuple[str, ...]
    environment: dict[str, str]
    parts: int
    limit: int


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """How one of them ended, on which node, and what it wrote."""

    index: int
    node: str
    succeeded: bool
    lines: list[str]


def run_job(work: Work, way: Way) -> list[Part]:
    """Have it run to its end, and take everything out of the cluster again.

    Raises:
        ClusterError: it cannot be run, is stuck, or the cluster does not answer.
    """
    owner = f"job-{secrets.token_hex(4)}"
    begun = Begun(owner=owner, server=way.access.server, kubeconfig=way.kubeconfig, context=way.context)
    try:
        journal.write(begun)
    except OSError as error:
        raise StorageError(f"a Job cannot be remembered: {error}", "XDG_STATE_HOME must name a folder") from error
    try:
        return asyncio.run(_Job(work, owner, way).run())
    finally:
        remove(begun, way.access, way.tell)


class _Job:
    """One Job from its making to its pods' logs."""

    def __init__(self, work: Work, owner: str, way: Way) -> None:
        self._work, self._way = work, way
        self._space = f"perfkit-{owner}"
        self._labels = {OWNER: owner, "app.kubernetes.io/managed-by": "perfkit"}
        self._upstream = Upstream(way.access)
        self._writer = Writer(self._upstream, _RATE)

    async def run(self) -> list[Part]:
        try:
            await self._make()
            return await self._collect()
        finally:
            await self._upstream.close()

    async def _make(self) -> None:
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self._space, "labels": self._labels}}
        await self._writer.create(Sent(collection="/api/v1/namespaces", name=self._space, body=space))
        body = manifest(self._work, self._space, self._labels)
        jobs = f"/apis/batch/v1/namespaces/{self._space}/jobs"
        await self._writer.create(Sent(collection=jobs, name=_NAME, body=body))

    async def _collect(self) -> list[Part]:
        """Each part as soon as it has ended."""
        found: dict[int, Part] = {}
        deadline = asyncio.get_running_loop().time() + self._work.limit
        while len(found) < self._work.parts:
            for pod in await self._writer.all(f"/api/v1/namespaces/{self._space}/pods", ""):
                index = int(pod["metadata"]["labels"].get(_INDEX_LABEL, -1))
                _check(pod)
                if index >= 0 and index not in found and _phase(pod) in {"Succeeded", "Failed"}:
                    found[index] = await self._part(index, pod)
                    self._way.tell(f"{len(found)} of {self._work.parts} parts have ended")
            if asyncio.get_running_loop().time() > deadline:
                raise ClusterError(
                    f"{len(found)} of {self._work.parts} parts have ended after {self._work.limit} s",
                    "is there room for its pods? --max-time gives it longer",
                )
            await asyncio.sleep(_LOOKS)
        return [found[index] for index in sorted(found)]

    async def _part(self, index: int, pod: Mapping[str, Any]) -> Part:
        name = pod["metadata"]["name"]
        path = f"/api/v1/namespaces/{self._space}/pods/{name}/log?container={_NAME}"
        answer = await self._upstream.ask("GET", path, {"accept": "*/*", "user-agent": "perfkit"})
        content = (await answer.read()).decode(errors="replace")
        if answer.status >= 300:
            raise ClusterError(f"the log of pod {name} cannot be read: {answer.status} {content[:200]}")
        node = pod["spec"].get("nodeName", "")
        return Part(index=index, node=node, succeeded=_phase(pod) == "Succeeded", lines=content.splitlines())


def manifest(work: Work, space: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """The Job. Its parts go to different nodes where there are several; none is tried twice, none gets a token."""
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": dict(labels)},
    }
    container = {
        "name": _NAME,
        "image": work.image,
        "command": list(work.command),
        "env": [{"name": name, "value": value} for name, value in work.environment.items()],
    }
    pod = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "topologySpreadConstraints": [spread],
        "containers": [container],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": _NAME, "namespace": space, "labels": dict(labels)},
        "spec": {
            "completionMode": "Indexed",
            "completions": work.parts,
            "parallelism": work.parts,
            "backoffLimitPerIndex": 0,
            "maxFailedIndexes": work.parts,
            "activeDeadlineSeconds": work.limit,
            "ttlSecondsAfterFinished": _FORGOTTEN,
            "template": {"metadata": {"labels": dict(labels)}, "spec": pod},
        },
    }


def _phase(pod: Mapping[str, Any]) -> str:
    phase: str = pod.get("status", {}).get("phase", "")
    return phase


def _check(pod: Mapping[str, Any]) -> None:
    """Raise ClusterError where a pod will never start: Kubernetes would wait for ever."""
    for status in pod.get("status", {}).get("containerStatuses") or ():
        waiting = status.get("state", {}).get("waiting") or {}
        if waiting.get("reason") in _STUCK:
            message = " ".join(str(waiting.get("message", "")).split())
            raise ClusterError(f"{status['image']}: {waiting['reason']}: {message}"[:300], "is --image right?")
