"""Functions of stripped Go programs, named as Go's own tools name them."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from perfkit.model.scenario import TargetSpec
from perfkit.profilers.files import read_profile
from perfkit.profilers.go_symbols import go_program
from perfkit.profilers.summary import summarise
from perfkit.profilers.tools.attached import Perf
from perfkit.profilers.tools.tool import Window
from support.commandline import perfkit

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(shutil.which("go") is None, reason="no go on PATH")]

PROGRAM = """
package main

import "time"

//go:noinline
func hotFunction(n int) (total int) {
	for i := 0; i < n; i++ {
		total += i * i % 7
	}
	return
}

func main() {
	println("ready")
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		hotFunction(100000)
	}
}
"""
SCENARIO = """
schema = 1
title = "work"
cluster.shape = "tiny"
[[step]]
do = "launch"
timeout = "60 s"
[[step]]
do = "idle"
name = "work"
duration = "2 s"  # perf may be slow to begin
"""
BUILDS = {"plain": (), "stripped": ("-ldflags=-s -w",), "pie": ("-buildmode=pie", "-ldflags=-s -w")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("symbols")
    (folder / "program.go").write_text(PROGRAM)
    for name, flags in BUILDS.items():
        subprocess.run(["go", "build", *flags, "-o", name, "program.go"], cwd=folder, check=True)
    return folder


def test_every_function_has_the_name_that_gos_nm_gives_it(folder: Path) -> None:
    program = go_program(str(folder / "plain"))
    assert program
    listed = subprocess.run(["go", "tool", "nm", "plain"], cwd=folder, check=True, capture_output=True, text=True)
    symbols = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    # nm also tells which calling convention a function has, and counts the comparisons that are made for types.
    named = ((at, name.removesuffix(".abi0")) for at, kind, name in symbols if kind in "tT")
    functions = {int(at, 16): name for at, name in named if not name.startswith("type:")}
    assert len(functions) > 1000
    wrong = {name: told for at, name in functions.items() if (told := program.functions.name(at)) != name}
    assert wrong.keys() <= {"runtime.text", "runtime.etext"}  # the linker's marks, which are no functions


def test_a_stripped_program_has_the_same_functions(folder: Path) -> None:
    assert b".symtab" not in (folder / "stripped").read_bytes()
    names = [_names(folder / name) for name in ("plain", "stripped")]
    assert names[0] == names[1]
    assert "main.hotFunction" in _names(folder / "pie")


@pytest.mark.skipif(
    Perf().obstacle(TargetSpec(name="x", program="x", command=("x",)), Window()) != "", reason="perf does not work here"
)
def test_perf_names_the_hot_function_of_a_stripped_program(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "perfkit.toml").write_text("schema = 1\n")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "work.toml").write_text(SCENARIO)
    words = ("profile", "work", "-t", f"it=cmd:{folder / 'pie'}", "--ready", "log ready", "--with", "perf")
    perfkit(tmp_path, *words, "--step", "work", "--label", "p")
    profile = read_profile(tmp_path / "results/local/p/work.profiles/it.work.perf.speedscope.json")
    assert summarise(profile).by_self[0].function == "main.hotFunction"
    assert "runtime.main" in {frame.function for frame in profile.frames}


def _names(path: Path) -> list[str]:
    program = go_program(str(path))
    assert program
    return list(program.functions)
