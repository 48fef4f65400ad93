"""Why a verdict is what it is, each in one sentence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from perfkit.model.units import format_value

if TYPE_CHECKING:
    from perfkit.model.units import Dimension


def percentage(change: float) -> str:
    """``+3.1 %``, ``−12 %``; an infinite change in words."""
    if math.isinf(change):
        return "without bound"
    size = f"{abs(change) * 100:,.{0 if abs(change) >= 0.0995 else 1}f} %"
    return size if change == 0 else f"{'+' if change > 0 else '−'}{size}"


def nothing(samples: int) -> str:
    """No value on either side."""
    return (
        f"nothing to compare: no value on either side in {samples} trials each" if samples else "no trials to compare"
    )


def exact(base: float, head: float, kind: Dimension) -> str:
    """Constants."""
    if base == head:
        return f"always {format_value(base, kind)} on both sides"
    return f"always {format_value(base, kind)} in the base and {format_value(head, kind)} in the head"


def beyond(side: Literal["worse", "better"], change: float, limit: str) -> str:
    """Regressed or improved."""
    if math.isinf(change):
        return f"{side} throughout the interval, since trials of the {'head' if side == 'worse' else 'base'} failed"
    than = "beyond the limit" if side == "worse" else "more than the size of the limit"
    return f"{side} throughout the interval, about {percentage(change)}: {than} {limit}"


def within(bound: float, limit: str) -> str:
    """Ok."""
    return f"99 % sure that the change is no worse than {percentage(bound)}, within the limit {limit}"


def too_few(n: int) -> str:
    """Unclear: no interval at all."""
    return f"only {n} to compare a side: too few for an interval"


def beyond_or_within(change: float, limit: str) -> str:
    """Unclear: a change there is, but how large?"""
    return f"it is worse, about {percentage(change)}, but whether by more than the limit {limit} is open"


def undecided(bound: float, limit: str) -> str:
    """Unclear: perhaps no change, perhaps too much."""
    return f"there may be no change, but up to {percentage(bound)} cannot be ruled out (limit {limit})"
