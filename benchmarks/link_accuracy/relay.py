"""The cases over perfkit's relay, between a server and a client of this process on loopback."""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.link_accuracy import exchange
from benchmarks.link_accuracy.profiles import profile

from perfkit.model.relay import LATE
from perfkit.network.priority import raise_priority
from perfkit.network.relay_link import RelayLink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.link_accuracy.case import Case, Link

LOOPBACK = "127.0.0.1"
RUNS, PINGS = 5, 100
AT_ONCE = 4  # relays for a link with chance in it, each with its own wire: most of the time nothing is done
TRIES = 3  # of a case during which a relay was late


@dataclass(frozen=True)
class Measured:
    """The times of a case in s, and how late the relay was meanwhile (p99, ns), in the last of so many tries."""

    case: Case
    seconds: list[float]
    late: int
    tries: int


def measure(cases: list[Case], random_runs: int) -> Iterator[Measured]:
    """Each case; what has chance in it runs ``random_runs`` times, and all of it again if the relay was late."""
    raise_priority()  # threads and the relay inherit it: what else runs here shall not be taken for the link
    server = exchange.Server((LOOPBACK, 0))
    try:
        for link in dict.fromkeys(case.link for case in cases):
            with _laid(link, server.address) as relays:
                for case in cases:
                    if case.link == link:
                        yield _on_time(case, relays, random_runs)
    finally:
        server.close()


@contextmanager
def _laid(link: Link, server: exchange.Address) -> Iterator[list[RelayLink]]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as ends:
        relays = [RelayLink(profile(link), server, Path(folder)) for _ in range(AT_ONCE if link.random else 1)]
        for relay in relays:
            relay.open()
            ends.callback(relay.close)
        yield relays


def _on_time(case: Case, relays: list[RelayLink], random_runs: int) -> Measured:
    late = 0
    for tries in range(1, TRIES + 1):
        for place, relay in enumerate(relays):
            relay.reset(tries * AT_ONCE + place, Path(os.devnull))
        seconds = _times(case, relays, random_runs)
        late = max(relay.stats().late_p99 for relay in relays)
        if late <= LATE:
            break
    return Measured(case, seconds, late, tries)


def _times(case: Case, relays: list[RelayLink], random_runs: int) -> list[float]:
    """All runs, shared out among the relays; those of one relay follow each other."""
    runs = random_runs if case.link.random else PINGS if case.ping else RUNS
    count = len(relays)

    def some(place: int) -> list[float]:
        return [exchange.run(case, relays[place].address) for _ in range(place, runs, count)]

    with ThreadPoolExecutor(count) as pool:
        return [seconds for part in pool.map(some, range(count)) for seconds in part]
