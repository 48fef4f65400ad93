"""What a terminal UI asks of a client, without the terminal: so that the cost of answers can be measured."""

from __future__ import annotations

import itertools
import sys
import time
from typing import TYPE_CHECKING, Final

from perfkit.client.query import Filter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.client.cache import Cache
    from perfkit.client.client import Client
    from perfkit.client.notices import Change

SORTS: Final = ("", "-restarts", "-created", "node")
HELD: Final = 10  # questions in a row that are the same: a screen that is drawn anew
OPENED: Final = 31  # of so many screens one shows an object; prime, so that it comes to every sort and filter
SCREEN: Final = 50  # rows
PANES: Final = 2  # of an object's screen, which want it at one time


def begin(client: Client, cache: Cache) -> None:
    """What is asked while the first state is on its way: what there is, and a screen of an object that is gone."""
    client.discovery.resources()
    for _ in range(HELD):
        cache.read("default", "gone")


def ask(client: Client, cache: Cache, rate: float) -> None:
    """``rate`` questions a second, for ever: screens that are drawn anew, sorted, filtered; now and then an object's.

    And one at each notice of a change. However this ends (by a signal), it says how many reads there were, as
    ``cache.hits`` wants it.
    """
    nodes = sorted({getattr(row, "node", "") for row in cache.rows})
    due = time.monotonic()

    def changed(_: Change) -> None:
        cache.query(sort=SORTS[1], limit=SCREEN)

    cache.subscribe(changed)
    try:
        for number in itertools.count():
            _draw(client, cache, number, nodes)
            due += 1 / rate
            time.sleep(max(0.0, due - time.monotonic()))
    finally:
        sys.stdout.write(f"perfkit: reads {cache.reads}\n")
        sys.stdout.flush()


def _draw(client: Client, cache: Cache, number: int, nodes: Sequence[str]) -> None:
    screen, again = divmod(number, HELD)
    question = Filter(equal={"node": nodes[screen % len(nodes)]}) if screen % 3 == 2 else Filter()
    page = cache.query(question, SORTS[screen % len(SORTS)], limit=SCREEN)
    if page.rows and screen % OPENED == 0:
        row = page.rows[screen // OPENED % len(page.rows)]
        panes = [client.submit(cache.object, row) for _ in range(1 if again else PANES)]
        for pane in panes:
            pane.result()
