"""How long to wait before the next attempt."""

from __future__ import annotations

import random


class Backoff:
    """Waits that double from ``first`` to ``longest`` seconds, each lengthened by up to itself at random.

    The numbers and the jitter of client-go's reflector: many clients that lost one server do not come back at once.
    """

    def __init__(self, first: float, longest: float, random_: random.Random | None = None) -> None:
        self._first = first
        self._longest = longest
        self._next = first
        self._random = random_ or random.Random()

    def reset(self) -> None:
        """The last attempt got somewhere."""
        self._next = self._first

    def next(self) -> float:
        """Seconds to wait now; never more than the longest."""
        wait = min(self._longest, self._next * (1 + self._random.random()))
        self._next = min(self._longest, self._next * 2)
        return wait
