"""The monitor in real processes, threads and event loops."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest

from perfkit.errors import UsageError
from perfkit.monitor import Alert, Monitor, Options, Rule

pytestmark = pytest.mark.functional

QUICK = Options(interval=0.02, rules=())


def test_threads_and_callbacks_are_gone_after_stop() -> None:
    threads, callbacks = threading.enumerate(), list(gc.callbacks)
    monitor = Monitor(QUICK)
    for _ in range(3):
        with monitor:
            assert "perfkit-monitor" in {thread.name for thread in threading.enumerate()}
        monitor.stop()
        assert (threading.enumerate(), list(gc.callbacks)) == (threads, callbacks)


def test_a_monitor_is_started_once() -> None:
    with Monitor(QUICK) as monitor, pytest.raises(UsageError, match="started already"):
        monitor.start()


def test_a_leak_is_warned_of_where_that_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    gc.freeze()  # what other tests hold need not be counted
    held: list[list[int]] = []
    try:
        with Monitor(msgspec.structs.replace(QUICK, leak_watch=0.02)) as monitor:
            while not monitor.snapshot().leaks:
                held.append([len(held)])
                time.sleep(0)
    finally:
        gc.unfreeze()
    assert "a leak? At each of 10 looks there were more of list" in caplog.text


def test_memory_is_what_the_kernel_says() -> None:
    ballast = bytearray(50_000_000)
    told = Monitor(QUICK).snapshot().memory
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    assert told.rss is not None
    assert told.peak == int(status["VmHWM"].split()[0]) * 1024
    assert told.rss == pytest.approx(int(status["VmRSS"].split()[0]) * 1024, rel=0.05)
    assert told.rss > len(ballast)


def test_an_event_loop_that_is_blocked_shows_while_it_is_and_afterwards() -> None:
    async def block() -> tuple[float, float, int]:
        async with Monitor(QUICK) as monitor:
            others = [asyncio.create_task(asyncio.sleep(30)) for _ in range(7)]
            while not monitor.snapshot().tasks:  # noqa: ASYNC110 - its own probe is what is waited for
                await asyncio.sleep(0.02)
            tasks = monitor.snapshot().tasks
            time.sleep(0.4)  # noqa: ASYNC251 - that is what is meant
            overdue = monitor.snapshot().loop.overdue
            await asyncio.sleep(0.02)
            for each in others:
                each.cancel()
            return overdue, monitor.snapshot().loop.lag.longest, tasks

    overdue, longest, tasks = asyncio.run(block())
    assert overdue >= 0.25
    assert longest >= 0.25
    assert tasks == 8


def test_a_loop_that_begins_after_the_monitor_is_seen_by_its_first_operation() -> None:
    async def work(monitor: Monitor) -> None:
        with monitor.operation("work"):
            while not monitor.snapshot().loop.lag.count:  # noqa: ASYNC110 - its own probe is what is waited for
                await asyncio.sleep(0.02)

    with Monitor(QUICK) as monitor:
        asyncio.run(work(monitor))
        asyncio.run(work(monitor))
    assert monitor.snapshot().loop.lag.count >= 1


def test_an_alert_is_called_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    fired: list[Alert] = []
    came = threading.Event()

    def take(alert: Alert) -> None:
        fired.append(alert)
        came.set()

    rule = Rule("memory", "memory.rss", "< 1 MB")
    with Monitor(Options(interval=0.01, rules=(rule,), on_alert=take)):
        assert came.wait(30)
    assert [(alert.name, alert.turn) for alert in fired] == [("memory", "firing")]
    assert "alert memory: memory.rss" in caplog.text


def test_a_callback_that_fails_does_not_end_the_watch(caplog: pytest.LogCaptureFixture) -> None:
    looks = threading.Semaphore(0)

    def fail(_: Alert) -> None:
        raise RuntimeError("mine")

    def depth() -> int:
        looks.release()
        return 0

    with Monitor(Options(interval=0.01, rules=(Rule("m", "memory.rss", "< 1 MB"),), on_alert=fail)) as monitor:
        monitor.queue("q").depth = depth
        for _ in range(5):
            assert looks.acquire(timeout=30)
    assert "a look at this process failed" in caplog.text


def test_many_threads_lose_no_count() -> None:
    monitor = Monitor(QUICK)

    def work() -> None:
        for _ in range(500):
            with monitor.operation("work"), monitor.call("get", "pods") as call:
                call.answered(200)
            monitor.cache("objects").hit()

    workers = [threading.Thread(target=work) for _ in range(8)]
    with monitor:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    told = monitor.snapshot()
    assert (told.api[0].total.count, told.operations[0].times.count, told.caches[0].hits) == (4_000, 4_000, 4_000)


def test_a_fork_of_a_watched_process_can_be_watched_and_ends() -> None:
    code = (
        "import os, sys\n"
        "from perfkit.monitor import Monitor, Options\n"
        "monitor = Monitor(Options(interval=0.01)).start()\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    with Monitor(Options(interval=0.01)) as mine:\n"
        "        os._exit(0 if mine.snapshot().memory.rss else 1)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], timeout=60, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
