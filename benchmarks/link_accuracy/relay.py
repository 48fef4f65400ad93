"""The cases over perfkit's relay, between a server and a client of this process on loopback."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.link_accuracy import exchange
from benchmarks.link_accuracy.profiles import profile

from perfkit.network.priority import raise_priority
from perfkit.network.relay_link import RelayLink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.link_accuracy.cases import Case, Link

LOOPBACK = "127.0.0.1"
RUNS, PINGS = 5, 100
AT_ONCE = 4  # runs that lose packets mostly wait; those that share a rate or an order (jitter) would feel each other


def measure(cases: list[Case], random_runs: int) -> Iterator[tuple[Case, list[float]]]:
    """Each case and its times in seconds; what has chance in it runs ``random_runs`` times."""
    raise_priority()  # threads and the relay inherit it: what else runs here shall not be taken for the link
    server = exchange.Server((LOOPBACK, 0))
    try:
        for link in dict.fromkeys(case.link for case in cases):
            with _laid(link, server.address) as address:
                for case in cases:
                    if case.link == link:
                        yield case, _times(case, address, random_runs)
    finally:
        server.close()


@contextmanager
def _laid(link: Link, server: exchange.Address) -> Iterator[exchange.Address]:
    with tempfile.TemporaryDirectory() as folder:
        relay = RelayLink(profile(link), server, Path(folder), seed=1)
        relay.open()
        try:
            yield relay.address
        finally:
            relay.close()


def _times(case: Case, address: exchange.Address, random_runs: int) -> list[float]:
    runs = random_runs if case.link.random else PINGS if case.ping else RUNS
    workers = AT_ONCE if case.link.loss and not (case.link.down or case.link.jitter) else 1
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda _: exchange.run(case, address), range(runs)))
