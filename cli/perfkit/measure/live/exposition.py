"""Prometheus's text format as numbers by name, and quantiles of what was counted of late.

The only module here that imports prometheus-client, which the extra ``monitor`` brings.
"""

from __future__ import annotations

import math
import re
from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from prometheus_client.parser import text_string_to_metric_families

from perfkit.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    Key = tuple[str, ...]  # values of labels
    Buckets = dict[float, float]  # upper bound (s) → how many took less, from the beginning

LATE: Final = 60.0  # seconds that quantiles look back
SHARES: Final = (0.5, 0.95, 0.99)
READ: Final = ("process_", "go_", "python_gc_", "rest_client_", "workqueue_", "controller_runtime_", "perfkit_")
_READ = re.compile(rf"^(?:# TYPE |# HELP )?(?:{'|'.join(READ)})[^\n]*\n?", re.MULTILINE)


class Exposition:
    """What an endpoint exposes, of the families that are read."""

    def __init__(self, text: str) -> None:
        """Raises TargetError: it is not Prometheus's format."""
        self._samples: dict[str, list[tuple[Mapping[str, str], float]]] = {}
        try:
            # A large client exposes thousands of lines that nobody here reads: parsing them is most of the cost.
            for family in text_string_to_metric_families("".join(_READ.findall(text))):
                for sample in family.samples:
                    self._samples.setdefault(sample.name, []).append((sample.labels, sample.value))
        except (ValueError, IndexError, KeyError) as error:
            raise TargetError(f"it is not Prometheus's text format: {error}") from None

    def __bool__(self) -> bool:
        return bool(self._samples)

    def one(self, *names: str, **labels: str) -> float | None:
        """The sum over the series, with these labels, of the first of the names that there is; NaN is none."""
        for name in names:
            found = [value for has, value in self._samples.get(name, ()) if labels.items() <= has.items()]
            if found and not math.isnan(total := sum(found)):
                return total
        return None

    def by(self, name: str, *labels: str, **having: str) -> dict[Key, float]:
        """Sums by the values of these labels, of series that have those others."""
        sums: dict[Key, float] = {}
        for has, value in self._samples.get(name, ()):
            if having.items() <= has.items() and not math.isnan(value):
                key = tuple(has.get(label, "") for label in labels)
                sums[key] = sums.get(key, 0.0) + value
        return sums

    def buckets(self, name: str, *labels: str, **having: str) -> dict[Key, Buckets]:
        """A histogram's buckets by the values of these labels; several histograms are added up."""
        found: dict[Key, Buckets] = {}
        for (*key, bound), count in self.by(f"{name}_bucket", *labels, "le", **having).items():
            found.setdefault(tuple(key), {})[float(bound)] = count
        return found


class Late:
    """Histograms of the last minute: what they count now without what they counted then."""

    def __init__(self) -> None:
        self._past: deque[tuple[float, dict[str, Buckets]]] = deque()

    def keep(self, now: float, histograms: dict[str, Buckets]) -> None:
        """These are counted at ``now`` (seconds)."""
        while len(self._past) > 1 and self._past[1][0] <= now - LATE:
            self._past.popleft()
        self._past.append((now, histograms))

    def quantiles(self, name: str) -> tuple[float | None, float | None, float | None]:
        """p50, p95 and p99 (s) between the oldest and the newest that are kept; None where nothing was counted."""
        newest = self._past[-1][1].get(name, {})
        oldest = self._past[0][1].get(name, {}) if len(self._past) > 1 else {}
        grown = {bound: count - oldest.get(bound, 0.0) for bound, count in newest.items()}
        if any(count < 0 for count in grown.values()):  # the program began anew
            grown = newest
        p50, p95, p99 = (quantile(share, grown) for share in SHARES)
        return p50, p95, p99


def quantile(share: float, buckets: Mapping[float, float]) -> float | None:
    """As Prometheus's ``histogram_quantile``: on the line that joins a bucket's ends.

    Above the last finite bound that bound is told.
    """
    bounds = sorted(buckets)
    total = buckets[bounds[-1]] if bounds else 0.0
    if total <= 0:
        return None
    rank = share * total
    for low, high in pairwise([0.0, *bounds]):
        if buckets[high] >= rank:
            below = buckets.get(low, 0.0)
            if math.isinf(high):
                return low
            return low + (high - low) * (rank - below) / max(buckets[high] - below, 1e-12)
    return bounds[-1]
