"""Verdicts on real targets: a slower head is told, a dead head is told, the same program is not accused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.functional

BURN = Path(__file__).resolve().parents[1] / "support" / "programs" / "burn.py"

SCENARIO = """
schema = 1
title = "burns"
cluster.shape = "tiny"
repeat = { pairs = [PAIRS], max_time = "5 min" }
[[target]]
name = "base"
command = [PYTHON, "-S", BURN, "0.1"]
ready = "exit"
[[target]]
name = "head"
command = [PYTHON, "-S", BURN, HEAD]
ready = "exit"
[[step]]
do = "launch"
timeout = "2 s"
"""


def compare(folder: Path, *head: str, pairs: int = 15) -> tuple[int, dict[str, Any]]:
    """Exit code and comparison of a base that burns 0.1 s with ``head``."""
    text = SCENARIO.replace("PAIRS", str(pairs)).replace("PYTHON", json.dumps(sys.executable))
    text = text.replace("BURN", json.dumps(str(BURN))).replace("HEAD", ", ".join(map(json.dumps, head)))
    (folder / "burns.toml").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "perfkit", "run", "./burns.toml", "-o", "json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.stdout, done.stderr
    section: dict[str, Any] = json.loads(done.stdout)["results"][0]["sections"][0]
    return done.returncode, section


def verdict_of(section: dict[str, Any], metric: str) -> str:
    return str(next(row["verdict"] for row in section["rows"] if row["metric"]["name"] == metric))


def test_a_head_that_uses_a_fifth_more_cpu_is_regressed(tmp_path: Path) -> None:
    code, section = compare(tmp_path, "0.12")
    assert verdict_of(section, "cpu.seconds") == "regressed"
    assert code == 1


def test_a_head_that_uses_a_fifth_less_cpu_is_improved(tmp_path: Path) -> None:
    code, section = compare(tmp_path, "0.08")
    assert verdict_of(section, "cpu.seconds") == "improved"
    assert verdict_of(section, "memory.peak") != "regressed"
    assert section["overall"] != "regressed"
    assert code == 0


def test_a_head_that_never_becomes_ready_is_regressed_after_five_blocks(tmp_path: Path) -> None:
    code, section = compare(tmp_path, "0.01", "hang")
    assert section["overall"] == "regressed"
    assert section["failures"]["head_failed"] == section["pairs"] == 5
    assert code == 1


def test_the_same_program_on_both_sides_is_not_regressed(tmp_path: Path) -> None:
    code, section = compare(tmp_path, "0.1")
    assert section["overall"] != "regressed"
    assert code == 0
