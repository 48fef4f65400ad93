"""An object as text for people: as kubectl describes its kind, or whatever it holds in kubectl's manner.

Objects come from anywhere: nothing is taken for granted but that they are JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from perfkit.client.ui.describe import configuration, node, pod, service, workloads
from perfkit.client.ui.describe.events import events
from perfkit.client.ui.describe.layout import aligned
from perfkit.client.ui.describe.plain import plain, yaml
from perfkit.client.ui.values import said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from perfkit.client.ui.session import Related

__all__ = ["describe", "yaml"]

_CORE: Final = {
    "Pod": pod.pod,
    "Node": node.node,
    "Service": service.service,
    "Secret": configuration.secret,
    "ConfigMap": configuration.config_map,
    "ReplicationController": workloads.replica_set,
}
_APPS: Final = {
    "Deployment": workloads.deployment,
    "ReplicaSet": workloads.replica_set,
    "StatefulSet": workloads.stateful_set,
    "DaemonSet": workloads.daemon_set,
}
_BATCH: Final = {"Job": workloads.job, "CronJob": workloads.cron_job}

KINDS: Final[dict[tuple[str, str], Callable[[Mapping[str, Any], Related], Iterator[str]]]] = {
    (version, kind): lines
    for version, kinds in (("v1", _CORE), ("apps/v1", _APPS), ("batch/v1", _BATCH))
    for kind, lines in kinds.items()
}
"""By version and kind: the lines of a description, but for the events; cells are ended by tabs."""


def describe(whole: Mapping[str, Any], related: Related) -> str:
    """What an object says of itself, what belongs to it, and the events about it. What cannot be read is said there."""
    known = KINDS.get((said(whole.get("apiVersion")), said(whole.get("kind"))))
    if known is None:
        return "\n".join([*plain(whole), *aligned(events(whole, related))])
    about = () if known is configuration.secret else events(whole, related)
    return "\n".join(aligned([*known(whole, related), *about]))
