"""Who plays the kubelets of a population's nodes: perfkit, unless something does that holds their leases, as kwok.

A node's lease is made before the node, held by nobody, and with our label. Whoever takes it keeps the node alive and
runs its pods; kwok leaves a node alone whose lease another holds. So both ask the lease, and never play at once.
"""

from __future__ import annotations

import asyncio
import traceback
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from perfkit.clusters.population import manifests
from perfkit.clusters.population.kwok import Kwok
from perfkit.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from perfkit.clusters.population.manifests import Sent
    from perfkit.clusters.population.writer import Writer

HEARTBEAT: Final = 10.0  # seconds between two renewals of a node's lease, as a kubelet's
PATIENCE: Final = 1.0  # seconds in which a kwok that runs takes a node; it needs 0.05
_KWOK: Final = "/apis/apps/v1/namespaces/kube-system/deployments/kwok-controller"
_KNOWN_PATIENCE: Final = 15.0  # seconds where it is known to be there: another try of its own is 10 s later
_LOOKS: Final = 0.05


class Kubelets(Protocol):
    """They keep nodes alive and give pods their statuses. ``name`` is what a result tells of them."""

    name: str

    async def join(self, nodes: list[Sent]) -> None:
        """Give nodes that are there their statuses, and keep them alive. Raises ClusterError."""

    async def start(self, pods: Iterable[Sent], done: Callable[[], None]) -> None:
        """Make pods, or find them to be ours, and have them in their statuses; ``done`` after each.

        Raises:
            ClusterError
        """

    async def update(self, sent: Sent) -> bool:
        """Give an object another status; False where it is not there. Raises ClusterError."""

    async def restore(self, pods: list[Sent]) -> None:
        """Have the statuses of changed pods as they were at first, or the pods gone. Raises ClusterError."""

    def close(self) -> None:
        """Keep nothing alive any more."""


async def found(writer: Writer, nodes: list[Sent], owner: str) -> Kubelets:
    """Who plays ``nodes``, which were just made: kwok if it takes the first. Raises ClusterError."""
    if nodes and await _taken(writer, nodes[0]):
        return Kwok(writer, owner)
    return OurKubelets(writer, owner)


async def _taken(writer: Writer, node: Sent) -> bool:
    """Whether another than us plays a node, before patience ends."""
    loop = asyncio.get_running_loop()
    installed = await writer.read(_KWOK) is not None
    deadline = loop.time() + (_KNOWN_PATIENCE if installed else PATIENCE)
    while not (player := await _player(writer, node)) and loop.time() < deadline:  # noqa: ASYNC110 - the server's doing
        await asyncio.sleep(_LOOKS)
    return player not in {"", node.name}


async def _player(writer: Writer, node: Sent) -> str:
    """Who holds a node's lease; of those that do without, kwok says in its status that it runs; empty for nobody."""
    lease = await writer.read(manifests.lease_path(node.name))
    spec = (lease or {}).get("spec") or {}
    if holder := spec.get("holderIdentity", ""):
        return holder if _is_fresh(spec) else ""
    there = await writer.read(node.path)
    return Kwok.name if there and there.get("status", {}).get("phase") == "Running" else ""


def _is_fresh(spec: dict[str, Any]) -> bool:
    renewed = datetime.fromisoformat(spec["renewTime"])
    return datetime.now(UTC) - renewed < timedelta(seconds=spec["leaseDurationSeconds"])


class OurKubelets:
    """perfkit itself: renews the leases of ``owner``'s nodes and writes all statuses."""

    name = "perfkit"

    def __init__(self, writer: Writer, owner: str) -> None:
        self._writer = writer
        self._owner = owner
        self._beating: asyncio.Task[None] | None = None

    async def join(self, nodes: list[Sent]) -> None:
        """Give nodes their statuses, and renew their leases from now on. Raises ClusterError."""
        await self._writer.each(partial(self._writer.set_status, each) for each in nodes)
        names = [each.name for each in nodes]
        await self._beat(names)
        self._beating = asyncio.create_task(self._live(names))

    async def start(self, pods: Iterable[Sent], done: Callable[[], None]) -> None:
        """Make pods, or find them to be ours, and give them their statuses. Raises ClusterError."""
        await self._writer.each((partial(self._start, each) for each in pods), done)

    async def update(self, sent: Sent) -> bool:
        """Give an object another status; False where it is not there. Raises ClusterError."""
        return await self._writer.set_status(sent)

    async def restore(self, pods: list[Sent]) -> None:
        """Nothing is to be done: what is written next are their first statuses."""

    def close(self) -> None:
        """Let the leases expire."""
        if self._beating is not None:
            self._beating.cancel()

    async def _start(self, sent: Sent) -> None:
        if not await self._writer.claim(sent):
            await self._writer.set_status(sent)

    async def _live(self, names: list[str]) -> None:
        """Renew the leases from here on."""
        while True:
            await asyncio.sleep(HEARTBEAT)
            try:
                await self._beat(names)
            except ClusterError:  # the next one may come through; the targets will tell
                traceback.print_exc()

    async def _beat(self, names: list[str]) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        leases = (manifests.held_lease(name, self._owner, now) for name in names)
        await self._writer.each(partial(self._renew, each) for each in leases)

    async def _renew(self, sent: Sent) -> None:
        if not await self._writer.merge(sent):
            await self._writer.create(sent)
