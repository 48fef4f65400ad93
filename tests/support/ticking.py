"""A clock that stands still until it is told to go on."""

from __future__ import annotations


class Ticking:
    """Nanoseconds; call it to read it."""

    def __init__(self, now: int = 1) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def go(self, seconds: float) -> None:
        self.now += round(seconds * 1e9)
