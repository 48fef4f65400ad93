"""How soon does `perfkit history` find a change, and how often does it find one where there is none? Simulations.

    python benchmarks/histories.py [--histories N]

A history is a series of labels with one value each; values wander from label to label by AR(1) noise around a level.
The first table shifts the level by so many SDs of the noise, the second one leaves it alone: a *change* is a change
point or drift, an *alarm* one that ``perfkit history --alert`` would tell (gated, beyond +5 %), for noise of an SD of
3 %; the last column is the share of histories with an alarm on any night while they grew from 12 labels on.
"""

from __future__ import annotations

import argparse
import math
import random

from perfkit.model.catalogue import BY_NAME
from perfkit.statistics.changepoints import change_points
from perfkit.statistics.history import Trend, trend

READY = BY_NAME["startup.ready"]
SHIFTS = (2, 3, 4)  # SDs
WANDER = 0.03  # SD from label to label
FIRST_NIGHT = 12  # labels: with fewer, nothing is rare enough


def noise(seed: str, rho: float, number: int) -> list[float]:
    """AR(1) with SD 1."""
    source = random.Random(seed)
    values = [source.gauss(0, 1)]
    while len(values) < number:
        values.append(rho * values[-1] + math.sqrt(1 - rho**2) * source.gauss(0, 1))
    return values


def found(seed: str, rho: float, labels: int, after: int, shift: int) -> bool:
    """Whether the shift before the last ``after`` labels is found, two labels off at most."""
    at = labels - after
    values = [value + shift * (k >= at) for k, value in enumerate(noise(seed, rho, labels))]
    return any(abs(split.index - at) <= 2 for split in change_points(values))


def told(values: list[float]) -> Trend:
    """What a history says of values that are noise of an SD of 1."""
    return trend(READY, [[math.exp(WANDER * value)] for value in values], ())


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=int, default=200, help="a row (default: %(default)s)")
    count = parser.parse_args().histories
    print("| ρ | labels | of these after the shift |", " | ".join(f"{shift} SD" for shift in SHIFTS), "|")
    print("|--:" * (3 + len(SHIFTS)) + "|")
    for rho in (0.0, 0.3):
        for labels, after in ((20, 10), (30, 5), (30, 3), (60, 3)):
            shares = (sum(found(f"{k}", rho, labels, after, shift) for k in range(count)) / count for shift in SHIFTS)
            print(f"| {rho} | {labels} | {after} |", " | ".join(f"{share:.0%}" for share in shares), "|", flush=True)
    print("\n| ρ | labels | a change | an alarm | an alarm on any night |\n|--:|--:|--:|--:|--:|")
    for rho in (0.0, 0.3, 0.6):
        for labels in (20, 30, 60):
            series = [noise(f"{k}", rho, labels) for k in range(count)]
            trends = [told(values) for values in series]
            changed = sum(bool(each.steps or each.drift) for each in trends)
            alarmed = sum(bool(each.alarms) for each in trends)
            ever = "" if labels > 30 else f"{sum(map(_ever, series)) / count:.1%}"
            print(f"| {rho} | {labels} | {changed / count:.1%} | {alarmed / count:.1%} | {ever} |", flush=True)


def _ever(values: list[float]) -> bool:
    return any(told(values[:night]).alarms for night in range(FIRST_NIGHT, len(values) + 1))


if __name__ == "__main__":
    main()
