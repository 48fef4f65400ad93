"""A population whose nodes and pods a kwok runs: https://kwok.sigs.k8s.io.

It makes nodes ready and sets their pods running, each once, as soon as it sees them. What it gives stays; perfkit
writes only what the shape has otherwise, and after it, so that neither overwrites the other.
"""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.clusters.population.manifests import selector
from perfkit.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from perfkit.clusters.population.manifests import Sent
    from perfkit.clusters.population.writer import Writer

_GIVEN: Final = {
    "Node": frozenset({"addresses", "daemonEndpoints"}),  # where kwok answers for logs and exec
    "Pod": frozenset({"podIP", "podIPs", "hostIP", "hostIPs", "startTime"}),
}
_PORTION: Final = 500  # pods that kwok is waited for at a time
PATIENCE: Final = 30.0  # seconds in which kwok gets on
_LOOKS: Final = 0.1


class Kwok:
    """Nodes and pods of ``owner`` are kwok's to run."""

    name = "kwok"

    def __init__(self, writer: Writer, owner: str) -> None:
        self._writer = writer
        self._selector = selector(owner)

    async def join(self, nodes: list[Sent]) -> None:
        """Wait until kwok has made the nodes ready, then give them what the shape has. Raises ClusterError."""
        await self._until(self._unready_node)
        await self._writer.each(partial(self.update, each) for each in nodes)

    async def start(self, pods: Iterable[Sent], done: Callable[[], None]) -> None:
        """Make pods, or find them to be ours; kwok runs them; then those get a status that are not well."""
        coming = iter(pods)
        while portion := list(islice(coming, _PORTION)):
            bare = (msgspec.structs.replace(each, status=None) for each in portion)
            await self._writer.each((partial(self._writer.claim, each) for each in bare), done)
            await self._until(self._pending_pod)
            await self._writer.each(partial(self.update, each) for each in portion if not is_well(each))

    async def update(self, sent: Sent) -> bool:
        """Give an object another status; False where it is not there. Raises ClusterError."""
        return await self._writer.set_status(msgspec.structs.replace(sent, status=status_beside(sent)))

    async def restore(self, pods: list[Sent]) -> None:
        """Delete changed pods: what kwok gave them only kwok gives again. Raises ClusterError."""
        await self._writer.each(partial(self._writer.delete, each.path) for each in pods)

    def close(self) -> None:
        """Nothing is kept alive here."""

    async def _until(self, left: Callable[[], Any]) -> None:
        """Wait until nothing is ``left`` to do for kwok. Raises ClusterError: it does not get on."""
        loop = asyncio.get_running_loop()
        before, deadline = "", 0.0
        while name := await left():
            if name != before:
                before, deadline = name, loop.time() + PATIENCE
            if loop.time() > deadline:
                raise ClusterError(
                    f"kwok has taken the nodes, and yet {name} does not run",
                    "see that kwok has its stages (stage-fast.yaml), or stop kwok",
                )
            await asyncio.sleep(_LOOKS)

    async def _pending_pod(self) -> str:
        query = f"{self._selector}&fieldSelector=status.phase%3DPending&limit=1"
        found = await self._writer.read(f"/api/v1/pods?{query}")
        return next((f"pod {each['metadata']['name']}" for each in (found or {}).get("items", ())), "")

    async def _unready_node(self) -> str:
        nodes = await self._writer.all("/api/v1/nodes", self._selector)
        return next((f"node {each['metadata']['name']}" for each in nodes if not is_ready(each["status"])), "")


def status_beside(sent: Sent) -> dict[str, Any]:
    """Of an object's status what may be written beside kwok: not what only it knows, nor what it would put right."""
    status = sent.status or {}
    kind = sent.body["kind"]
    if kind == "Pod" and status.get("phase") == "Pending":
        return {}
    mine = {name: value for name, value in status.items() if name not in _GIVEN[kind]}
    if kind == "Pod":
        mine.setdefault("containerStatuses", None)  # kwok's are none of an evicted pod's
    if kind == "Node" and not is_ready(status):
        mine.pop("conditions", None)
    return mine


def is_well(pod: Sent) -> bool:
    """Whether a pod is just as kwok has it: it runs, is ready and never did anything else."""
    status = pod.status or {}
    containers = status.get("containerStatuses", ())
    return status.get("phase") == "Running" and all(
        each["ready"] and not each["restartCount"] and not each.get("lastState") for each in containers
    )


def is_ready(status: dict[str, Any]) -> bool:
    """Whether a node's status says so."""
    return any(each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions") or ())
