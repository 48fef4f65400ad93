"""The real clock."""

from __future__ import annotations

import time


class MonotonicClock:
    """CLOCK_MONOTONIC, which all processes of a machine share."""

    @staticmethod
    def now() -> int:
        """Nanoseconds."""
        return time.monotonic_ns()

    @staticmethod
    def sleep(seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
