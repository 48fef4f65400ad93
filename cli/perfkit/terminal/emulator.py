"""What a terminal makes of the bytes that a program prints: an xterm of the size told, as far as screens show it.

Understood are text in UTF-8, the cursor, erasing, scrolling, regions, insertion, tabs, colours, line drawing, and the
alternate screen; everything else is passed over, at its proper length. Nothing printed can make it fail or grow: a
sequence that does not end is given up.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

from perfkit.terminal.colours import restyled
from perfkit.terminal.screen import PLAIN, Grid, Row
from perfkit.terminal.sequences import ACTS, numbers, tab

LONGEST: Final = 64 << 10  # characters of a sequence without an end, after which it is none
DRAWN: Final = str.maketrans("`afgjklmnopqrstuvwxyz{|}~", "◆▒°±┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·")

_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|\x1b\[(?P<parameters>[0-?]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|(?P<string>\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|(?=\x1b[^\\])))"
    r"|\x1b(?P<charset>[()])(?P<set>[ -~])"
    r"|\x1b(?P<escape>[ -/]*[0-OQ-WYZ`-~\\])"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f-\x9f])"
)
# Of what follows an ESC, that which may still become a sequence when more comes.
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)\Z")


class Emulator:
    """A terminal. ``screen`` is what a person sees now."""

    def __init__(self, columns: int, rows: int) -> None:
        self.screen = Grid(columns, rows)
        self._main: list[Row] | None = None  # the rows of the main screen, while the alternate one is shown
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""
        self._saved = (0, 0, PLAIN)
        self._drawing = [False, False]  # of the sets G0 and G1: whether it is line drawing
        self._set = 0
        self._last = ""

    def feed(self, data: bytes) -> None:
        """Take what was printed next."""
        text = self._rest + self._decoder.decode(data)
        self._rest = ""
        at = 0
        while at < len(text):
            token = _TOKEN.match(text, at)
            if token is None:
                if _UNFINISHED.match(text, at) and len(text) - at < LONGEST:
                    self._rest = text[at:]
                    return
                at += 1  # an ESC that begins nothing
                continue
            self._obey(token)
            at = token.end()

    def resize(self, columns: int, rows: int) -> None:
        """The terminal has another size now."""
        self.screen.resize(columns, rows)
        if self._main is not None:
            self._main = self._main[:rows] + [Row(columns) for _ in range(rows - len(self._main))]
            for row in self._main:
                row.fit(columns)

    def _obey(self, token: re.Match[str]) -> None:
        kind = token.lastgroup
        if kind == "text":
            self._draw(token["text"])
        elif kind == "final":
            self._sequence(token["parameters"], token["between"], token["final"])
        elif kind == "control":
            self._control(token["control"])
        elif kind == "escape":
            self._escape(token["escape"])
        elif kind == "set":
            self._drawing["()".index(token["charset"])] = token["set"] == "0"

    def _draw(self, text: str) -> None:
        if self._drawing[self._set]:
            text = text.translate(DRAWN)
        self.screen.draw(text)
        self._last = text[-1]

    def _control(self, control: str) -> None:
        screen = self.screen
        if control == "\r":
            screen.x = 0
        elif control in "\n\v\f":
            screen.line_feed()
        elif control == "\b":
            screen.move(min(screen.x, screen.columns - 1) - 1, screen.y)
        elif control == "\t":
            tab(screen, 1)
        elif control in "\x0e\x0f":
            self._set = int(control == "\x0e")

    def _escape(self, escape: str) -> None:
        screen = self.screen
        if escape == "7":
            self._saved = (screen.x, screen.y, screen.style)
        elif escape == "8":
            self._restore()
        elif escape in {"D", "E"}:
            screen.x = 0 if escape == "E" else screen.x
            screen.line_feed()
        elif escape == "M":
            screen.reverse_line_feed()
        elif escape == "c":
            self._reset()

    def _reset(self) -> None:
        fresh = Emulator(self.screen.columns, self.screen.height)
        fresh.screen.changed = self.screen.changed or fresh.screen.rows != self.screen.rows
        fresh._decoder = self._decoder
        self.__dict__.update(fresh.__dict__)

    def _restore(self) -> None:
        x, y, self.screen.style = self._saved
        self.screen.move(x, y)

    def _sequence(self, parameters: str, between: str, final: str) -> None:
        if parameters[:1] == "?" and final in "hl":
            for mode in parameters[1:].split(";"):
                self._private_mode(mode, on=final == "h")
        elif between or parameters[:1] in {"<", "=", ">", "?"}:
            if (between, final) == ("!", "p"):
                self._soft_reset()
        else:
            self._plain_sequence(parameters, final)

    def _plain_sequence(self, parameters: str, final: str) -> None:
        if final == "m":
            self.screen.style = restyled(self.screen.style, parameters)
        elif final in "hl":
            if parameters == "4":
                self.screen.inserts = final == "h"
        elif final == "s":
            self._escape("7")
        elif final == "u":
            self._restore()
        elif final == "b":
            self._repeat(max(1, numbers(parameters)[0]))
        elif (act := ACTS.get(final)) is not None:
            act(self.screen, numbers(parameters))

    def _private_mode(self, mode: str, *, on: bool) -> None:
        if mode == "7":
            self.screen.wraps = on
        elif mode in {"47", "1047", "1049"}:
            self._show(alternate=on, cursor=mode == "1049")

    def _show(self, *, alternate: bool, cursor: bool) -> None:
        """Change to the alternate screen, which begins blank, or back to what was there before."""
        screen = self.screen
        if alternate == (self._main is not None):
            return
        before = screen.rows
        if alternate:
            if cursor:
                self._escape("7")
            self._main = before
            screen.rows = [Row(screen.columns) for _ in before]
        else:
            screen.rows, self._main = self._main or before, None
            if cursor:
                self._restore()
        screen.top, screen.bottom = 0, screen.height - 1
        screen.changed = screen.changed or screen.rows != before

    def _soft_reset(self) -> None:
        screen = self.screen
        screen.top, screen.bottom = 0, screen.height - 1
        screen.wraps, screen.inserts, screen.style = True, False, PLAIN

    def _repeat(self, count: int) -> None:
        if self._last:
            self.screen.draw(self._last * min(count, self.screen.columns * self.screen.height))
