"""What a target did, as the cluster and its terminal saw it: only like work is worth comparing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfkit.model.result import Trial


class Work(NamedTuple):
    """What was delivered to a target, resource by resource; what it watched; whether its screen was of use."""

    delivered: tuple[tuple[str, int], ...] = ()
    watched: tuple[str, ...] = ()
    on_screen: bool = False


def work_seen(trials: Iterable[Trial], target: str) -> tuple[Work, bool] | None:
    """What most of a target's good trials did, and whether all of them agree; None where none was good."""
    good = (trial for trial in trials if trial.target == target and trial.ok and not trial.warmup)
    seen = Counter(map(_work, good))
    return (seen.most_common(1)[0][0], len(seen) == 1) if seen else None


def _work(trial: Trial) -> Work:
    """What one trial says; a LIST and the start of a watch deliver the same objects, so the verb with most counts."""
    delivered: dict[str, int] = {}
    for key, number in trial.work.items():
        resource = key.partition(" ")[2]
        delivered[resource] = max(number, delivered.get(resource, 0))
    watched = sorted(resource for verb, _, resource in (key.partition(" ") for key in trial.work) if verb == "watch")
    return Work(tuple(sorted(delivered.items())), tuple(watched), "ui.useful_screen" in trial.values)
