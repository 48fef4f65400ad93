"""Requests to an API: how long each verb of each resource takes, split into wait, transfer and decode."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Final, Self

import msgspec

from perfkit.monitor.bounded import Bounded
from perfkit.monitor.timing import Recent, Times, Timing

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.monitor.operations import Operation

_FAILED: Final = 400  # statuses from here on


class CallTimes(msgspec.Struct, frozen=True, kw_only=True):
    """Requests of one verb and resource. ``total`` is all three parts; of a watch it is the wait for its first byte.

    ``outcomes`` counts by status, or by the name of the error where no answer came.
    """

    verb: str
    resource: str
    total: Times
    wait: Times
    transfer: Times
    decode: Times
    recent: Recent = Recent()  # totals
    under_way: int = 0
    failed: int = 0
    bytes: int = 0
    outcomes: dict[str, int] = {}


class Series:
    """All requests of one verb and resource."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.total, self.wait, self.transfer, self.decode = Timing(), Timing(), Timing(), Timing()
        self.outcomes: Counter[str] = Counter()
        self.under_way = self.failed = self.bytes = 0

    def parts(self) -> dict[str, Timing]:
        """The whole and its parts."""
        return {"total": self.total, "wait": self.wait, "transfer": self.transfer, "decode": self.decode}

    def rotate(self) -> None:
        """Let the older half of what is recent become past."""
        for timing in self.parts().values():
            timing.rotate()

    def times(self, verb: str, resource: str) -> CallTimes:
        """What was counted so far."""
        with self.lock:
            return CallTimes(
                verb=verb,
                resource=resource,
                total=self.total.times(),
                wait=self.wait.times(),
                transfer=self.transfer.times(),
                decode=self.decode.times(),
                recent=self.total.recent(),
                under_way=self.under_way,
                failed=self.failed,
                bytes=self.bytes,
                outcomes=dict(self.outcomes),
            )


class Calls:
    """All requests, by verb and resource."""

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self.clock = clock
        self._series: Bounded[tuple[str, str], Series] = Bounded(Series, ("other", "other"))

    def begin(self, verb: str, resource: str, operation: Operation | None = None) -> Call:
        """A request that is sent now; ``operation`` takes note of it when it is done."""
        return Call(self, self._series[verb, resource], (verb, resource), operation)

    def series(self) -> list[tuple[tuple[str, str], Series]]:
        """All, by verb and resource."""
        return self._series.items()

    def times(self) -> tuple[CallTimes, ...]:
        """What was counted so far."""
        return tuple(series.times(*key) for key, series in self.series())

    def rotate(self) -> None:
        """Let the older half of what is recent become past."""
        for series in self._series.values():
            series.rotate()


class Call:
    """One request under way: ``answered`` (headers are here), ``received`` (the last byte is), ``end`` (it is decoded).

    As a context manager it ends itself, as failed where an exception passes. What is not said is not counted: without
    ``answered`` all is wait, without ``received`` nothing is decode.
    """

    __slots__ = (
        "_answered",
        "_calls",
        "_key",
        "_operation",
        "_received",
        "_series",
        "began",
        "bytes",
        "ended",
        "status",
    )

    def __init__(self, calls: Calls, series: Series, key: tuple[str, str], operation: Operation | None) -> None:
        self._calls = calls
        self._series = series
        self._key = key
        self._operation = operation
        self.status = self._answered = self._received = self.ended = self.bytes = 0
        with series.lock:
            series.under_way += 1
        self.began = calls.clock()

    def answered(self, status: int) -> None:
        """Status and headers have come."""
        self.status = status
        self._answered = self._calls.clock()

    def received(self, size: int) -> None:
        """The last byte of ``size`` has come."""
        self._received = self._calls.clock()
        self.bytes = size

    def end(self, error: str = "") -> None:
        """It is done with, once; ``error`` names what failed where no whole answer came."""
        if self.ended:
            return
        self.ended = self._calls.clock()
        wait, transfer, decode = self._parts()
        self._count(error, wait, transfer, decode)
        if self._operation is not None:
            self._operation.note(self, self._key, (wait, transfer, decode), error)

    def _parts(self) -> tuple[int, int | None, int | None]:
        """Wait, transfer and decode in ns; None: not known, or endless by nature."""
        answered = self._answered or self._received or self.ended
        if self._key[0] == "watch" or not self._answered:
            return answered - self.began, None, None
        received = self._received or self.ended
        return answered - self.began, received - answered, self.ended - received if self._received else None

    def _count(self, error: str, wait: int, transfer: int | None, decode: int | None) -> None:
        series = self._series
        series.wait.add(wait)
        if transfer is not None:
            series.transfer.add(transfer)
        if decode is not None:
            series.decode.add(decode)
        series.total.add(wait + (transfer or 0) + (decode or 0))
        with series.lock:
            series.under_way -= 1
            series.bytes += self.bytes
            series.failed += bool(error) or self.status >= _FAILED
            series.outcomes[error or str(self.status or "ok")] += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.end("" if kind is None else kind.__name__)
