"""Which deployments exist, where, and how many pods each has: the plan behind every pod."""

from __future__ import annotations

from hashlib import shake_128
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING

import msgspec

from perfkit.mock.generator.words import DOMAINS, ROLES, TEAMS, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.mock.generator.shape import Shape

SYSTEM_NAMESPACES = ("kube-node-lease", "kube-public", "kube-system")


class Workload(msgspec.Struct, frozen=True):
    """A deployment with its one replica set. ``number`` keys everything random about it."""

    number: int
    namespace: str
    name: str
    pod_hash: str  # the pod-template-hash
    replicas: int

    @property
    def prefix(self) -> str:
        """What the keys of all its pods begin with; no other workload's pod key does."""
        return f"{self.namespace}/{self.name}-{self.pod_hash}-"


class Plan(msgspec.Struct, frozen=True):
    """Workloads in the order of their pods' keys; ``offsets[i]`` pods come before workload i (one element more)."""

    workloads: tuple[Workload, ...]
    offsets: tuple[int, ...]
    namespaces: tuple[str, ...]
    nodes: int
    variables: int = 0  # environment variables of each pod beside the usual


def plan(shape: Shape, seed: int) -> Plan:
    """Lay out ``shape.pods`` pods: the same shape and seed give the same plan on every machine."""
    random = Random(seed)
    names = _namespaces(shape, random)
    shares = list(accumulate(_shares(shape)))
    chosen = random.choices(names, cum_weights=shares, k=_group_count(shape))
    workloads = [
        _workload(seed, number, namespace, replicas)
        for number, (namespace, replicas) in enumerate(zip(chosen, _groups(shape), strict=True))
    ]
    workloads.sort(key=lambda workload: workload.prefix)
    return Plan(
        workloads=tuple(workloads),
        offsets=(0, *accumulate(workload.replicas for workload in workloads)),
        namespaces=tuple(sorted({*names, *SYSTEM_NAMESPACES, "default"})),
        nodes=max(1, -(-shape.pods // shape.pods_per_node)),
        variables=shape.variables,
    )


def _namespaces(shape: Shape, random: Random) -> list[str]:
    """The giant's name first, then those of falling size."""
    teams = [f"{team}-{stage}" for stage in ("production", "staging", "test") for team in TEAMS]
    random.shuffle(teams)
    more = [f"tenant-{number:05d}" for number in range(shape.namespaces)]
    return ["default", *teams, *more][: shape.namespaces]


def _shares(shape: Shape) -> list[float]:
    """The giant's share, and Zipf's law (1/rank) for the rest."""
    weights = [1 / rank for rank in range(1, shape.namespaces)]
    total = sum(weights)
    return [shape.giant if weights else 1.0, *((1 - shape.giant) * weight / total for weight in weights)]


def _groups(shape: Shape) -> Iterator[int]:
    """Replica counts that add up to ``shape.pods``; what a group's size doesn't divide goes to the smaller groups."""
    groups = sorted(shape.groups, key=lambda group: -group.replicas)
    total = sum(group.share for group in groups)
    left = shape.pods
    for group in groups[:-1]:
        count = int(shape.pods * group.share / total) // group.replicas
        left -= count * group.replicas
        yield from [group.replicas] * count
    size = groups[-1].replicas
    yield from [size] * (left // size)
    if left % size:
        yield left % size


def _group_count(shape: Shape) -> int:
    return sum(1 for _ in _groups(shape))


def _workload(seed: int, number: int, namespace: str, replicas: int) -> Workload:
    random = shake_128(f"workload/{seed}/{number}".encode()).digest(16)
    domain = DOMAINS[int.from_bytes(random[:2], "big") % len(DOMAINS)]
    name = f"{domain}-{ROLES[random[2] % len(ROLES)]}"
    # Numbered, so that no two workloads of a namespace share a name.
    return Workload(number, namespace, f"{name}-{number}", safe_text(random[4:14]), replicas)
