"""The noise of one machine: how much one and the same target differs from itself there. Schema ``perfkit.floor/1``."""

from __future__ import annotations

from typing import Final

import msgspec

from perfkit.model.metrics import Metric  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.model.result import Fingerprint  # noqa: TC001

SCHEMA: Final = "perfkit.floor/1"


class MetricNoise(msgspec.Struct, frozen=True, kw_only=True):
    """What pairs of one and the same target tell of a metric. ``change``, ``low`` and ``high`` are fractions."""

    metric: Metric
    pairs: int  # in which both trials gave a value
    spread: float  # SD of ln(second / first) of a pair; 0: the metric never varied
    change: float = 0.0  # Hodges–Lehmann estimate of a change that is none
    low: float = 0.0  # its interval at the α of a look; a false alarm where it misses 0
    high: float = 0.0

    @property
    def exact(self) -> bool:
        """Whether every trial gave the same value, so that any change is one."""
        return self.spread == 0


class Noise(msgspec.Struct, frozen=True, kw_only=True):
    """One A/A measurement: of which program, in which experiment, on which machine. See docs/noise.md."""

    schema: str = SCHEMA
    created: str  # UTC, ISO 8601
    scenario: str
    program: str
    version: str
    pairs: int
    failed: int  # trials
    fingerprint: Fingerprint
    metrics: tuple[MetricNoise, ...]
