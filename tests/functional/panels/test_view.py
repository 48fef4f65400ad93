"""The performance view in Textual's own harness: no terminal, real widgets."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

import pytest
from textual.app import App
from textual.widgets import Static

from perfkit.model.limits import Limit
from perfkit.model.readings import CacheReading, CallReading, GcReading, Readings, SlowReading, Switch, WatchReading
from perfkit.panels.view import Panel, PerformanceView

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

pytestmark = pytest.mark.functional

LIMITS = {"memory.rss": Limit.parse("< 100 MB", "bytes"), "cpu.share": Limit.parse("< 10 %", "ratio")}


class Shown(App[None]):
    def compose(self) -> ComposeResult:
        yield PerformanceView(LIMITS)

    def text(self) -> list[str]:
        """What stands on the screen, line by line."""
        strips = self.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]


def readings(second: int) -> Readings:
    return Readings(
        at=float(second),
        uptime=float(second),
        memory=60e6 + 60e6 * abs(math.sin(second / 20)),
        memory_peak=120e6,
        cpu=0.05,
        threads=12,
        tasks=40,
        gc=GcReading(runs=second, longest=0.002),
        overhead=0.004,
        calls=(
            CallReading(verb="list", resource="pods", count=second, p50=0.003, p95=0.02, p99=0.4),
            CallReading(verb="watch", resource="pods", count=1, under_way=1),
        ),
        watches=(WatchReading(resource="pods", events=20 * second, staleness=0.25),),
        caches=(CacheReading(name="objects", hits=99, misses=1, size=1000),),
        slow=(SlowReading(at="2026-11-27T15:00:01.000+00:00", name="list secrets", seconds=0.8),),
        switches=(Switch("columnar", on=True), Switch("coalesce", on=True, state="100 ms")),
        alerts=("memory: 114 MiB, limit < 100 MB",),
    )


def showing(size: tuple[int, int], check: Callable[[Shown], None], seconds: int = 40) -> None:
    async def run() -> None:
        app = Shown()
        async with app.run_test(size=size) as pilot:
            for second in range(seconds):
                app.query_one(PerformanceView).show(readings(second))
            await pilot.pause()
            await pilot.pause()
            check(app)

    asyncio.run(run())


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
def test_what_matters_is_readable_in_one_screen(size: tuple[int, int]) -> None:
    def check(app: Shown) -> None:
        text = "\n".join(app.text())
        for told in ("limit < 100 MB", "limit < 10 %", "! memory: 114 MiB", "12 threads", "watching costs 0.4 %"):
            assert told in text
        for told in ("p95", "list pods", "20 ms", "20 /s", "250 ms", "objects", "99 %"):
            assert told in text
        assert "╌" in text

    showing(size, check)


def test_a_wide_terminal_shows_everything_at_once() -> None:
    def check(app: Shown) -> None:
        text = "\n".join(app.text())
        assert "15:00:01 list secrets" in text
        assert "100 ms" in text

    showing((140, 40), check)


def test_panels_without_anything_to_tell_do_not_show() -> None:
    def check(app: Shown) -> None:
        assert app.query_one("#caches", Panel).display
        assert not app.query_one("#queues", Panel).display
        assert not app.query_one("#notes", Static).display

    showing((80, 24), check)
