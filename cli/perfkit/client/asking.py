"""What a terminal UI asks of a cache, without the terminal: so that the cost of answers can be measured."""

from __future__ import annotations

import itertools
import sys
import time
from typing import TYPE_CHECKING, Final

from perfkit.client.query import Filter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.client.cache import Cache

SORTS: Final = ("", "-restarts", "-created", "node")
HELD: Final = 10  # questions in a row that are the same: a screen that is drawn anew
OPENED: Final = 31  # of so many screens one shows an object; prime, so that it comes to every sort and filter
SCREEN: Final = 50  # rows


def ask(cache: Cache, rate: float) -> None:
    """``rate`` questions a second, for ever: screens that are drawn anew, sorted, filtered; now and then an object's.

    However this ends (by a signal), it says how many reads there were, as ``cache.hits`` wants it.
    """
    nodes = sorted({getattr(row, "node", "") for row in cache.rows})
    due = time.monotonic()
    try:
        for number in itertools.count():
            _draw(cache, number // HELD, nodes)
            due += 1 / rate
            time.sleep(max(0.0, due - time.monotonic()))
    finally:
        sys.stdout.write(f"perfkit: reads {cache.reads}\n")
        sys.stdout.flush()


def _draw(cache: Cache, screen: int, nodes: Sequence[str]) -> None:
    question = Filter(equal={"node": nodes[screen % len(nodes)]}) if screen % 3 == 2 else Filter()
    page = cache.query(question, SORTS[screen % len(SORTS)], limit=SCREEN)
    if page.rows and screen % OPENED == 0:
        cache.object(page.rows[screen // OPENED % len(page.rows)])
