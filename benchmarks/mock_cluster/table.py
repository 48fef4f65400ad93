"""What these benchmarks print: a goal, what was measured, and what stood beside it."""

from __future__ import annotations

import os
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.mock_cluster import server


class Cost(msgspec.Struct, frozen=True):
    """Seconds of the clock and of the server's CPU."""

    seconds: float
    cpu: float


def cost(target: server.Server, action: Callable[[], object]) -> Cost:
    """What ``action`` takes."""
    cpu, began = target.cpu, perf_counter()
    action()
    return Cost(perf_counter() - began, target.cpu - cpu)


def middle(costs: list[Cost]) -> Cost:
    """The medians."""
    return Cost(median(cost.seconds for cost in costs), median(cost.cpu for cost in costs))


def show(goal: str, measured: str, beside: str = "") -> None:
    """One line of the table."""
    print(f"| {goal} | {measured} | {beside} | {os.getloadavg()[0]:.1f} |", flush=True)


def head() -> None:
    """What stands above the lines."""
    print("| goal | measured | beside it | load |\n|---|---|---|---:|", flush=True)
