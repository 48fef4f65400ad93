"""The screen of ``perfkit top`` in Textual's own harness, fed by hand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from perfkit.model.readings import Readings
from perfkit.views.top import Top, tail

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from textual.pilot import Pilot

pytestmark = pytest.mark.functional


class Feed:
    """What a session would tell."""

    def __init__(self, output: Path | None = None) -> None:
        self.title, self.output = "kubectl get pods -A -w", output
        self.latest: Readings | None = None
        self.ending = ""
        self.over = False


def driven(feed: Feed, steps: Callable[[Top, Pilot[None]], Awaitable[None]], size: tuple[int, int] = (80, 24)) -> None:
    async def run() -> None:
        app = Top(feed, {})
        async with app.run_test(size=size) as pilot:
            await steps(app, pilot)

    asyncio.run(run())


def text(app: Top) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def test_readings_show_when_they_come_and_the_end_is_told() -> None:
    feed = Feed()

    async def steps(app: Top, pilot: Pilot[None]) -> None:
        feed.latest = Readings(at=1.0, memory=104857600, threads=7)
        feed.ending = "ended with status 0 after 3.0 s"
        app.show()
        await pilot.pause()
        await pilot.pause()
        assert "memory 100 MiB" in text(app)
        assert "ended with status 0" in text(app)
        assert "kubectl get pods" in text(app)

    driven(feed, steps)


def test_l_shows_what_the_command_prints_without_what_moves_the_cursor(tmp_path: Path) -> None:
    output = tmp_path / "log"
    output.write_bytes(b"one\n\x1b[2J\x1b[31mtwo\x1b[0m\r\n\x1b]0;title\x07three\n")

    async def steps(app: Top, pilot: Pilot[None]) -> None:
        assert "three" not in text(app)
        await pilot.press("l")
        await pilot.pause()
        assert "two" in text(app)
        assert "three" in text(app)
        await pilot.press("l")
        await pilot.pause()
        assert "three" not in text(app)

    driven(Feed(output), steps)


def test_a_tall_terminal_shows_the_output_unasked(tmp_path: Path) -> None:
    output = tmp_path / "log"
    output.write_text("hello\n")

    async def steps(app: Top, pilot: Pilot[None]) -> None:
        app.show()
        await pilot.pause()
        await pilot.pause()
        assert "hello" in text(app)

    driven(Feed(output), steps, (140, 40))


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_keys_end_it(key: str) -> None:
    async def steps(app: Top, pilot: Pilot[None]) -> None:
        await pilot.press(key)
        await pilot.pause()
        assert not app.is_running

    driven(Feed(), steps)


def test_it_ends_when_the_watch_is_over() -> None:
    feed = Feed()

    async def steps(app: Top, pilot: Pilot[None]) -> None:
        feed.over = True
        app.show()
        await pilot.pause()
        assert not app.is_running

    driven(feed, steps)


def test_of_a_long_output_the_end_is_read(tmp_path: Path) -> None:
    output = tmp_path / "log"
    output.write_text("x" * 1_000_000 + "\nlast\n")
    assert tail(output).splitlines()[-1] == "last"
    assert len(tail(output)) <= 4096
    assert tail(tmp_path / "none") == ""
