"""How close to netem a case has to come, and whether it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.link_accuracy.case import KIB, Case
from benchmarks.link_accuracy.table import quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.link_accuracy.table import Row


@dataclass(frozen=True)
class Bound:
    """Largest errors allowed, as shares of the oracle's quantile or, for round trips, in ms. None: not bounded."""

    p50: float | None
    p90: float | None = None
    p99: float | None = None
    unit: str = "%"


ROUND_TRIP = Bound(1.0, p99=2.0, unit="ms")
SMALL, LARGE, WARM = Bound(2.0), Bound(5.0), Bound(10.0)
LOSSY_SMALL, LOSSY_LARGE = Bound(10.0, p90=20.0), Bound(20.0)
NONE = Bound(None)


def bound(case: Case) -> Bound:
    """Under jitter only the round trip is bounded by its median: its spread is asked for."""
    small = case.size <= 256 * KIB
    if case.link.jitter:
        return Bound(ROUND_TRIP.p50, unit="ms") if case.ping else NONE
    if case.link.loss:
        return LOSSY_SMALL if small else LOSSY_LARGE
    if case.ping:
        return ROUND_TRIP
    if case.before:
        return WARM
    return SMALL if small else LARGE


@dataclass(frozen=True)
class Outcome:
    """One case: quantiles in ms, of the oracle and as found; errors in the bound's unit."""

    case: Case
    oracle: Row
    runs: int
    p50: float
    p90: float
    p99: float
    limits: Bound

    @property
    def errors(self) -> dict[str, float]:
        """What is found over what netem shows, by quantile."""
        oracle = self.oracle
        pairs = {"p50": (self.p50, oracle.p50), "p90": (self.p90, oracle.p90), "p99": (self.p99, oracle.p99)}
        return {name: self._error(found, true) for name, (found, true) in pairs.items()}

    @property
    def misses(self) -> list[str]:
        """The quantiles that are out of their bound."""
        return [name for name in self.bounded if abs(self.errors[name]) > getattr(self.limits, name)]

    @property
    def bounded(self) -> list[str]:
        """The quantiles that have a bound."""
        return [name for name in self.errors if getattr(self.limits, name) is not None]

    @property
    def allowed(self) -> str:
        """The bound as a person reads it: ``p50 10, p90 20 %``, or nothing."""
        parts = [f"{name} {getattr(self.limits, name):g}" for name in self.bounded]
        return f"{', '.join(parts)} {self.limits.unit}" if parts else ""

    @property
    def shown(self) -> str:
        """The error of the median, and those of the other quantiles that have a bound."""
        names = dict.fromkeys(["p50", *self.bounded])
        return " / ".join(f"{self.errors[name]:+.2f} {self.limits.unit}" for name in names)

    @property
    def verdict(self) -> str:
        """``ok``, ``MISS p90`` or, where nothing is bounded, ``–``."""
        if self.limits.p50 is None:
            return "–"
        return f"MISS {' '.join(self.misses)}" if self.misses else "ok"

    def _error(self, found: float, true: float) -> float:
        return found - true if self.limits.unit == "ms" else 100 * (found / true - 1)


def judge(case: Case, oracle: Row, seconds: Sequence[float]) -> Outcome:
    """The times of a case, beside the oracle's."""
    p50, p90, p99 = (1e3 * quantile(seconds, share) for share in (0.5, 0.9, 0.99))
    return Outcome(case=case, oracle=oracle, runs=len(seconds), p50=p50, p90=p90, p99=p99, limits=bound(case))
