"""Files that py-spy and memray write, and what ``perfkit compare`` makes of profiles."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from perfkit.profilers.files import read_profile, write_profile
from perfkit.profilers.summary import summarise
from support.commandline import perfkit
from support.profiles import cpu_profile

pytestmark = pytest.mark.functional

BUSY = Path(__file__).parents[2] / "support" / "programs" / "busy.py"


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("memray") / "busy.memray"
    command = [sys.executable, "-m", "memray", "run", "-q", "-o", str(path), str(BUSY), "0"]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONMALLOC": "malloc"}, stdout=subprocess.DEVNULL)
    return path


def test_memray_names_who_held_the_memory_at_its_peak_and_who_never_gave_it_back(capture: Path) -> None:
    profile = read_profile(capture)
    peak = summarise(profile)
    assert (peak.value.name, peak.value.unit) == ("peak_space", "bytes")
    assert any(cost.function == "allocator" and cost.total >= 12_000_000 for cost in peak.by_total)
    leaked = summarise(profile, "leaked_space")
    assert any(cost.function == "leak" and cost.total >= 3_000_000 for cost in leaked.by_total)
    assert not any(cost.function == "allocator" for cost in leaked.by_total)
    assert not leaked.doubts
    asked_for = {cost.function: cost.total for cost in summarise(profile, "total_space").by_total}
    assert asked_for["allocator"] >= 12_000_000
    assert asked_for["spent"] >= 20_000_000, "also what was given back before the peak"
    assert "spent" not in {cost.function for cost in peak.by_total}


def test_two_files_are_compared_and_drawn(tmp_path: Path) -> None:
    write_profile(cpu_profile({"main;parse": 100, "main;draw": 100}), tmp_path / "a.speedscope.json")
    write_profile(cpu_profile({"main;parse": 300, "main;draw": 100}), tmp_path / "b.pb.gz")
    done = perfkit(tmp_path, "compare", "a.speedscope.json", "b.pb.gz", "--flamegraph", "d.svg")
    assert done.stdout.splitlines()[0] == "a.speedscope.json → b.pb.gz"
    assert "parse 100 ms 300 ms +200 ms" in " ".join(done.stdout.split())
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "+200 ms" in (tmp_path / "d.svg").read_text()
    ET.parse(tmp_path / "d.svg")
    perfkit(tmp_path, "compare", "a.speedscope.json", "b.pb.gz", "--flamegraph", "d.svg", "--drawn", "base")
    assert "widths of base" in (tmp_path / "d.svg").read_text()
    told = json.loads(perfkit(tmp_path, "compare", "a.speedscope.json", "b.pb.gz", "--normalised", "-o", "json").stdout)
    assert told["schema"] == "perfkit.profile-difference/1"
    assert told["results"][0]["scale"] == 2
    assert told["results"][0]["changes"][0]["self"] == -100_000_000
    markdown = perfkit(tmp_path, "compare", "a.speedscope.json", "b.pb.gz", "-o", "markdown").stdout
    assert "| parse | 100 ms | 300 ms |" in markdown


def test_one_file_is_summed_up(tmp_path: Path) -> None:
    write_profile(cpu_profile({"main;hot": 900, "main": 100}, samples=100), tmp_path / "a.speedscope.json")
    shown = perfkit(tmp_path, "compare", "a.speedscope.json", "--flamegraph", "a.svg").stdout
    assert "cpu 1 s, 100 samples" in shown
    assert "hot 900 ms 90 % 900 ms 90 %" in " ".join(shown.split())
    assert "! 100 samples are few" in shown
    told = json.loads(perfkit(tmp_path, "compare", "a.speedscope.json", "-o", "json").stdout)
    assert told["schema"] == "perfkit.profile/1"
    assert told["results"][0]["by_self"][0]["function"] == "hot"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none.folded"], "none.folded: cannot be read: No such file"),
        (["bad.folded"], "line 1 is not"),
        (["a.folded", "a.folded", "a.folded"], "more than two profiles"),
        (["a.folded", "--value", "wall"], "no value 'wall'"),
        (["a.folded", "cpu.speedscope.json"], "cannot be compared"),
        (["a.folded", "-o", "junit"], "profiles are told as"),
    ],
)
def test_what_cannot_be_compared_is_one_line(tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "a.folded").write_text("a;b 3\n")
    (tmp_path / "bad.folded").write_text("what\n")
    write_profile(cpu_profile({"a": 1}), tmp_path / "cpu.speedscope.json")
    assert said in perfkit(tmp_path, "compare", *words, code=2).stderr
