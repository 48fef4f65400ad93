"""``perfkit top`` in a real terminal, narrow and wide."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.commandline import command
from support.screen import started

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.functional

SAYING = """
import sys
del sys.argv[1:]
print("hello", "from it", flush=True)
from perfkit.client.lean import main
main()
"""
HIDING = """
import importlib.util, sys
importlib.util.find_spec = lambda name: None
from perfkit.__main__ import main
sys.exit(main())
"""


def test_a_process_in_80_columns(tmp_path: Path) -> None:
    """What matters is on the screen; q leaves, and the summary stays where the view was."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as program:
        line, environment = command(tmp_path, "top", str(program.pid), "--limit", "memory.rss < 300 MB")
        with started(line, {**environment, "TERM": "xterm-256color"}, columns=80, rows=24) as screen:
            seen = screen.until(r"memory [\d.]+ MB, limit < 300 MB(.|\n)*q quit")
            assert "CPU" in seen
            assert "1 process · 1 thread" in seen
            assert str(program.pid) in seen.splitlines()[-1]
            assert "▁" in screen.until("watching costs")
            screen.type("q")
            screen.until(r"process \d+\) · [\d.]+ s · stopped")
        program.communicate(b"\n")


def test_a_command_in_140_columns(tmp_path: Path) -> None:
    """Requests and watches of it, and what it prints, which l hides; Ctrl-C leaves."""
    words = ("top", "--pods", "20", "--churn", "50/s", "--", sys.executable, "-c", SAYING)
    line, environment = command(tmp_path, *words)
    with started(line, {**environment, "TERM": "xterm-256color"}, columns=140, rows=40) as screen:
        seen = screen.until(r"watch pods(.|\n)*watches(.|\n)*pods +[\d.]+ /s(.|\n)*hello from it")
        assert "limit < 100 MB" in seen
        screen.type("l")
        screen.until(r"(?s)\A(?!.*hello from it)")
        screen.type("\x03")
        screen.until("· stopped")


def test_without_textual_it_says_how_to_get_it(tmp_path: Path) -> None:
    _, environment = command(tmp_path)
    line = [sys.executable, "-c", HIDING, "top", str(os.getpid())]
    with started(line, {**environment, "TERM": "xterm-256color"}) as screen:
        screen.until(r"pip install 'perfkit\[ui\]'")
