"""Taking out of a cluster all that perfkit ever put into it, by its labels, whatever has become of who made it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from perfkit.clusters.population.manifests import LEASES, selector
from perfkit.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.clusters.population.writer import Writer

_SPACES: Final = "/api/v1/namespaces"
_CONTROLLERS: Final = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager"
_PATIENCE: Final = 120.0  # seconds for a namespace to go once it is empty
_LOOKS: Final = 0.2


async def remove(writer: Writer, owner: str, tell: Callable[[str], None]) -> None:
    """Remove the population ``owner``; ``tell`` what is done. Raises ClusterError.

    Pods go at once: no kubelet would ever end them. Only namespaces with the label are looked into, and only what bears
    it in them is deleted before they are.
    """
    owned = selector(owner)
    spaces = [each["metadata"]["name"] for each in await writer.all(_SPACES, owned)]
    tell(f"removing namespaces with their pods ({len(spaces)}), and nodes")
    for name in spaces:
        for resource in ("pods", "events"):
            await writer.delete(f"{_SPACES}/{name}/{resource}", f"?{owned}")
    await writer.delete("/api/v1/nodes", f"?{owned}")
    await writer.delete(LEASES, f"?{owned}")
    alone = await writer.read(_CONTROLLERS) is None
    for name in spaces:
        await writer.delete(f"{_SPACES}/{name}")
    for name in spaces:
        await _gone(writer, name, alone=alone)


async def _gone(writer: Writer, name: str, *, alone: bool) -> None:
    """Wait until a namespace is gone; where no controller does that (``alone``), end it. Raises ClusterError."""
    deadline = asyncio.get_running_loop().time() + _PATIENCE
    while (found := await writer.read(f"{_SPACES}/{name}")) is not None:
        if alone and "deletionTimestamp" in found["metadata"]:
            found["spec"] = {"finalizers": []}
            await writer.put(f"{_SPACES}/{name}/finalize", found)
        if asyncio.get_running_loop().time() > deadline:
            raise ClusterError(
                f"namespace {name} does not go", f"see `kubectl get namespace {name} -o yaml` for what holds it"
            )
        await asyncio.sleep(_LOOKS)
