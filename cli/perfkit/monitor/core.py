"""The monitor: what a program holds in its hands to watch itself."""

from __future__ import annotations

import atexit
import logging
import os
import signal
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self

from perfkit.errors import UsageError
from perfkit.model.readings import values
from perfkit.model.units import parse_duration
from perfkit.monitor.alerts import Alerts
from perfkit.monitor.calls import Call, Calls
from perfkit.monitor.components import Components, Section
from perfkit.monitor.garbage import GarbageWatch
from perfkit.monitor.growth import INTERVAL, OBJECTS, LeakWatch, ObjectLog
from perfkit.monitor.looking import Looker
from perfkit.monitor.loops import Loops
from perfkit.monitor.meters import CacheMeter, Marks, Meters, QueueMeter, WatchMeter
from perfkit.monitor.operations import Operation, Operations
from perfkit.monitor.options import Options
from perfkit.monitor.process import CpuShare, Usage, look, peak
from perfkit.monitor.readings import readings
from perfkit.monitor.slow import SlowLog
from perfkit.monitor.snapshot import Cpu, LoopState, Memory, Snapshot
from perfkit.monitor.timing import SECOND, Timing

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, ModuleType, TracebackType

    from perfkit.monitor.exposition import MonitorCollector

_log: Final = logging.getLogger("perfkit.monitor")
_HALF: Final = 30.0  # seconds: "recent" is the last 30 to 60
_PART_OF: Final = {
    "cache": "caches",
    "queue": "queues",
    "limiter": "limiters",
    "watch": "watches",
    "component": "components",
}

Parts = dict[str, "Callable[[Usage], Any]"]
"""Fields of a snapshot, and how they come about."""


class Monitor:
    """Watches the process it lives in, from ``start`` to ``stop`` or inside a ``with``. All of it is for any thread.

    Raises:
        PerfkitError: the options make no sense.
    """

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.slow_log = SlowLog(round(parse_duration(self.options.slow) * SECOND), self.options.slow_log)
        self.calls = Calls()
        self.operations = Operations(self.slow_log)
        self.components = Components()
        self.meters = Meters()
        self.loops = Loops()
        self._alerts = Alerts(self.options.rules)
        self._parts = self._measured()
        self._alarming = self._wanted({rule.metric.partition("{")[0] for rule in self.options.rules})
        self._garbage = GarbageWatch()
        self._cpu = CpuShare()
        self._marks = Marks()
        self._leaks = LeakWatch(lambda told: _log.warning("%s", told))
        self._began = self._rotated = self._counted = time.monotonic()
        self.debug_address = ""  # where the debug server listens, once it does
        self._looker = Looker(self._look, self.options.interval)
        self._watching, self._process = False, os.getpid()
        self._ending = ExitStack()
        self._lock = threading.RLock()

    # ---- life

    def start(self) -> Self:
        """Begin to watch, and the event loop that runs here, if one does. Raises UsageError if it watches already."""
        with self._lock:
            if self._watching:
                raise UsageError("this monitor is started already", "stop it first, or make another")
            self._began = self._rotated = self._counted = time.monotonic()
            self._cpu.see(look())
            self._garbage.start()
            self._ending.callback(self._garbage.stop)
            self.loops.start()
            self._ending.callback(self.loops.stop)
            self._watching, self._process = True, os.getpid()
            self._looker = Looker(self._look, self.options.interval)
            self._ending.callback(self._looker.stop)
            self._looker.start()
            try:
                self._log_objects()
                self._serve()
                self._report_at_end()
            except BaseException:
                self.stop()
                raise
        return self

    def _log_objects(self) -> None:
        """For whoever profiles this program from outside (``perfkit profile --with objects``)."""
        if path := os.environ.get(OBJECTS):
            log = ObjectLog(path)
            looker = Looker(log.look, INTERVAL)
            log.look()
            looker.start()
            self._ending.callback(log.look)
            self._ending.callback(looker.stop)

    def _serve(self) -> None:
        if self.options.debug:
            from perfkit.monitor.debug import DebugServer
            from perfkit.monitor.pages import pages

            server = DebugServer(self.options.debug, self.options.token, pages(self))
            self.debug_address = server.address
            self._ending.callback(server.stop)

    def _report_at_end(self) -> None:
        if self.options.report:
            self._ending.callback(self.report)
            atexit.register(self.stop)
            self._ending.callback(atexit.unregister, self.stop)
        if self.options.report_signal:
            before = signal.getsignal(self.options.report_signal)
            signal.signal(self.options.report_signal, partial(self._report_soon, before))
            self._ending.callback(signal.signal, self.options.report_signal, before)

    def _report_soon(self, before: object, number: int, frame: FrameType | None) -> None:
        # In a thread of its own: the handler may have come in the midst of anything.
        threading.Thread(target=self.report, name="perfkit-report").start()
        if callable(before):
            before(number, frame)

    def stop(self) -> None:
        """End what ``start`` and the ``watch_`` methods began; a second time does nothing. What was counted stays."""
        with self._lock:
            self._watching, ending = False, self._ending.pop_all()
        if (
            self._process != os.getpid()
        ):  # a fork has none of the threads that are to be ended, nor is the report its own
            ending.pop_all()
            return
        ending.close()  # outside the lock: it waits for the thread, which may be about to take a snapshot

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # ---- what a program tells

    def operation(self, name: str, /, **attributes: object) -> Operation:
        """``with monitor.operation("list pods", namespace="default"):``; what takes long is logged, redacted."""
        self.loops.see()
        return self.operations.begin(name, attributes)

    def call(self, verb: str, resource: str) -> Call:
        """A request that is sent now; it belongs to the operation around it."""
        self.loops.see()
        return self.calls.begin(verb, resource, self.operations.current())

    def component(self, name: str) -> Section:
        """``with monitor.component("ingest"):`` this code's CPU time is that component's. It must not await."""
        return self.components.section(name)

    def cache(self, name: str) -> CacheMeter:
        """Hits, misses and size of a cache."""
        return self.meters.caches[name]

    def queue(self, name: str) -> QueueMeter:
        """The depth of a queue."""
        return self.meters.queues[name]

    def limiter(self, name: str) -> Timing:
        """What a rate limiter lets wait: ``add`` nanoseconds."""
        return self.meters.limiters[name]

    def watching(self, resource: str) -> WatchMeter:
        """Events and restarts of a watch."""
        return self.meters.watches[resource]

    def mark(self, name: str) -> None:
        """This moment of the start is now."""
        self._marks.mark(name)

    # ---- libraries that tell it by themselves

    def watch_kubernetes(self) -> Self:
        """Watch all requests of the official client, decoding included, and of whoever else uses urllib3."""
        from perfkit.monitor.hooks import kubernetes

        return self._hook(kubernetes.hook)

    def watch_urllib3(self) -> Self:
        """Watch all requests by urllib3, so of requests."""
        from perfkit.monitor.hooks import urllib3

        return self._hook(urllib3.hook)

    def watch_aiohttp(self) -> Self:
        """Watch all requests of aiohttp's client sessions that are made from now on, so of kubernetes-asyncio."""
        from perfkit.monitor.hooks import aiohttp

        return self._hook(aiohttp.hook)

    def watch_httpx(self) -> Self:
        """Watch all requests of httpx's clients, so of lightkube and kr8s."""
        from perfkit.monitor.hooks import httpx

        return self._hook(httpx.hook)

    def watch_kopf(self) -> Self:
        """Watch a kopf operator: each handler is an operation, and its requests by aiohttp."""
        from perfkit.monitor.hooks import kopf

        return self._hook(kopf.hook)

    def _hook(self, hook: Callable[[Monitor], Callable[[], object]]) -> Self:
        try:
            self._ending.callback(hook(self))
        except ImportError as error:
            raise UsageError(f"there is nothing to watch: {error}", f"pip install {error.name}") from None
        return self

    # ---- what it tells

    def collector(self) -> MonitorCollector:
        """For ``prometheus_client``: ``REGISTRY.register(monitor.collector())``."""
        collector: MonitorCollector = self._exposition().MonitorCollector(self)
        return collector

    def exposed(self) -> tuple[str, bytes]:
        """Content type and text that Prometheus scrapes."""
        exposition = self._exposition()
        return exposition.CONTENT_TYPE, exposition.exposed(self)

    @staticmethod
    def _exposition() -> ModuleType:
        try:
            from perfkit.monitor import exposition
        except ImportError:
            raise UsageError("Prometheus metrics want prometheus-client", "pip install 'perfkit[monitor]'") from None
        return exposition

    def report(self) -> None:
        """Write the report to where the options say (by default stderr); a disk that refuses is logged."""
        from perfkit.monitor.report import write

        try:
            write(self.snapshot(), self.options.report or "-")
        except OSError as error:
            _log.warning("the report cannot be written: %s", error)

    def snapshot(self) -> Snapshot:
        """Everything, as of now."""
        return Snapshot(
            at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            uptime=time.monotonic() - self._began,
            operations=self.operations.times(),
            start=self._marks.marks(),
            slow=self.slow_log.latest(),
            slow_seen=self.slow_log.seen,
            alerts=self._alerts.firing(),
            leaks=self._leaks.suspects,
            **_made(self._parts, look()),
        )

    def _measured(self) -> Parts:
        """How the parts of a snapshot come about that alerts may be on."""
        meters = self.meters
        return {
            "memory": lambda usage: Memory(usage.rss, peak()),
            "cpu": lambda usage: Cpu(usage.cpu, self._cpu.share, self._cpu.peak, self._looker.cpu),
            "threads": lambda usage: usage.threads,
            "tasks": lambda _: self.loops.tasks,
            "loop": lambda _: LoopState(self.loops.lag.times(), self.loops.lag.recent(), self.loops.overdue()),
            "gc": lambda _: self._garbage.collections(),
            "api": lambda _: self.calls.times(),
            "caches": lambda _: tuple(cache.state(name) for name, cache in meters.caches.items()),
            "queues": lambda _: tuple(queue.state(name) for name, queue in meters.queues.items()),
            "limiters": lambda _: meters.limiter_states(),
            "watches": lambda _: tuple(watch.state(name) for name, watch in meters.watches.items()),
            "components": lambda _: self.components.uses(),
        }

    def _wanted(self, metrics: set[str]) -> Parts:
        """The parts that these metrics are of: a look costs no more than its alerts; and queues, for their peaks."""
        names = {_PART_OF.get(word, word) for word in (metric.partition(".")[0] for metric in metrics)} | {"queues"}
        parts = {name: make for name, make in self._parts.items() if name in names}
        if "memory" in parts and "memory.peak" not in metrics:
            parts["memory"] = lambda usage: Memory(usage.rss)
        return parts

    def _look(self) -> None:
        now, usage = time.monotonic(), look()
        self._cpu.see(usage)
        if self.options.leak_watch and now - self._counted >= self.options.leak_watch:
            self._counted = now
            self._leaks.look()
        if now - self._rotated >= _HALF:
            self._rotated = now
            self._rotate()
        seen = Snapshot(at="", uptime=now - self._began, **_made(self._alarming, usage))
        for alert in self._alerts.see(now, values(readings(seen))):
            (_log.warning if alert.turn == "firing" else _log.info)("%s", alert)
            if self.options.on_alert is not None:
                self.options.on_alert(alert)

    def _rotate(self) -> None:
        self.calls.rotate()
        self.operations.rotate()
        self.meters.rotate()
        self.loops.lag.rotate()


def _made(parts: Parts, usage: Usage) -> dict[str, Any]:
    return {name: make(usage) for name, make in parts.items()}
