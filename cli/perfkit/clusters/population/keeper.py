"""A population in a real cluster: filled, kept alive, changed as its twin changes, brought back to its first state."""

from __future__ import annotations

import asyncio
import traceback
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.clusters.population import kubelets, manifests
from perfkit.clusters.population.manifests import selector
from perfkit.clusters.population.twin import Twin
from perfkit.errors import ClusterError
from perfkit.mock.resources.events import EVENTS
from perfkit.mock.resources.pods import PODS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perfkit.clusters.population.kubelets import Kubelets
    from perfkit.clusters.population.manifests import Sent
    from perfkit.clusters.population.writer import Writer
    from perfkit.mock.resources.description import Resource
    from perfkit.model.churn import Churn
    from perfkit.model.control import Churned, Populate, Scale


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
        self._twin = Twin(asked, self._change)
        self._kubelets: Kubelets
        self._mirroring: asyncio.Task[None]

    async def fill(self, tell: Callable[[int, int], None]) -> str:
        """Make what is missing; ``tell(done, all)`` pods. Who runs them, by name. Raises ClusterError."""
        nodes = list(self._twin.nodes())
        await self._make_leases(nodes)
        await self._make_spaces()
        bare = (msgspec.structs.replace(each, status=None) for each in nodes)
        await self._writer.each(partial(self._writer.claim, each) for each in bare)
        self._kubelets = await kubelets.found(self._writer, nodes, self._asked.owner)
        await self._kubelets.join(nodes)
        await self._make_pods(tell)
        self._mirroring = asyncio.create_task(self._mirror())
        return self._kubelets.name

    def count(self) -> int:
        """How many pods there are."""
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
        await self._kubelets.restore(self._pods_of(touched))
        self._dirty.update(touched)
        if self._dirty:
            self._clean.clear()
            self._wake.set()
            await self._clean.wait()

    def close(self) -> None:
        """Let go; what is there stays until it is removed."""
        self._kubelets.close()
        self._mirroring.cancel()

    async def _make_leases(self, nodes: list[Sent]) -> None:
        """Before the nodes: who plays a node looks for its lease."""
        leases = (manifests.lease(each.name, self._asked.owner) for each in nodes)
        await self._writer.each(partial(self._writer.create, each) for each in leases)

    async def _make_spaces(self) -> None:
        for name in self._twin.namespaces():
            await self._writer.claim(manifests.namespace(name, self._asked.owner))
            await self._writer.create(manifests.account(name))

    async def _make_pods(self, tell: Callable[[int, int], None]) -> None:
        """Make the pods that are missing; where an earlier try ended, those that have no status get one."""
        whole = await self._whole()
        count, done = self._twin.count(), 0
        tell(0, count)

        def one_more() -> None:
            nonlocal done
            done += 1
            tell(done, count)

        def missing() -> Iterator[Sent]:
            for each in self._twin.pods():
                if each.path in whole:
                    one_more()
                else:
                    yield each

        await self._kubelets.start(missing(), one_more)

    async def _whole(self) -> set[str]:
        """The paths of the pods that are there and have their status."""
        found = await self._writer.all("/api/v1/pods", selector(self._asked.owner))
        return {_path(each) for each in found if each["status"].get("containerStatuses")}

    def _pods_of(self, touched: dict[tuple[str, str], Resource]) -> list[Sent]:
        """Those of the touched objects that are pods and are to be there."""
        keys = [key for (_, key), resource in touched.items() if resource is PODS]
        return [sent for key in keys if (sent := self._twin.sent(PODS, key)) is not None]

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
                await self._write_all(changed)
            except ClusterError:
                traceback.print_exc()
            if not self._dirty:
                self._clean.set()

    async def _write_all(self, changed: dict[tuple[str, str], Resource]) -> None:
        missing: list[Sent] = []
        places = [(resource, key) for (_, key), resource in changed.items()]
        await self._writer.each(partial(self._write, *each, missing) for each in places)
        await self._kubelets.start(missing, lambda: None)

    async def _write(self, resource: Resource, key: str, missing: list[Sent]) -> None:
        """Have the cluster hold an object as the twin does; what is not there becomes one of ``missing``."""
        sent = self._twin.sent(resource, key)
        if sent is None:
            await self._writer.delete(self._twin.path(resource, key))
        elif resource is EVENTS:
            if not await self._writer.create(sent):
                await self._writer.merge(sent)
        elif not await self._kubelets.update(sent):
            missing.append(sent)


def _path(pod: dict[str, Any]) -> str:
    return f"/api/v1/namespaces/{pod['metadata']['namespace']}/{PODS.name}/{pod['metadata']['name']}"
