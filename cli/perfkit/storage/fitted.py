"""A shape fitted to a cluster: how many pods, their spread over namespaces, nodes and workloads, and their size."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

USUAL: Final = 14_790  # bytes of a generated pod
VARIABLE: Final = 137  # bytes that each further environment variable adds
_STEPS: Final = (10, 100)  # replicas that part small, middling and large workloads
_SYSTEM: Final = frozenset({"kube-system", "kube-public", "kube-node-lease"})


class Census(msgspec.Struct):
    """What is counted while pods pass by."""

    sizes: list[int] = []
    namespaces: Counter[str] = msgspec.field(default_factory=Counter)
    workloads: Counter[str] = msgspec.field(default_factory=Counter)
    nodes: int = 0

    def add(self, pod: dict[str, Any]) -> None:
        """Count a pod."""
        metadata = pod["metadata"]
        self.sizes.append(len(msgspec.json.encode(pod)))
        self.namespaces[metadata.get("namespace", "")] += 1
        owners = metadata.get("ownerReferences") or [{"uid": metadata.get("uid")}]
        self.workloads[owners[0]["uid"]] += 1


def shape_text(census: Census) -> str:
    """A shape file in TOML; what it cannot say stands in its comments."""
    pods = len(census.sizes)
    spaces = Counter({name: count for name, count in census.namespaces.items() if name not in _SYSTEM}) or Counter(
        census.namespaces
    )
    giant = max(spaces.values()) / spaces.total() if spaces else 0.3
    sizes = sorted(census.sizes) or [USUAL]
    p50, p95 = (_rank(sizes, share) for share in (50, 95))
    lines = [
        f"# Fitted by perfkit cluster record. Pods as JSON: p50 {p50:,} B, p95 {p95:,} B, largest {sizes[-1]:,} B.",
        *([f"# The pods of a shape are of one size, and of {USUAL:,} B at least."] if p50 < USUAL else []),
        "schema = 1",
        f'title = "Fitted: {pods:,} pods on {census.nodes:,} nodes"',
        f"pods = {pods}",
        f"namespaces = {max(1, len(spaces))}",
        f"giant = {giant:.2f}",
        f"pods_per_node = {min(250, max(1, round(pods / max(1, census.nodes))))}",
        f"variables = {min(2_000, max(0, round((p50 - USUAL) / VARIABLE)))}",
        f"groups = [{', '.join(_groups(census.workloads.values(), pods))}]",
    ]
    return "\n".join(lines) + "\n"


def _groups(replicas: Iterable[int], pods: int) -> list[str]:
    """Workloads of like size as one group: its mean size and its share of the pods."""
    parts: dict[int, list[int]] = {}
    for count in replicas:
        parts.setdefault(sum(count > step for step in _STEPS), []).append(count)
    if not parts:
        return ["{ replicas = 5, share = 1.0 }"]
    return [
        f"{{ replicas = {max(1, round(sum(part) / len(part)))}, share = {max(0.001, sum(part) / pods):.3f} }}"
        for _, part in sorted(parts.items(), reverse=True)
    ]


def _rank(ordered: Sequence[int], share: int) -> int:
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]
