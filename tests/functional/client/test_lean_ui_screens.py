"""The Textual application on an invented cluster: what is painted after keys, sizes and changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from perfkit.client.ui.app import LeanApp
from perfkit.client.ui.arguments import Beginning
from perfkit.client.ui.canvas import Canvas, different
from perfkit.errors import UsageError
from support.lean_ui import InventedCluster, Pod, cluster, pods

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot
    from textual.strip import Strip

pytestmark = pytest.mark.functional


def play(
    script: Callable[[Pilot[None]], Awaitable[None]],
    of: InventedCluster | None = None,
    size: tuple[int, int] = (140, 45),
) -> LeanApp:
    """Run the application without a terminal while ``script`` drives it."""
    app = LeanApp(of or cluster(), Beginning())

    async def main() -> None:
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: screen(app)[0] != "")
            await script(pilot)

    asyncio.run(main())
    return app


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Let the application work until that holds; a test that waits in vain ends by its assertion."""
    for _ in range(1000):
        await pilot.pause(0.01)
        if holds():
            return


def screen(app: LeanApp) -> list[str]:
    """The rows of the screen as text."""
    return ["".join(segment.text for segment in strip).rstrip() for strip in app.screen._compositor.render_strips()]


def app_of(pilot: Pilot[None]) -> LeanApp:
    app = pilot.app
    assert isinstance(app, LeanApp)
    return app


def test_the_first_screen_is_full_of_pods() -> None:
    async def script(pilot: Pilot[None]) -> None:
        app = app_of(pilot)
        await until(pilot, lambda: "pods(all)[1000]" in screen(app)[2])
        lines = screen(app)
        assert lines[2].startswith("── pods(all)[1000] ──")
        assert lines[3].split()[:4] == ["NAMESPACE", "NAME", "READY", "STATUS"]
        assert sum("Running" in line for line in lines) == 40
        assert lines[44].startswith("<d> describe")

    play(script)


def test_a_filter_is_felt_while_it_is_typed_and_undone_by_escape() -> None:
    async def script(pilot: Pilot[None]) -> None:
        app = app_of(pilot)
        await pilot.press("slash", "0", "9", "9")
        await until(pilot, lambda: "[11]" in screen(app)[2])
        assert screen(app)[44].startswith("/099")
        assert "pods(all)[11] </099>" in screen(app)[2]
        await pilot.press("enter", "escape")
        await until(pilot, lambda: "[1000]" in screen(app)[2])
        assert screen(app)[44].startswith("<d> describe")

    play(script)


def test_a_command_is_completed_by_tab() -> None:
    async def script(pilot: Pilot[None]) -> None:
        app = app_of(pilot)
        await pilot.press("colon", "n", "o")
        await until(pilot, lambda: ":nodes" in screen(app)[44])
        await pilot.press("tab", "enter")
        await until(pilot, lambda: "nodes[2]" in screen(app)[2])
        assert "nodes[2]" in screen(app)[2]

    play(script)


def test_escape_or_an_emptied_line_leaves_the_prompt_and_keys_are_keys_again() -> None:
    async def script(pilot: Pilot[None]) -> None:
        app = app_of(pilot)
        for leave in ("escape", "backspace"):
            await pilot.press("colon", leave)
            await until(pilot, lambda: screen(app)[44].startswith("<d>"))
            await pilot.press("question_mark")
            await until(pilot, lambda: "Help" in screen(app)[2])
            assert "Help" in screen(app)[2]
            await pilot.press("q")

    play(script)


def test_only_what_changed_is_painted_again() -> None:
    of = cluster(30)

    async def script(pilot: Pilot[None]) -> None:
        app = app_of(pilot)
        body = app.query_one("#body", Canvas)
        await until(pilot, lambda: "[30]" in screen(app)[2])
        painted: list[int] = []
        render = body.render_line

        def noted(y: int) -> Strip:
            painted.append(y)
            return render(y)

        body.render_line = noted  # type: ignore[method-assign]
        of.sessions["here"].sources["pods"].set([*pods(29), Pod(name="web-0029", namespace="shop", restarts=5)])
        await until(pilot, lambda: bool(painted))
        assert painted == [30]

    play(script, of)


def test_stretches_of_lines_that_differ_are_found() -> None:
    def lines(text: str) -> list[object]:
        return [((letter, "plain"),) for letter in text]

    assert list(different(lines("abcd"), lines("abcd"))) == []  # type: ignore[arg-type]
    assert list(different(lines("abcdef"), lines("xbcyzf"))) == [(0, 1), (3, 2)]  # type: ignore[arg-type]
    assert list(different(lines("abc"), lines("a"))) == [(1, 2)]  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (40, 8)])
def test_after_a_resize_all_is_painted_at_the_new_size(size: tuple[int, int]) -> None:
    async def script(pilot: Pilot[None]) -> None:
        app = app_of(pilot)
        await pilot.resize_terminal(*size)
        await until(pilot, lambda: sum("Running" in line for line in screen(app)) == size[1] - 5)
        lines = screen(app)
        assert len(lines) == size[1]
        assert len(lines[2]) == size[0]
        assert sum("web-" in line for line in lines) == size[1] - 5

    play(script)


def test_a_terminal_that_is_too_small_says_so_and_recovers() -> None:
    async def script(pilot: Pilot[None]) -> None:
        app = app_of(pilot)
        await pilot.resize_terminal(30, 7)
        await until(pilot, lambda: "too small" in "".join(screen(app)))
        assert "too small" in "".join(screen(app))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: any("web-" in line for line in screen(app)))
        assert any("web-0000" in line for line in screen(app))

    play(script)


def test_the_performance_view_takes_the_place_of_the_table_and_gives_it_back() -> None:
    async def script(pilot: Pilot[None]) -> None:
        app = app_of(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "CPU 1.2 %, limit" in "".join(screen(app)))
        text = "\n".join(screen(app))
        assert "memory 48 MB, limit < 100 MB" in text
        assert "CPU 1.2 %, limit < 10 %" in text
        await pilot.resize_terminal(40, 8)
        await until(pilot, lambda: len(screen(app)) == 8)
        await pilot.press("G")
        await until(pilot, lambda: "limit" not in "".join(screen(app)))
        assert "limit" not in "".join(screen(app)), "it is scrolled by the keys of a table"
        await pilot.press("escape")
        await until(pilot, lambda: any("web-0000" in line for line in screen(app)))
        assert any("web-0000" in line for line in screen(app))

    play(script)


def test_a_bad_kubeconfig_is_said_on_the_screen_and_q_still_quits() -> None:
    async def script(pilot: Pilot[None]) -> None:
        app = app_of(pilot)
        await until(pilot, lambda: "no current-context" in screen(app)[44])
        assert screen(app)[44] == "! kubeconfig /x: no current-context; choose one"
        await pilot.press("q")

    app = play(script, InventedCluster(refusal=UsageError("kubeconfig /x: no current-context", "choose one")))
    assert app.return_code == 0


def test_leaving_lets_go_of_the_cluster() -> None:
    of = cluster()

    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("colon", "q", "enter")

    play(script, of)
    assert of.sessions["here"].closed.wait(10)
