"""The cases over the link's model alone, on an invented clock: no process, no timer, no kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.link_accuracy.exchange import REQUEST
from benchmarks.link_accuracy.profiles import profile

from perfkit.network.model import Network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.link_accuracy.case import Case

    from perfkit.network.flow import Flow


def run(case: Case, seed: int) -> float:
    """Seconds that ``case`` takes, to the last byte, on a link with the chances of ``seed``."""
    network = Network(profile(case.link), seed=seed)
    exchanges = [_Exchange(case, network) for _ in range(case.connections)]
    while not all(exchange.ended for exchange in exchanges):
        times = (network.due(), *(exchange.wake for exchange in exchanges))
        now = min(time for time in times if time is not None)
        network.advance(now)
        for exchange in exchanges:
            exchange.step(now)
    return (max(exchange.end for exchange in exchanges) - min(exchange.start for exchange in exchanges)) / 1e9


class _Exchange:
    """The measuring program's two ends of one connection, run step by step on the network's clock (ns)."""

    def __init__(self, case: Case, network: Network) -> None:
        self.start = self.end = 0
        self.ended = False
        self.wake: int | None = None  # when it goes on by itself
        self._case = case
        self._now = 0
        self._network = network
        self._connection = network.connect(0)
        self._script = self._play()

    def step(self, now: int) -> None:
        """Go on as far as what has arrived allows."""
        self._now = now
        self.wake = next(self._script, None)
        self._network.schedule(self._connection)

    def _play(self) -> Iterator[int | None]:
        connection = self._connection
        while not connection.wanted:
            yield None
        connection.accept(self._now)
        while not connection.established:
            yield None
        for size in self._case.before:
            yield from self._move(size)
        if self._case.before:
            goes_on = self._now + int(self._case.idle * 1e9)
            while self._now < goes_on:
                yield goes_on
            self.start = self._now
        yield from self._move(self._case.size)
        self.end, self.ended = self._now, True

    def _move(self, size: int) -> Iterator[None]:
        sizes = (REQUEST.size + size, 1) if self._case.upload else (REQUEST.size, size)
        yield from self._transfer(self._connection.up, sizes[0])
        self._connection.confirm(self._now)
        yield from self._transfer(self._connection.down, sizes[1])

    def _transfer(self, flow: Flow, left: int) -> Iterator[None]:
        goal = flow.delivered + left
        while flow.delivered < goal:
            if offered := min(left, flow.appetite()):
                flow.offer(self._now, offered)
                left -= offered
            yield None
            flow.consume(self._now, flow.delivered)
