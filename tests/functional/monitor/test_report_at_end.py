"""A program's report: at its end, however it ends by itself, and whenever a signal asks for it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from perfkit.monitor import Snapshot

pytestmark = pytest.mark.functional

PROGRAM = """
import signal, sys
from perfkit.monitor import Monitor, Options
monitor = Monitor(Options(report=sys.argv[1], report_signal=signal.SIGUSR1)).start()
monitor.mark("ready")
print("ready", flush=True)
sys.stdin.read()
raise SystemExit(3 if len(sys.argv) > 2 else 0)
"""


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, *arguments]
    program = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    return program


@pytest.mark.parametrize("arguments", [(), ("fail",)], ids=["well", "badly"])
def test_it_is_written_when_the_program_ends(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    path = tmp_path / "report.json"
    with start(str(path), *arguments) as program:
        _, errors = program.communicate(timeout=60)
    assert (program.returncode, errors) == (3 if arguments else 0, "")
    assert msgspec.json.decode(path.read_bytes(), type=Snapshot).start[0].name == "ready"


def test_it_is_written_when_a_signal_asks_and_the_program_goes_on() -> None:
    with start("-") as program:
        assert program.stderr is not None
        program.send_signal(signal.SIGUSR1)
        assert "watched for" in program.stderr.readline()
        assert program.poll() is None
        _, rest = program.communicate(timeout=60)
    assert rest.count("watched for") == 1  # the one at the end


def test_a_report_that_cannot_be_written_does_not_change_how_the_program_ends(tmp_path: Path) -> None:
    with start(str(tmp_path / "missing" / "report")) as program:
        _, errors = program.communicate(timeout=60)
    assert program.returncode == 0
    assert "the report cannot be written" in errors
    assert "Traceback" not in errors


def test_a_fork_ends_by_itself_and_leaves_the_report_to_its_parent(tmp_path: Path) -> None:
    path = tmp_path / "report"
    code = (
        "import os, sys\n"
        "from perfkit.monitor import Monitor, Options\n"
        "options = Options(report=sys.argv[1], debug='127.0.0.1:0', token='t')\n"
        "monitor = Monitor(options).start()\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    sys.exit(7)\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7\n"
        "assert not os.path.exists(sys.argv[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], timeout=60, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "watched for" in path.read_text()
