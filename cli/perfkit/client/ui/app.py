"""The terminal UI: a Textual application around the desk. It paints what the desk has, and hands it the keys."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.app import App
from textual.containers import Vertical
from textual.message import Message

from perfkit.client.ui.canvas import PAPER, Canvas
from perfkit.client.ui.desk import Desk
from perfkit.client.ui.frame import foot, head, rule, too_small, trouble
from perfkit.client.ui.pace import Pace
from perfkit.client.ui.page import MOVES
from perfkit.client.ui.performance import LIMITS, PerformancePage
from perfkit.errors import PerfkitError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from textual.app import ComposeResult
    from textual.events import Key, Paste

    from perfkit.client.ui.arguments import Beginning
    from perfkit.client.ui.desk import Cluster
    from perfkit.model.readings import Readings
    from perfkit.panels.view import PerformanceView

READING: Final = 1.0  # seconds between two readings of what this program needs


class Call(Message, bubble=False):
    """Something to call where the screen is minded."""

    def __init__(self, call: Callable[[], object]) -> None:
        super().__init__()
        self.call = call


class LeanApp(App[None]):
    """Head, the page that is seen, and a line at the foot. Nothing has the focus: all keys are the desk's."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[Any]] = []
    CSS = f"""
    Screen {{ background: {PAPER}; }}
    #head {{ height: 2; }}
    #rule, #foot {{ height: 1; }}
    #middle, #body, PerformanceView {{ height: 1fr; }}
    PerformanceView {{ display: none; background: {PAPER}; }}
    .performance PerformanceView {{ display: block; }}
    .performance #body {{ display: none; }}
    """

    def __init__(self, cluster: Cluster, beginning: Beginning) -> None:
        super().__init__()
        self.animation_level = "none"
        self.desk = Desk(cluster, self)
        self._beginning = beginning
        self._pace = Pace()
        self._spent = time.thread_time()
        self._head, self._rule, self._body, self._foot = (
            Canvas(name, self._paint) for name in ("head", "rule", "body", "foot")
        )
        self._middle = Vertical(self._body, id="middle")
        self._panels: PerformanceView | None = None
        self._readings: Readings | None = None
        self._read = 0.0

    def compose(self) -> ComposeResult:
        """Top to bottom."""
        yield from (self._head, self._rule, self._middle, self._foot)

    def on_mount(self) -> None:
        """Begin."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self.leave)
        threading.excepthook = self._defect
        self.desk.begin(self._beginning.context, self._beginning.show)
        self._tick()

    def on_unmount(self) -> None:
        """Let go of the cluster."""
        threading.excepthook = threading.__excepthook__
        self.desk.end()

    # ---- what the desk asks of its shell

    def later(self, call: Callable[[], object]) -> None:
        """Call this here; from any thread."""
        self.post_message(Call(call))

    def aside(self, call: Callable[[], object]) -> None:
        """Call this in another thread: it may wait."""
        threading.Thread(target=call, name="perfkit-aside", daemon=True).start()

    def copy(self, text: str) -> None:
        """Into the terminal's clipboard, by its escape sequence."""
        self.copy_to_clipboard(text)

    def leave(self) -> None:
        """End the program."""
        self.exit()

    # ---- what comes in

    def on_call(self, message: Call) -> None:
        """Somebody has an answer."""
        message.call()
        self._paint()

    def on_key(self, event: Key) -> None:
        """Whatever is pressed."""
        event.stop()
        key = event.character if event.is_printable and event.character else event.key
        if not self._scroll(key):
            self.desk.press(key)
        self._paint()

    def on_paste(self, event: Paste) -> None:
        """Text that comes at once."""
        self.desk.paste(event.text)
        self._paint()

    def _scroll(self, key: str) -> bool:
        """Move in the performance view, if that is what is seen."""
        seen = isinstance(self.desk.page, PerformancePage) and self.desk.typing is None
        if self._panels is None or not seen or key not in MOVES:
            return False
        unit, count = MOVES[key]
        rows = {"line": 1, "page": self._panels.size.height, "all": self._panels.virtual_size.height}[unit]
        self._panels.scroll_relative(y=count * rows, animate=False)
        return True

    def _defect(self, what: threading.ExceptHookArgs) -> None:
        """A thread has failed in a way that nobody foresaw: a traceback would only spoil the screen."""
        thread = what.thread.name if what.thread else "a thread"
        self.later(lambda: self.desk.fail(PerfkitError(f"{thread}: {what.exc_type.__name__}: {what.exc_value}")))

    # ---- what goes out

    def _tick(self) -> None:
        """Look what has changed, now and again and again."""
        before, self._spent = self._spent, time.thread_time()
        self._measure()
        self._look()
        self._paint()
        self.set_timer(self._pace.after(self._spent - before), self._tick)

    def _look(self) -> None:
        if self.desk.page is not None:
            with self._painting():
                self.desk.page.look()

    def _measure(self) -> None:
        """Once in a while, how much of the machine this needs."""
        now, session = time.monotonic(), self.desk.session
        if session is None or now - self._read < READING:
            return
        self._read, self._readings = now, session.readings()
        if self._panels is not None and self.screen.has_class("performance"):
            self._panels.show(self._readings)

    def _paint(self) -> None:
        columns, rows = self._middle.size
        if not columns:  # not laid out yet
            return
        with self._painting():
            self._fill(columns, rows)

    def _painting(self) -> AbstractContextManager[object]:
        session = self.desk.session
        return session.painting() if session else nullcontext()

    def _fill(self, columns: int, rows: int) -> None:
        desk, page = self.desk, self.desk.page
        self._place(performance=isinstance(page, PerformancePage))
        self._body.show(too_small(*self.size) or (page.lines(columns, rows) if page else trouble(desk, columns)))
        self._head.show(head(desk, self._readings, columns))
        self._rule.show([rule(page.title() if page else "", columns)])
        self._foot.show([foot(desk, columns)])

    def _place(self, *, performance: bool) -> None:
        """The panels in place of the page, or not."""
        if performance == self.screen.has_class("performance"):
            return
        if performance and self._panels is None:
            from perfkit.panels.view import PerformanceView

            self._panels = PerformanceView(LIMITS)
            self._middle.mount(self._panels)
        self.screen.set_class(performance, "performance")
        self._read = 0.0
