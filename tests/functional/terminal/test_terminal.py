"""Targets in a terminal whose truth is known: what is on the screen, when, and what they are told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from perfkit.measure.film import watch
from perfkit.model.protocols import TargetFailedError
from perfkit.model.scenario import Ready, TargetSpec, Terminal
from perfkit.storage.keys import parse_keys
from perfkit.targets.launcher import terminal as launched
from perfkit.targets.process import ProcessLauncher, RunningProcess
from perfkit.targets.runs import carriers
from perfkit.terminal import recording
from perfkit.terminal.cast import asciicast
from perfkit.terminal.recording import Reader
from support.examples import FACTOR
from support.targets import DEADLINE, PROGRAMS, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.functional

RUN = f"terminal{os.getpid()}"
SIZE = Terminal(columns=60, rows=12)
NEAR = 5e-3  # seconds that screen times may be off


@pytest.fixture(scope="module")
def launcher() -> Iterator[ProcessLauncher]:
    launcher = ProcessLauncher(RUN)
    yield launcher
    launcher.close()
    assert carriers(RUN) == [], "a closed launcher leaves nothing"


@pytest.fixture
def stage(launcher: ProcessLauncher, tmp_path: Path) -> Stage:
    return Stage(launcher, tmp_path)


@pytest.fixture
def paint(stage: Stage) -> Iterator[Any]:
    """Starts a painter in a terminal; ends what is left of it."""
    started: list[RunningProcess] = []

    def start(*arguments: str, pattern: str = "", **fields: Any) -> RunningProcess:
        running = stage.start(painter(*arguments, **{"terminal": SIZE, **fields}), pattern)
        started.append(running)
        return running

    yield start
    for running in started:
        if running._tail is None:
            running.stop(5)


def painter(*arguments: str, **fields: Any) -> TargetSpec:
    command = (sys.executable, "-I", "-S", str(PROGRAMS / "paint.py"), *arguments)
    return TargetSpec(name="paint", program="paint", command=command, ready=Ready(kind="exit"), **fields)


def told(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()]


def middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


# ---- when something is on the screen


def test_the_screen_times_of_a_target_that_paints_at_known_times(paint: Any, stage: Stage, tmp_path: Path) -> None:
    """Live and in the replay: the right frames, half of them within 5 ms of the truth, and none before it.

    Half and not all: on a busy machine the launcher itself may wait for its turn.
    """
    running = paint("at_times", str(tmp_path / "truth"), "20", "0.02")
    last = running.wait_screen(r"^frame 19$", 0, DEADLINE)
    running.stop(5)
    truth, film = told(tmp_path / "truth"), watch(stage.output, SIZE, r"^frame 7$")
    off = [(seen - painted) / 1e9 for seen, painted in zip(film.changes, truth, strict=True)]
    assert min(off) >= 0
    assert middle(off) < NEAR
    assert (film.first_paint, film.useful, last) == (film.changes[0], film.changes[7], film.changes[19])
    assert len(film.frames) == 20
    assert {frame.size for frame in film.frames} <= {len("\x1b[H\x1b[2Jframe 7"), len("\x1b[H\x1b[2Jframe 17")}


def test_who_reads_the_terminal_runs_before_what_is_ordinary_and_the_target_is_that(
    paint: Any, stage: Stage, tmp_path: Path
) -> None:
    """Where this user may: elsewhere both are ordinary. When the target has ended, so is the launcher."""
    may = "import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))"
    allowed = subprocess.run([sys.executable, "-c", may], capture_output=True, check=False).returncode == 0
    running = paint("at_times", str(tmp_path / "truth"), "1", "0")
    running.wait_screen("frame 0", 0, DEADLINE)
    assert os.sched_getscheduler(stage.launcher.pid) == (os.SCHED_FIFO if allowed else os.SCHED_OTHER)
    assert os.sched_getscheduler(running.pid) == os.SCHED_OTHER
    running.stop(5)
    assert os.sched_getscheduler(stage.launcher.pid) == os.SCHED_OTHER


def test_a_key_is_painted_after_the_delay_of_an_echo(paint: Any, tmp_path: Path) -> None:
    """From the key to the change of the screen is what the target itself saw between them, within 5 ms."""
    running = paint("echo", "0.03", str(tmp_path / "truth"))
    assert running.wait_screen("ready", 0, DEADLINE)
    seen = []
    for number in range(1, 8):
        sent = running.type("\x1b[B" if number % 2 else "é")
        painted = running.wait_screen("", sent, DEADLINE)
        assert running.shows(rf"^key {number}: b'\\x")
        seen.append((sent, painted))
    running.type("q")
    assert running.wait_exit(DEADLINE)
    assert running.screen()[0] == "", "the screen behind is back"
    truth = told(tmp_path / "truth")
    assert all(painted - sent >= 30e6 for sent, painted in seen)
    assert middle([(painted - shown) / 1e9 for (_, painted), shown in zip(seen, truth, strict=True)]) < NEAR


def test_a_screen_that_never_comes_is_waited_for_no_longer_than_told(paint: Any) -> None:
    running = paint("echo", "0", "/dev/null")
    assert running.wait_screen("ready", 0, DEADLINE)
    assert running.wait_screen("never", 0, 0.05) is None
    assert running.screen()[0] == "ready"


def test_a_target_that_ends_is_not_waited_for(paint: Any) -> None:
    """And what it printed last counts."""
    running = paint("flood", "1")
    assert running.wait_screen("^the end$", 0, DEADLINE)
    assert running.wait_screen("never", 0, DEADLINE) is None
    assert running.exit_status == 0


# ---- what a target finds


def test_it_leads_a_session_in_the_foreground_of_its_terminal(paint: Any) -> None:
    running = paint("controlling")
    assert running.wait_screen("leader True, foreground True, echo True", 0, DEADLINE)


def test_another_size_is_told_by_a_signal(paint: Any, stage: Stage) -> None:
    running = paint("size")
    assert running.wait_screen("^60 by 12, of xterm-256color$", 0, DEADLINE)
    running.resize(Terminal(columns=90, rows=20))
    assert running.wait_screen("^90 by 20", 0, DEADLINE)
    running.stop(5)
    screen = watch(stage.output, SIZE).screen
    assert (screen.columns, screen.height, screen.lines[19]) == (90, 20, " " * 89 + "#")


def test_questions_to_the_terminal_are_answered(paint: Any) -> None:
    """A program that asks what it runs in gets an answer, and waits for none in vain."""
    running = paint("ask", terminal=Terminal(columns=200, rows=5))
    assert running.wait_screen("heard", 0, DEADLINE)
    line = running.screen()[0]
    for answer in (r"\x1b[?62;22c", r"\x1b[1;1R", r"]11;rgb:0000/0000/0000", r"\x1b[?2026;0$y", r"\x1b[8;5;200t"):
        assert answer in line


def test_keys_are_those_that_the_program_asked_for(paint: Any) -> None:
    """Programs made with curses switch the cursor keys to another mode, and know no others."""
    running = paint("names_of_keys", terminal=Terminal(columns=200, rows=5))
    assert running.wait_screen("ready", 0, DEADLINE)
    running.type(parse_keys("<Up><Down><Left><Right><Home><End><PageDown><F1><F5>x"))
    names = "KEY_UP KEY_DOWN KEY_LEFT KEY_RIGHT KEY_HOME KEY_END KEY_NPAGE KEY_F\\(1\\) KEY_F\\(5\\) x"
    assert running.wait_screen(names, 0, DEADLINE), running.screen()


def test_input_of_a_target_without_a_terminal(paint: Any) -> None:
    """Lines on standard input and signals reach it, and a new pattern finds what it says then."""
    running = paint("log_on_signal", pattern="listening", terminal=None, stdin=True)
    assert running.wait_log(DEADLINE)
    running.expect_log("^caught$")
    sent = running.signal(signal.SIGUSR1)
    assert sent < (running.wait_log(DEADLINE) or 0)
    running.expect_log("^read two words$")
    running.type("two words\n")
    assert running.wait_log(DEADLINE)


# ---- what would break it


def test_garbage_neither_breaks_nor_hides_what_follows(paint: Any, stage: Stage) -> None:
    running = paint("garbage", "60000")
    assert running.wait_screen("^repaired$", 0, DEADLINE)
    running.stop(5)
    assert watch(stage.output, SIZE).screen.lines == ["repaired", *[""] * 11]
    events = [json.loads(line) for line in asciicast(Reader(stage.output), 60, 12, running.started_ns)]
    assert events[0]["width"] == 60
    assert all(event[1] == "o" for event in events[1:] if event[1] != "i")


def test_more_output_than_is_kept_is_counted_and_cut_off(paint: Any, stage: Stage) -> None:
    """The target is never held up by it, the file stays below the cap, and a warning says so.

    40 MB; ``nox -s hours`` has it print a gigabyte, which the kernel's terminals take their time for.
    """
    running = paint("flood", str(40 * FACTOR))
    assert running.wait_exit(DEADLINE * FACTOR)
    usage = running.stop(5)
    assert usage.output_bytes > 40_000_000 * FACTOR
    assert any("were not kept" in warning for warning in usage.warnings)
    assert stage.output.stat().st_size < launched.KEPT * 1.05
    *_, last = Reader(stage.output)
    assert last.kind == "cut"
    assert "the end" in running.output_tail()


def test_a_target_that_reads_no_input_is_told_of(paint: Any) -> None:
    running = paint("hang")
    with pytest.raises(TargetFailedError, match="does not take its input"):
        running.type("x" * 100_000)


def test_writer_and_reader_of_recordings_agree() -> None:
    """The launcher knows no perfkit, so it has its own copy of the format."""
    assert recording._FRAME.format == launched.FRAME.format
    assert recording._SIZE.format == launched.SIZE.format
    kinds = (launched.OUTPUT, launched.INPUT, launched.ANSWER, launched.RESIZE, launched.CUT)
    assert set(recording.KINDS) == set(kinds)
