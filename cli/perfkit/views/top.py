"""``perfkit top`` on a terminal: the performance view, what the command prints below it, and a line of keys."""

from __future__ import annotations

import asyncio
import re
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import App
from textual.widgets import Static

from perfkit.panels.view import PerformanceView

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Protocol

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from perfkit.model.limits import Limit
    from perfkit.model.readings import Readings

    class Feed(Protocol):
        """Where readings come from; asked twice a second."""

        title: str
        output: Path | None

        @property
        def latest(self) -> Readings | None:
            """The newest ones."""
            ...

        @property
        def ending(self) -> str:
            """How what is watched ended; empty while it goes on."""
            ...

        @property
        def over(self) -> bool:
            """Whether the time is up for which was to be watched, or it failed."""
            ...


REFRESH: Final = 0.5  # seconds
TAIL: Final = 4096  # bytes of the output that are looked at
SHOWN: Final = 6  # lines of it
TALL: Final = 32  # rows of a terminal from which on the output shows without being asked for
_ESCAPES: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)|[\x00-\x08\x0b-\x1f\x7f]")


class Top(App[None]):
    """Shows a feed until it is over, or whoever looks has seen enough."""

    CSS = """
    #view { height: 1fr; }
    #output { height: 6; border-top: solid $primary; color: $text-muted; display: none; }
    #output.told { display: block; }
    #keys { height: 1; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("q", "quit", "quit"),
        ("ctrl+c", "quit", "quit"),
        ("l", "output", "output"),
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, feed: Feed, limits: Mapping[str, Limit]) -> None:
        super().__init__()
        self._feed = feed
        self._limits = limits
        self._shown: Readings | None = None
        self._asked: bool | None = None  # whether the output shall show; None: nobody said

    def compose(self) -> ComposeResult:
        """The view, the output, the keys."""
        yield PerformanceView(self._limits, id="view")
        yield Static(id="output", markup=False)
        yield Static(id="keys", markup=False)

    def on_mount(self) -> None:
        """Begin."""
        with suppress(NotImplementedError, RuntimeError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit)
        self.query_one("#view").focus()
        self.set_interval(REFRESH, self.show)
        self.show()

    def show(self) -> None:
        """Show what is new."""
        latest = self._feed.latest
        if latest is not None and latest is not self._shown:
            self._shown = latest
            self.query_one(PerformanceView).show(latest)
        self._tell_output()
        self._tell("keys", self._line())
        if self._feed.over:
            self.exit()

    def action_output(self) -> None:
        """Show what the command prints, or no more."""
        self._asked = not self.query_one("#output").has_class("told")
        self._tell_output()

    def _line(self) -> str:
        state = f"{self._feed.ending} · " if self._feed.ending else ""
        keys = "q quit · ↑↓ scroll" + (" · l output" if self._feed.output else "")
        room = max(10, self.size.width - len(state) - len(keys) - 3)
        title = self._feed.title if len(self._feed.title) <= room else f"{self._feed.title[: room - 1]}…"
        return f"{title} · {state}{keys}"

    def _tell_output(self) -> None:
        text = "" if self._feed.output is None else tail(self._feed.output)
        wanted = self._asked if self._asked is not None else bool(text) and self.size.height >= TALL
        self.query_one("#output").set_class(wanted and self._feed.output is not None, "told")
        if wanted:
            self._tell("output", text)

    def _tell(self, key: str, text: str) -> None:
        line = self.query_one(f"#{key}", Static)
        if line.content != text:
            line.update(text)


def tail(path: Path) -> str:
    """The last lines of a file, without what would move a terminal's cursor; empty where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(_ESCAPES.sub("", text).splitlines()[-(SHOWN - 1) :])
