"""Profiles of real Go programs: read, and written again so that ``go tool pprof`` says the same of them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from perfkit.profilers.files import read_profile, write_profile
from perfkit.profilers.summary import summarise
from support.commandline import perfkit
from support.profiles import told

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(shutil.which("go") is None, reason="no go on PATH")]

PROGRAM = """
package main

import (
	"os"
	"runtime"
	"runtime/pprof"
	"time"
)

var kept [][]byte

//go:noinline
func hotFunction(n int) (total int) {
	for i := 0; i < n; i++ {
		total += i * i % 7
	}
	return
}

//go:noinline
func allocates() { kept = append(kept, make([]byte, 1<<20)) }

func main() {
	cpu, _ := os.Create("cpu.pb.gz")
	pprof.StartCPUProfile(cpu)
	for end := time.Now().Add(700 * time.Millisecond); time.Now().Before(end); {
		hotFunction(100000)
	}
	pprof.StopCPUProfile()
	for i := 0; i < 20; i++ {
		allocates()
	}
	runtime.GC() // the profile is of the last collection
	heap, _ := os.Create("heap.pb.gz")
	pprof.WriteHeapProfile(heap)
	heap.Close()
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("go")
    (folder / "program.go").write_text(PROGRAM)
    subprocess.run(["go", "build", "-o", "program", "program.go"], cwd=folder, check=True)
    subprocess.run(["./program"], cwd=folder, check=True)
    return folder


def test_the_hot_function_and_the_allocator_are_named(folder: Path) -> None:
    cpu = summarise(read_profile(folder / "cpu.pb.gz"))
    assert cpu.value.name == "cpu"
    # On a busy machine the preemption of a goroutine may show above what it preempted.
    assert next(cost for cost in cpu.by_self if cost.package == "main").function == "main.hotFunction"
    assert cpu.samples * 10_000_000 == cpu.total
    heap = summarise(read_profile(folder / "heap.pb.gz"))
    assert heap.by_self[0].function == "main.allocates"
    assert heap.by_self[0].self > 5 << 20


@pytest.mark.parametrize("name", ["cpu.pb.gz", "heap.pb.gz"])
def test_pprof_says_the_same_of_what_we_write(folder: Path, name: str) -> None:
    profile = read_profile(folder / name)
    write_profile(profile, folder / f"again-{name}")
    assert told(read_profile(folder / f"again-{name}")) == told(profile)
    ours, theirs = (_top(folder, each) for each in (f"again-{name}", name))
    assert ours == theirs
    assert any("main." in line for line in ours)


def _top(folder: Path, name: str) -> list[str]:
    """The rows of ``go tool pprof -top``; that a call was inlined is lost: it is a call like others."""
    command = ["go", "tool", "pprof", "-top", "-nodecount=40", name]
    text = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    return [line.removesuffix(" (inline)") for line in text.splitlines() if re.match(r" +[\d.]+\w* +[\d.]+%", line)]


def test_kubectl_profiles_itself_against_the_mock(tmp_path: Path) -> None:
    (tmp_path / "perfkit.toml").write_text("schema = 1\n")
    words = ("profile", "startup", "-t", "kubectl-get", "--with", "pprof,pprof-heap", "--label", "k")
    done = perfkit(tmp_path, *words, "--shape", "tiny")
    kept = tmp_path / "results/local/k/startup.profiles"
    cpu, heap = (read_profile(kept / f"kubectl-get.{tool}.pb.gz") for tool in ("pprof", "pprof-heap"))
    assert [value.name for value in cpu.values] == ["samples", "cpu"]
    assert any(frame.package.startswith("k8s.io/") for frame in heap.frames)
    assert "kubectl-get · pprof-heap" in done.stdout
    write_profile(heap, tmp_path / "again.pb.gz")
    assert _top(tmp_path, "again.pb.gz") == _top(kept, "kubectl-get.pprof-heap.pb.gz")
