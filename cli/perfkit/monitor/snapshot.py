"""Everything a monitor knows at one moment, as data."""

from __future__ import annotations

from typing import Final

import msgspec

from perfkit.monitor.calls import CallTimes  # noqa: TC001
from perfkit.monitor.components import ComponentUse  # noqa: TC001
from perfkit.monitor.garbage import Collections
from perfkit.monitor.meters import CacheState, LimiterState, Mark, QueueState, WatchState  # noqa: TC001
from perfkit.monitor.operations import OperationTimes, SlowOperation  # noqa: TC001
from perfkit.monitor.timing import Recent, Times

SCHEMA: Final = "perfkit.monitor/1"


class Memory(msgspec.Struct, frozen=True):
    """Bytes; None: not measurable here."""

    rss: int | None = None
    peak: int | None = None


class Cpu(msgspec.Struct, frozen=True):
    """``share`` of one core between the last two looks, ``peak`` the greatest of these, ``own`` the monitor's part."""

    seconds: float = 0.0
    share: float = 0.0
    peak: float = 0.0
    own: float = 0.0


class LoopState(msgspec.Struct, frozen=True):
    """Event loops: how late they run what is due; ``overdue`` is how late they are just now."""

    lag: Times = Times()
    recent: Recent = Recent()
    overdue: float = 0.0


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One moment. Times are seconds, sizes bytes, shares fractions."""

    schema: str = SCHEMA
    at: str
    uptime: float
    memory: Memory = Memory()
    cpu: Cpu = Cpu()
    threads: int = 0
    tasks: int = 0
    loop: LoopState = LoopState()
    gc: Collections = Collections()
    api: tuple[CallTimes, ...] = ()
    operations: tuple[OperationTimes, ...] = ()
    caches: tuple[CacheState, ...] = ()
    queues: tuple[QueueState, ...] = ()
    limiters: tuple[LimiterState, ...] = ()
    watches: tuple[WatchState, ...] = ()
    components: tuple[ComponentUse, ...] = ()
    start: tuple[Mark, ...] = ()
    slow: tuple[SlowOperation, ...] = ()
    slow_seen: int = 0
    alerts: tuple[str, ...] = ()  # names of those that are firing
    leaks: dict[str, int] = {}  # types that grew at each of many looks → the least growth between two
