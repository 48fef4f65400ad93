"""``perfkit doctor`` as a person meets it, and what its noise floors do to later tables."""

from __future__ import annotations

import json
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from perfkit.storage.project import read_project
from support.commandline import command, perfkit

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.functional

SCENARIO = """\
schema = 1
title = "starts, and no more"
cluster.shape = "tiny"
[[step]]
do = "launch"
"""
QUICK = ("--ready", "exit", "--shape", "tiny", "-r", "15")


@pytest.fixture(autouse=True)
def _scenario(tmp_path: Path) -> None:
    """One that waits for nothing: an A/A takes each of its pairs."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "startup.toml").write_text(SCENARIO)


def floors_in(folder: Path) -> list[Path]:
    return list((folder / ".state" / "perfkit" / "noise").glob("*.json"))


def test_the_machine_is_described_and_nothing_is_claimed_of_its_noise(tmp_path: Path) -> None:
    text = perfkit(tmp_path, "doctor").stdout
    for said in ("cpus", "kernel", "load", "source of cpu.seconds", "no floor measured here"):
        assert said in text
    decoded = json.loads(perfkit(tmp_path, "doctor", "-o", "json").stdout)
    assert decoded["schema"] == "perfkit.doctor/1"
    assert decoded["results"][0]["floors"] == []
    allowed = {each["what"]: each["follows"] for each in decoded["results"][0]["allows"]}
    assert all(f"{what}: " in text and follows in text for what, follows in allowed.items() if what != "other load")


def test_a_floor_once_measured_stands_in_later_tables(tmp_path: Path) -> None:
    before = perfkit(tmp_path, "run", "-t", "a=cmd:true", "-t", "b=cmd:true", *QUICK, "--label", "x")
    assert "no floor measured here (perfkit doctor --noise)" in before.stdout

    measured = perfkit(tmp_path, "doctor", "--noise", "-t", "cmd:true", *QUICK).stdout
    assert "true against itself · 15 pairs" in " ".join(measured.split())
    assert [path.name for path in (tmp_path / "results" / "local").iterdir()] == ["x"], "A/A leaves no result"
    (tmp_path / "perfkit.toml").write_text("schema = 1\n" + measured[measured.index("# noise of") :])
    assert read_project(tmp_path / "perfkit.toml").limits, "what is suggested can be pasted"

    after = perfkit(tmp_path, "compare", "x").stdout
    header, requests = (next(line for line in after.splitlines() if word in line) for word in ("floor", "api.requests"))
    assert "floor limit" in header
    assert "exact exact" in requests
    assert "floors measured here on" in after
    assert "no floor" not in after
    assert "true" in perfkit(tmp_path, "doctor").stdout


def test_json_is_one_document_of_all_measurements(tmp_path: Path) -> None:
    targets = ("-t", "cmd:true", "-t", "cmd:date")
    decoded = json.loads(perfkit(tmp_path, "doctor", "--noise", *targets, *QUICK, "-o", "json").stdout)
    assert decoded["schema"] == "perfkit.noise/1"
    assert len(decoded["results"]) == len(floors_in(tmp_path)) == 2
    assert {each["pairs"] for each in decoded["results"]} == {15}


BAD = [
    (("doctor", "-t", "lean"), 2, "go with --noise"),
    (("doctor", "startup"), 2, "go with --noise"),
    (("doctor", "--noise"), 2, "no target is named"),
    (("doctor", "--noise", "-t", "kubernete"), 2, "did you mean"),
    (("doctor", "--noise", "-t", "lean", "no-such"), 2, "no scenario named 'no-such'"),
    (("doctor", "--noise", "-t", "lean", "-r", "3"), 2, "-r"),
    (("doctor", "--noise", "-t", "lean", "--max-time", "soon"), 2, "soon"),
    (("doctor", "--noise", "-t", "lean", "--shape", "huge"), 2, "no shape named 'huge'"),
    (("doctor", "--noise", "-t", "lean", "--shape", "tiny", "--max-time", "1s"), 2, "15 tell the noise"),
    (("doctor", "--noise", "-o", "csv", "-t", "lean"), 2, "csv"),
    (("doctor", "--noise", "--shape", "tiny", "--ready", "exit", "--", "false"), 3, "the target failed in"),
]


@pytest.mark.parametrize(("words", "code", "said"), BAD, ids=str)
def test_a_mistake_is_told_with_its_exit_code_and_stores_nothing(
    tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done = perfkit(tmp_path, *words, code=code)
    assert said in done.stderr
    assert done.stdout == ""
    assert floors_in(tmp_path) == []


def test_an_interruption_keeps_the_trials_and_the_measurement_goes_on(tmp_path: Path) -> None:
    line, environment = command(tmp_path, "doctor", "--noise", "-t", "cmd:true", *QUICK)
    line[-1] = "500"
    journals = tmp_path / ".state" / "perfkit" / "noise" / "unfinished"
    with subprocess.Popen(
        line, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for said in process.stderr:
            if said.startswith("plan:"):
                break
        while not any(path.read_text().count('"type":"trial"') > 4 for path in journals.glob("*/journal.jsonl")):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "no noise floor was stored" in errors
    assert "go on with: perfkit doctor --noise --resume" in errors
    assert floors_in(tmp_path) == []

    other = perfkit(tmp_path, "doctor", "--noise", "--resume", "-t", "lean", code=2)
    assert "targets cannot change" in other.stderr
    resumed = perfkit(tmp_path, "doctor", "--noise", "--resume", "-r", "15")
    assert "trials are there already" in resumed.stderr
    assert "true against itself" in " ".join(resumed.stdout.split())
    assert len(floors_in(tmp_path)) == 1
    assert (
        "no measurement of noise was interrupted" in perfkit(tmp_path, "doctor", "--noise", "--resume", code=2).stderr
    )
