"""What a program does for its user, and a trace of what was slow."""

from __future__ import annotations

import time
from contextvars import ContextVar, Token
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from perfkit.monitor.bounded import Bounded
from perfkit.monitor.redaction import redacted
from perfkit.monitor.timing import SECOND, Times, Timing

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.monitor.calls import Call
    from perfkit.monitor.slow import SlowLog

_MOST_CALLS: Final = 50  # of one operation stand in the log
_current: ContextVar[Operation | None] = ContextVar("perfkit_operation", default=None)


class CallTrace(msgspec.Struct, frozen=True, omit_defaults=True):
    """One request of an operation; seconds, ``after`` counts from the operation's beginning."""

    verb: str
    resource: str
    after: float
    wait: float
    transfer: float | None = None
    decode: float | None = None
    status: int = 0
    error: str = ""


class SlowOperation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the slow-operation log. ``inside`` names the operation around it."""

    at: str  # UTC, when it began
    operation: str
    seconds: float
    inside: str = ""
    error: str = ""
    attributes: dict[str, Any] = {}
    calls: list[CallTrace] = []
    more_calls: int = 0


class OperationTimes(msgspec.Struct, frozen=True):
    """All operations of a name."""

    name: str
    times: Times
    failed: int


class _Kind:
    def __init__(self) -> None:
        self.timing = Timing()
        self.failed = 0


class Operations:
    """All operations by name; those that take longer than the log's threshold go into it."""

    def __init__(self, log: SlowLog, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self.clock = clock
        self.log = log
        self._kinds: Bounded[str, _Kind] = Bounded(_Kind, "other")

    def begin(self, name: str, attributes: dict[str, object]) -> Operation:
        """An operation, for use by ``with``."""
        return Operation(self, self._kinds[name], name, attributes)

    def times(self) -> tuple[OperationTimes, ...]:
        """What was counted so far."""
        return tuple(OperationTimes(name, kind.timing.times(), kind.failed) for name, kind in self._kinds.items())

    def timings(self) -> list[tuple[str, Timing]]:
        """All, by name."""
        return [(name, kind.timing) for name, kind in self._kinds.items()]

    def rotate(self) -> None:
        """Let the older half of what is recent become past."""
        for kind in self._kinds.values():
            kind.timing.rotate()

    @staticmethod
    def current() -> Operation | None:
        """The operation that this thread or task is in."""
        return _current.get()


class Operation:
    """A context manager, good for one use; awaiting inside is fine."""

    __slots__ = ("_attributes", "_began", "_calls", "_kind", "_more", "_name", "_operations", "_outer", "_token")

    def __init__(self, operations: Operations, kind: _Kind, name: str, attributes: dict[str, object]) -> None:
        self._operations = operations
        self._kind = kind
        self._name = name
        self._attributes = attributes
        self._calls: list[CallTrace] = []
        self._began = self._more = 0
        self._outer: Operation | None = None
        self._token: Token[Operation | None] | None = None

    def note(self, call: Call, key: tuple[str, str], parts: tuple[int, int | None, int | None], error: str) -> None:
        """A request of this operation is done; ``parts`` are wait, transfer and decode in ns."""
        if len(self._calls) >= _MOST_CALLS:
            self._more += 1
            return
        wait, transfer, decode = (None if part is None else part / SECOND for part in parts)
        after = (call.began - self._began) / SECOND
        self._calls.append(CallTrace(*key, after, wait or 0.0, transfer, decode, call.status, error))

    def __enter__(self) -> Self:
        self._outer = _current.get()
        self._token = _current.set(self)
        self._began = self._operations.clock()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        took = self._operations.clock() - self._began
        if self._token is not None:
            _current.reset(self._token)
        self._kind.timing.add(took)
        self._kind.failed += kind is not None
        if took >= self._operations.log.threshold:
            self._operations.log.write(self._trace(took, "" if kind is None else kind.__name__))

    def _trace(self, took: int, error: str) -> SlowOperation:
        seconds = took / SECOND
        return SlowOperation(
            at=datetime.fromtimestamp(time.time() - seconds, UTC).isoformat(timespec="milliseconds"),
            operation=self._name,
            seconds=seconds,
            inside="" if self._outer is None else self._outer._name,  # noqa: SLF001 - its own kind
            error=error,
            attributes=redacted(self._attributes),
            calls=self._calls,
            more_calls=self._more,
        )
