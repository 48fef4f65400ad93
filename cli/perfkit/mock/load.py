"""The simulated load: what each running pod uses, and each node by its pods; it follows from key and time."""

from __future__ import annotations

from collections import Counter
from hashlib import shake_128
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from perfkit.mock.store import Store

_STEP = 15  # seconds between two measurements, as metrics-server's
_MILLICORES = (5, 200)  # of a pod: the least, and the width above it; below what generated pods ask for
_MEBIBYTES = (40, 200)


class Usage(msgspec.Struct, frozen=True):
    """What something uses: processor in millionths of a core, memory in KiB."""

    microcores: int = 0
    kibibytes: int = 0

    def quantities(self) -> dict[str, str]:
        """As Kubernetes quantities."""
        return {"cpu": f"{self.microcores}u", "memory": f"{self.kibibytes}Ki"}

    def divided(self, parts: int) -> Usage:
        """One of ``parts`` equal parts."""
        return Usage(self.microcores // max(parts, 1), self.kibibytes // max(parts, 1))

    @classmethod
    def of(cls, quantities: Mapping[str, str]) -> Usage:
        """What ``quantities()`` gave, read again."""
        return cls(int(quantities["cpu"][:-1]), int(quantities["memory"][:-2]))

    @classmethod
    def total(cls, usages: Iterable[Usage]) -> Usage:
        """The sum."""
        microcores = kibibytes = 0
        for usage in usages:
            microcores += usage.microcores
            kibibytes += usage.kibibytes
        return cls(microcores, kibibytes)


_WORK, _MOST_WORK = 0.25, 4.0  # of its usage more for each change between two measurements, and at most
_SYSTEM = Usage(180_000, 900 << 10)  # the kubelet and its like, on every node


def pod_usage(key: str, now: int) -> Usage:
    """What the pod at ``key`` uses at ``now`` while it is left alone: a level of its own, and a tenth that changes."""
    level = shake_128(key.encode()).digest(4)
    noise = shake_128(f"{key}/{now // _STEP}".encode()).digest(2)
    cpu = _MILLICORES[0] + int.from_bytes(level[:2], "big") * _MILLICORES[1] / 65536
    memory = _MEBIBYTES[0] + int.from_bytes(level[2:], "big") * _MEBIBYTES[1] / 65536
    return Usage(int(cpu * (900 + noise[0]) / 1.155), int(memory * 1024 * (1000 + noise[1] / 4) / 1064))


class Load:
    """The usage of pods, higher where much happens to them, and of nodes, added up once for each state of the pods."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget what happened."""
        self._of: tuple[int, int] | None = None
        self._nodes: dict[str, Usage] = {}
        self._changes: dict[int, Counter[str]] = {}  # of pods, by the measurement before which they happened

    def note(self, key: str, now: int) -> None:
        """A pod has changed: that is work, which the next measurement shows."""
        step = now // _STEP + 1
        if step not in self._changes:
            self._changes = {step - 1: self._changes.get(step - 1, Counter()), step: Counter()}
        self._changes[step][key] += 1

    def of_pod(self, key: str, now: int) -> Usage:
        """What the pod at ``key`` uses."""
        usage = pod_usage(key, now)
        changes = self._changes.get(now // _STEP, Counter())[key]
        if not changes:
            return usage
        factor = 1 + min(changes * _WORK, _MOST_WORK)
        return Usage(int(usage.microcores * factor), usage.kibibytes)

    def of_node(self, store: Store, node: str) -> Usage:
        """What ``node`` and the pods on it use."""
        moment = (store.version, store.now // _STEP)
        if self._of != moment:
            self._of, self._nodes = moment, _by_node(store)
        return self._nodes.get(node, _SYSTEM)


def _by_node(store: Store) -> dict[str, Usage]:
    sums: dict[str, Usage] = {}
    for facts in store.shelf_called("pods").every_fact(store.version):
        fields = facts.fields
        if fields["status.phase"] == "Running":
            usage = store.load.of_pod(f"{fields['metadata.namespace']}/{fields['metadata.name']}", store.now)
            sums[fields["spec.nodeName"]] = Usage.total((sums.get(fields["spec.nodeName"], _SYSTEM), usage))
    return sums


def node_usage(store: Store, node: str) -> Usage:
    """What a node uses now."""
    return store.load.of_node(store, node)
