"""A terminal for a target: a pseudo-terminal of a fixed size, what passes through it on file, and answers to questions.

The file is the byte log: what came when, nothing understood. ``perfkit.terminal`` replays it after the trial.
"""

from __future__ import annotations

import os
import re
import struct
import time

from .output import Tail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

KEPT: Final = 32 << 20  # bytes of a recording; what comes after is read and counted, and not kept
FRAME: Final = struct.Struct("<qcI")  # ns, kind, number of bytes that follow
OUTPUT: Final = b"o"
INPUT: Final = b"i"
ANSWER: Final = b"a"  # to a question of the target, sent by the terminal itself
RESIZE: Final = b"r"
CUT: Final = b"x"  # the last frame of a recording that is longer than what is kept
SIZE: Final = struct.Struct("<HH")  # columns, rows

LONGEST: Final = 16  # bytes of the longest question, which may come in two parts
# What programs ask when they start, and wait for: a terminal that is silent costs some of them seconds.
QUESTION: Final = re.compile(
    rb"\x1b\[(?:(?P<device>0?c)|(?P<second>>0?c)|(?P<status>5n)|(?P<cursor>6n)|(?P<size>18t)|\?(?P<mode>\d{1,5})\$p)"
    rb"|\x1b\](?P<colour>1[01]);\?(?:\x07|\x1b\\)"
)

CURSOR_MODE: Final = re.compile(rb"\x1b\[\?(?:\d{1,5};)*1(?:;\d{1,5})*([hl])")
CURSOR_KEY: Final = re.compile(rb"\x1b\[([ABCDHF])")


class Recording:
    """Everything that passes through a terminal, with its time, up to KEPT bytes. Stands in for ``output.Output``."""

    def __init__(self, path: str, kept: int = KEPT) -> None:
        self.total = 0
        self.omitted = 0
        self.error = ""
        self.tail = Tail()
        self._room = kept
        self._file: int | None = None
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError as error:
            self.error = os.strerror(error.errno or 0)

    def feed(self, data: bytes) -> None:
        """Take what was printed next, read just now."""
        ns = time.monotonic_ns()
        self.total += len(data)
        self.tail.feed(data)
        if len(data) <= self._room:
            self._room -= len(data)
            self.note(ns, OUTPUT, data)
        else:
            if self._room >= 0:
                self.note(ns, CUT, b"")
            self._room = -1
            self.omitted += len(data)

    def note(self, ns: int, kind: bytes, data: bytes) -> None:
        """Append one frame."""
        if self._file is None or self._room < 0:
            return
        try:
            os.writev(self._file, (FRAME.pack(ns, kind, len(data)), data))
        except OSError as error:  # a full disk
            self.error = os.strerror(error.errno or 0)
            self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class Answers:
    """What the terminal says to questions in the output. Where the cursor is, it does not know: says top left.

    What its keys send depends on the output as well: programs made with curses know those of one mode alone.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.size = columns, rows
        self._rest = b""
        self._application = False  # the mode of the cursor keys (DECCKM)

    def keys(self, typed: bytes) -> bytes:
        """What is typed, as the terminal sends it in its present mode."""
        return CURSOR_KEY.sub(b"\x1bO\\1", typed) if self._application else typed

    def to(self, data: bytes) -> bytes:
        """The answers to all questions that end in ``data``."""
        if b"\x1b" not in data and not self._rest:
            return b""
        data = self._rest + data
        for mode in CURSOR_MODE.finditer(data):
            self._application = mode[1] == b"h"
        end, answers = 0, b""
        for question in QUESTION.finditer(data):
            end = question.end()
            answers += self._answer(question.lastgroup or "", question[question.lastgroup or 0])
        rest = data[max(end, len(data) - LONGEST) :]
        self._rest = rest[rest.find(b"\x1b") :] if b"\x1b" in rest else b""
        return answers

    def _answer(self, kind: str, detail: bytes) -> bytes:
        if kind == "mode":
            return b"\x1b[?%b;0$y" % detail  # not known here
        if kind == "colour":
            return b"\x1b]%b;rgb:%b\x1b\\" % (detail, b"ffff/ffff/ffff" if detail == b"10" else b"0000/0000/0000")
        if kind == "size":
            return b"\x1b[8;%d;%dt" % self.size[::-1]
        return {"device": b"\x1b[?62;22c", "second": b"\x1b[>1;10;0c", "status": b"\x1b[0n", "cursor": b"\x1b[1;1R"}[
            kind
        ]


def open_terminal(columns: int, rows: int) -> tuple[int, int]:
    """Our end, which does not block, and the target's."""
    ours, theirs = os.openpty()
    os.set_blocking(ours, False)
    resize_terminal(ours, columns, rows)
    return ours, theirs


def resize_terminal(descriptor: int, columns: int, rows: int) -> None:
    """Give the terminal another size; what runs in it gets SIGWINCH."""
    import fcntl
    import termios

    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def take_control(descriptor: int) -> None:
    """In the child, the leader of a new session: make this its controlling terminal."""
    import fcntl
    import termios

    fcntl.ioctl(descriptor, termios.TIOCSCTTY, 0)
