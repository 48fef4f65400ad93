"""A population in a real cluster: filled, kept alive, changed as its twin changes, brought back to its first state."""

from __future__ import annotations

import asyncio
import traceback
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from perfkit.clusters.population import manifests
from perfkit.clusters.population.manifests import OWNER
from perfkit.clusters.population.twin import Twin
from perfkit.errors import ClusterError
from perfkit.mock.resources.events import EVENTS
from perfkit.mock.resources.pods import PODS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from perfkit.clusters.population.manifests import Sent
    from perfkit.clusters.population.writer import Writer
    from perfkit.mock.resources.description import Resource
    from perfkit.model.churn import Churn
    from perfkit.model.control import Churned, Populate, Scale

HEARTBEAT: Final = 10.0  # seconds between two renewals of a node's lease, as a kubelet's
_TAKEN: Final = "remove what perfkit made with `perfkit cluster down --all`, or take another cluster"
_KWOK: Final = "/apis/apps/v1/namespaces/kube-system/deployments/kwok-controller"


class Population:
    """One population. It must be filled first; ``close`` ends what keeps it alive."""

    def __init__(self, asked: Populate, writer: Writer) -> None:
        self._asked = asked
        self._writer = writer
        self._dirty: dict[tuple[str, str], Resource] = {}  # what is to be written, each once, in the order of changes
        self._touched: dict[tuple[str, str], Resource] = {}  # what no longer is as at first
        self._wake = asyncio.Event()
        self._clean = asyncio.Event()
        self._clean.set()
        self._tasks: list[asyncio.Task[None]] = []
        self._twin: Twin

    async def fill(self, tell: Callable[[int, int], None]) -> int:
        """Make what is missing; ``tell(done, all)`` pods. How many pods there are then. Raises ClusterError."""
        kwok = await self._writer.read(_KWOK) is not None
        self._twin = Twin(self._asked, self._change, kwok=kwok)
        await self._make_spaces()
        nodes = list(self._twin.nodes())
        await self._all(self._made(nodes), lambda: None)
        names = [each.name for each in nodes]
        if not kwok:
            await self._beat(names)
            self._tasks.append(asyncio.create_task(self._live(names)))
        await self._make_pods(tell)
        self._tasks.append(asyncio.create_task(self._mirror()))
        return self._twin.count()

    def churn(self, churn: Churn | None) -> Churned:
        """Change like this from now on, or not any more; what the churn before did."""
        return self._twin.life.churn(churn)

    async def scale(self, wanted: Scale) -> int:
        """Change how many pods there are, and wait until it is so; how many there are then. Raises ClusterError."""
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._twin.life.scale(wanted, done.set_result)
        pods = await done
        await self._clean.wait()
        return pods

    async def reset(self) -> None:
        """Bring back what has changed, and wait until that is done."""
        self._twin.reset()
        touched, self._touched = self._touched, {}
        self._dirty.update(touched)
        if self._dirty:
            self._clean.clear()
            self._wake.set()
            await self._clean.wait()

    def close(self) -> None:
        """Let go; what is there stays until it is removed."""
        for task in self._tasks:
            task.cancel()

    async def _make_spaces(self) -> None:
        for name in self._twin.namespaces():
            await self._claim(manifests.namespace(name, self._asked.owner))
            await self._writer.create(manifests.account(name))

    async def _claim(self, sent: Sent) -> None:
        """Make an object, or find it to be ours. Raises ClusterError: it is somebody else's."""
        if await self._writer.create(sent):
            return
        found = await self._writer.read(sent.path)
        owner = ((found or {}).get("metadata", {}).get("labels") or {}).get(OWNER)
        if owner != self._asked.owner:
            whose = f"of the population {owner}" if owner else "not perfkit's"
            kind = sent.body["kind"].lower()
            raise ClusterError(f"{kind} {sent.name!r} is there already and {whose}", _TAKEN)

    def _made(self, objects: Iterable[Sent]) -> Iterable[Callable[[], Awaitable[object]]]:
        return (partial(self._claim, each) for each in objects)

    async def _make_pods(self, tell: Callable[[int, int], None]) -> None:
        """Make the pods that are missing; where an earlier try ended, those that have no status get one."""
        there = await self._found()
        count, done = self._twin.count(), 0
        tell(0, count)

        def one_more() -> None:
            nonlocal done
            done += 1
            tell(done, count)

        await self._all((self._pod(each, there) for each in self._twin.pods()), one_more)

    def _pod(self, sent: Sent, there: dict[str, bool]) -> Callable[[], Awaitable[object]]:
        whole = there.get(sent.path)
        if whole is None:
            return partial(self._claim, sent)
        return partial(asyncio.sleep, 0) if whole else partial(self._writer.set_status, sent)

    async def _found(self) -> dict[str, bool]:
        """The pods that are there, by their paths: whether they have their status."""
        found = await self._writer.all("/api/v1/pods", f"labelSelector={OWNER}%3D{self._asked.owner}")
        return {_path(each): bool(each["status"].get("containerStatuses")) for each in found}

    async def _all(self, work: Iterable[Callable[[], Awaitable[object]]], done: Callable[[], None]) -> None:
        try:
            await self._writer.each(work, done)
        except* ClusterError as group:
            error: BaseException = group
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            raise error from None

    async def _live(self, names: list[str]) -> None:
        """Renew the nodes' leases from here on."""
        while True:
            await asyncio.sleep(HEARTBEAT)
            try:
                await self._beat(names)
            except ClusterError:  # the next one may come through; the targets will tell
                traceback.print_exc()

    async def _beat(self, names: Iterable[str]) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        leases = (manifests.lease(name, self._asked.owner, now) for name in names)
        await self._all((partial(self._renew, each) for each in leases), lambda: None)

    async def _renew(self, sent: Sent) -> None:
        if not await self._writer.merge(sent):
            await self._writer.create(sent)

    def _change(self, resource: Resource, key: str) -> None:
        """Something has changed in the twin."""
        place = (resource.qualified, key)
        self._dirty[place] = self._touched[place] = resource
        self._clean.clear()
        self._wake.set()

    async def _mirror(self) -> None:
        """Write what changed, again and again; many changes of one object are one."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            changed, self._dirty = self._dirty, {}
            try:
                await self._all((partial(self._write, *each) for each in _places(changed)), lambda: None)
            except ClusterError:
                traceback.print_exc()
            if not self._dirty:
                self._clean.set()

    async def _write(self, resource: Resource, key: str) -> None:
        """Have the cluster hold an object as the twin does."""
        sent = self._twin.sent(resource, key)
        if sent is None:
            await self._writer.delete(self._twin.path(resource, key))
        elif resource is EVENTS:
            if not await self._writer.create(sent):
                await self._writer.merge(sent)
        elif not await self._writer.set_status(sent):
            await self._writer.create(sent)


def _places(changed: dict[tuple[str, str], Resource]) -> list[tuple[Resource, str]]:
    return [(resource, key) for (_, key), resource in changed.items()]


def _path(pod: dict[str, Any]) -> str:
    return f"/api/v1/namespaces/{pod['metadata']['namespace']}/{PODS.name}/{pod['metadata']['name']}"
