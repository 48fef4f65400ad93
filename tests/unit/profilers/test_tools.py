"""Which profiler is of use for which target, and how it is brought to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfkit.errors import ResultError, UsageError
from perfkit.model.profile import Frame
from perfkit.model.scenario import TargetSpec, Terminal
from perfkit.profilers import perf_script
from perfkit.profilers.tools import TOOLS, find_tools
from perfkit.profilers.tools.attached import AttachedCapture, with_doubts
from perfkit.profilers.tools.go import Pprof
from perfkit.profilers.tools.python import ImportTime, Memray, within_memray
from perfkit.profilers.tools.tool import Tool, Window, python_command
from support.profiles import cpu_profile, told

KUBECTL = TargetSpec(name="k", program="kubectl", command=("/bin/kubectl", "get", "pods"))
PYTHON = TargetSpec(name="p", program="app.py", command=("/usr/bin/python3.11", "app.py"))


@pytest.mark.parametrize(
    ("command", "within"),
    [
        ("python app.py 1 -c", "python -m memray run --quiet --force --output F app.py 1 -c"),
        ("python -X dev -u app.py", "python -X dev -u -m memray run --quiet --force --output F app.py"),
        ("python -m app x", "python -m memray run --quiet --force --output F -m app x"),
        ("python -c pass", "python -m memray run --quiet --force --output F -c pass"),
    ],
)
def test_memray_runs_what_the_interpreter_would(command: str, within: str) -> None:
    assert " ".join(within_memray(command.split(), "F")) == within


def test_a_script_is_a_python_program_when_its_first_line_says_so(tmp_path: Path) -> None:
    script = tmp_path / "tool"
    target = TargetSpec(name="t", program="tool", command=(str(script), "x"))
    assert python_command(target) == ()
    for first, interpreter in (("#!/opt/v/bin/python3 -I", ("/opt/v/bin/python3", "-I")), ("#!/bin/sh", ())):
        script.write_text(f"{first}\n")
        assert python_command(target) == ((*interpreter, str(script), "x") if interpreter else ())
    script.write_text("#!/usr/bin/env python3\n")
    assert python_command(target)[0].endswith("python3")
    assert python_command(PYTHON) == PYTHON.command


def test_tools_are_found_by_their_names_in_the_order_said() -> None:
    assert [tool.name for tool in find_tools("memray, py-spy,memray")] == ["memray", "py-spy"]
    with pytest.raises(UsageError, match="no profiler gdb"):
        find_tools("py-spy,gdb")
    with pytest.raises(UsageError, match="is named"):
        find_tools(",")


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_shell_is_no_target_for_a_profiler_of_a_language(tool: Tool) -> None:
    shell = TargetSpec(name="s", program="sh", command=("/bin/sh", "-c", "true"))
    if tool.name != "perf":
        assert "\n" not in tool.obstacle(shell, Window())
        assert tool.obstacle(shell, Window())


def test_what_sees_a_whole_life_does_not_do_for_a_step() -> None:
    for tool, target in ((Memray(), PYTHON), (ImportTime(), PYTHON), (Pprof("cpu"), KUBECTL)):
        assert "whole life" in tool.obstacle(target, Window("busy", 5.0))
    on_a_screen = TargetSpec(name="p", program="app.py", command=PYTHON.command, terminal=Terminal())
    assert "terminal" in ImportTime().obstacle(on_a_screen, Window())
    assert not ImportTime().obstacle(PYTHON, Window())


def test_kubectl_gets_its_flags_before_what_follows_two_dashes(tmp_path: Path) -> None:
    capture = Pprof("heap").capture(KUBECTL, tmp_path / "k.pprof-heap", Window())
    flags = ("--profile=heap", f"--profile-output={tmp_path}/k.pprof-heap.pb.gz")
    assert capture.wrap(KUBECTL).command == (*KUBECTL.command, *flags)
    exec_ = TargetSpec(name="k", program="kubectl", command=("kubectl", "exec", "p", "--", "ls"))
    assert capture.wrap(exec_).command == ("kubectl", "exec", "p", *flags, "--", "ls")
    with pytest.raises(ResultError, match="it left no profile"):
        capture.read(tmp_path / "log")


def test_an_endpoint_needs_a_window_and_says_when_it_does_not_answer(tmp_path: Path) -> None:
    target = TargetSpec(name="g", program="g", command=("/bin/g",), pprof="http://127.0.0.1:9/debug/pprof")
    assert "--step" in Pprof("cpu").obstacle(target, Window())
    assert not Pprof("cpu").obstacle(target, Window("busy", 2.0))
    capture = Pprof("heap").capture(target, tmp_path / "g", Window("busy"))
    with pytest.raises(ResultError, match="busy was not reached"):
        capture.read(tmp_path / "log")


def test_what_perf_prints_is_stacks_with_the_kernel_and_python_in_them() -> None:
    text = (
        "python  5005000 cpu-clock: \n"
        "\t  1af844 _PyObject_Malloc+0x24 (/lib/libpython3.12.so.1.0)\n"
        "\t 7f0b50 py::hot:/a/app.py+0xb (/tmp/perf-12.map)\n"
        "\t 7f0b51 [unknown] ([unknown])\n\n"
        "python  5005000 \n\t  aa main (/bin/x)\n\nbroken\n"
    )
    profile = perf_script.read(text)
    assert profile.samples == 2
    unknown, hot = Frame("[unknown]", "[unknown]"), Frame("hot", "/a/app.py")
    assert told(profile) == {
        (unknown, hot, Frame("_PyObject_Malloc", "/lib/libpython3.12.so.1.0")): (5005000,),
        (Frame("main", "/bin/x"),): (5005000,),
    }
    assert "no names" in profile.doubts[0]


class _Said(AttachedCapture):
    """A profiler that has ended, and said this."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(path, Window(), lambda _pid: ())
        self.text = text

    @property
    def said(self) -> str:
        return self.text


@pytest.mark.parametrize(
    ("text", "told_of_it"),
    [
        (
            "Error: Permission Denied: Try running again",
            "ptrace is forbidden here: run as root",
        ),
        ("Operation not permitted (os error 1)", "ptrace is forbidden here"),
        ("Error: Failed to find python version from target process", "too short to look at (Error: Failed to find"),
        (
            "Error: No python processes\n\nStack backtrace:\n  7: main",
            "too short to look at (Error: No python processes)",
        ),
    ],
)
def test_what_an_attached_profiler_says_is_put_into_one_line(tmp_path: Path, text: str, told_of_it: str) -> None:
    capture = _Said(tmp_path / "none", f"\n{text}\n")
    capture._follower = object()  # type: ignore[assignment]
    assert told_of_it in capture.why_nothing()
    assert "did not start" in AttachedCapture(tmp_path / "x", Window(), lambda _pid: ()).why_nothing()


def test_a_sampler_that_was_behind_makes_its_profile_doubtful() -> None:
    profile = with_doubts(cpu_profile({"a": 1}), "py-spy> 1.50s behind in sampling, results may be inaccurate\n")
    assert profile.doubts == ("py-spy was 1.50s behind in sampling: what it shows may be wrong",)
    assert with_doubts(profile, "Samples: 5 Errors: 0") == profile
