"""Generated pods and nodes of which some are in trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.mock.generator.pods import Pods
from perfkit.mock.resources.description import Facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perfkit.mock.generator.collection import Collection
    from perfkit.mock.generator.troubles import Troubles
    from perfkit.mock.generator.workloads import Plan

_PHASES = {"image_pull": "Pending", "evicted": "Failed"}


class TroubledPods(Pods):
    """A ``Collection`` of pods of which some are in trouble of their own, or on a node that is lost."""

    def __init__(self, plan: Plan, seed: int, epoch: int, first_version: int, troubles: Troubles) -> None:
        super().__init__(plan, seed, epoch, first_version)
        self._troubles = troubles
        self._lost = {number for number in range(plan.nodes) if troubles.node_lost(number)}

    def trouble(self, position: int) -> str:
        """What is wrong with the pod at ``position``; empty: nothing."""
        on_lost = "node_lost" if position % len(self._nodes) in self._lost else ""
        return self._troubles.of_pod(position) or on_lost

    def bodies(self, start: int, stop: int) -> Iterator[bytes]:
        """The pods from ``start`` up to ``stop`` as JSON without kind and apiVersion."""
        for position, body in enumerate(super().bodies(start, stop), start):
            trouble = self.trouble(position)
            yield self._troubles.pod(body, trouble, position) if trouble else body

    def facts(self, position: int) -> Facts:
        """Labels and fields of one pod."""
        facts = super().facts(position)
        trouble = self.trouble(position)
        if trouble not in _PHASES:
            return facts
        changed = {"status.phase": _PHASES[trouble], **({"status.podIP": ""} if trouble == "evicted" else {})}
        return Facts(facts.labels, {**facts.fields, **changed}, facts.owners)

    def serves(self, position: int) -> bool:
        """Whether the pod at ``position`` is ready."""
        return not self.trouble(position)


class TroubledNodes:
    """A ``Collection`` of nodes of which some are lost."""

    def __init__(self, nodes: Collection, troubles: Troubles) -> None:
        self._nodes = nodes
        self._troubles = troubles
        self.key, self.bisect, self.facts = nodes.key, nodes.bisect, nodes.facts

    def __len__(self) -> int:
        return len(self._nodes)

    def bodies(self, start: int, stop: int) -> Iterator[bytes]:
        """The nodes from ``start`` up to ``stop`` as JSON without kind and apiVersion."""
        for number, body in enumerate(self._nodes.bodies(start, stop), start):
            yield self._troubles.node(body) if self._troubles.node_lost(number) else body

    def dependents(self, uid: str) -> Iterable[int]:
        """None: nobody owns nodes."""
        return self._nodes.dependents(uid)
