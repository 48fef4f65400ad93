"""Populations as the engine and the commands see them: begun, remembered, removed."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perfkit.clusters.population import journal
from perfkit.clusters.population.journal import Begun
from perfkit.clusters.population.manifests import OWNER
from perfkit.errors import ClusterError, PerfkitError, StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from perfkit.client.access import Access
    from perfkit.model.scenario import ClusterSpec

REMOVAL_RATE = 200.0  # requests a second


@dataclass(frozen=True, slots=True)
class Way:
    """How a cluster is reached: ``access``, by a context of a kubeconfig (a path); ``tell`` shows progress."""

    access: Access
    kubeconfig: str = ""
    context: str = ""
    tell: Callable[[str], None] = lambda _: None


def begin(spec: ClusterSpec, shape: Path, way: Way) -> Begun:
    """Remember that a population is about to be made. Raises StorageError, UsageError."""
    begun = Begun(owner=owner_of(spec, shape), server=way.access.server, kubeconfig=way.kubeconfig, context=way.context)
    try:
        journal.write(begun)
    except BlockingIOError as error:
        raise UsageError(
            f"another perfkit keeps the same population on {way.access.server}", "wait for it, or take another cluster"
        ) from error
    except OSError as error:
        raise StorageError(
            f"a population cannot be remembered: {error}", "XDG_STATE_HOME must name a folder to write to"
        ) from error
    return begun


def owner_of(spec: ClusterSpec, shape: Path) -> str:
    """The name of a population: the same for the same objects."""
    pods = "" if spec.pods is None else f"-{spec.pods}"
    digest = hashlib.sha256(shape.read_bytes()).hexdigest()[:8]
    return f"{shape.stem[:30]}{pods}-{spec.seed}-{digest}"


def remove(begun: Begun, access: Access, tell: Callable[[str], None]) -> None:
    """Take a population out of its cluster and forget it. Raises ClusterError, and then it stays remembered."""
    from perfkit.clusters.gateway.upstream import Upstream
    from perfkit.clusters.population.removal import remove as taken_out
    from perfkit.clusters.population.writer import Writer

    async def work() -> None:
        upstream = Upstream(access)
        try:
            await taken_out(Writer(upstream, REMOVAL_RATE), begun.owner, tell)
        finally:
            await upstream.close()

    try:
        asyncio.run(work())
        journal.forget(begun)
    finally:
        journal.release(begun)


def remove_abandoned(tell: Callable[[str], None]) -> None:
    """Remove what killed runs left in clusters, wherever that can be done.

    Raises:
        ClusterError, AccessError: the first that could not; it stays known. The others have been tried.
    """
    failed = []
    for begun in journal.abandoned():
        try:
            remove(begun, _access_again(begun), tell)
        except PerfkitError as error:
            failed.append(error)
        else:
            tell(f"removed from {begun.server} what a killed run left there")
    if failed:
        raise failed[0]


def forget_those_of(kubeconfig: Path) -> None:
    """The cluster of a kubeconfig is gone, and with it what killed runs left there."""
    for begun in journal.abandoned():
        if begun.kubeconfig == str(kubeconfig):
            journal.forget(begun)


def _access_again(begun: Begun) -> Access:
    """How its cluster is reached now. Raises AccessError, ClusterError: it is not, or another one is."""
    from pathlib import Path

    from perfkit.client.access import load_access

    access = load_access(Path(begun.kubeconfig), begun.context)
    if access.server != begun.server:
        raise ClusterError(
            f"context {begun.context} of {begun.kubeconfig} leads to {access.server}, no longer to {begun.server}, "
            f"where perfkit left the population {begun.owner}",
            f"remove it with: kubectl delete namespaces,nodes -l {OWNER}={begun.owner}",
        )
    return access
