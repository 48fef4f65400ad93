"""The gate of a CI on real processes: what fails a build, what it is compared with, and what is left behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from support.projects import GitProject

pytestmark = pytest.mark.functional

BURN = Path(__file__).resolve().parents[1] / "support" / "programs" / "burn.py"


@pytest.fixture
def project(tmp_path: Path) -> GitProject:
    found = GitProject(tmp_path / "project")
    found.commit("0.05")
    found.commit("0.05")
    return found


def burning(name: str, seconds: str) -> str:
    return f"{name}=cmd:{sys.executable} -S {BURN} {seconds}"


def gates(text: str) -> dict[str, Any]:
    return {gate["subject"]: gate for gate in json.loads(text)["results"][0]["gates"]}


def test_a_slower_head_fails_the_build_after_a_second_run_with_the_head_moved(project: GitProject) -> None:
    project.commit("0.1")
    explained = ("--explain", "--profile", "importtime")
    done = project.perfkit("check", "-o", "json", "--label", "slow", *explained, check=1)
    first, second = json.loads(done.stdout)["results"]
    assert json.loads(done.stdout)["schema"] == "perfkit.check/1"
    cpu = gates(done.stdout)["cpu.seconds"]
    assert cpu["level"] == "failed"
    assert "confirmed with the head moved" in cpu["message"]
    assert [first["confirmation"], second["confirmation"]] == [False, True]
    heads = [each["sections"][0]["head"] for each in (first, second)]
    assert "PERFKIT_PADDING" not in heads[0]["environment"]
    assert "PERFKIT_PADDING" in heads[1]["environment"]
    assert Path(heads[1]["command"][-1]).name == "client.py"
    assert heads[1]["command"][-1] != heads[0]["command"][-1]
    bases = [each["sections"][0]["base"] for each in (first, second)]
    assert bases[0] == bases[1], "the base stays where it is"
    assert {path.name for path in (project.folder / "results/local").iterdir()} == {"slow", "slow-confirm"}
    assert "check failed: cpu.seconds of mine" in done.stderr
    (reason,) = first["explanations"]
    assert reason["metric"] == "cpu.seconds"
    assert "startup.profiles/base.importtime" in reason["parts"]["importtime"]
    assert "explanations" not in second
    project.assert_clean()


def test_an_unchanged_head_passes_without_a_second_run(project: GitProject) -> None:
    project.commit("0.05")
    done = project.perfkit("check", "-o", "json", check=0)
    assert len(json.loads(done.stdout)["results"]) == 1
    assert gates(done.stdout)["trials"]["level"] == "passed"
    project.assert_clean()


def test_the_base_is_where_the_branch_left_the_default_one(project: GitProject) -> None:
    left = project.git("rev-parse", "--short=7", "HEAD").strip()
    project.git("checkout", "--quiet", "-b", "feature")
    project.commit("0.06")
    project.commit("0.05")
    project.git("checkout", "--quiet", "main")
    project.commit("0.07")
    project.git("checkout", "--quiet", "feature")
    done = project.perfkit("check", "--dry-run", check=0)
    assert f"base {left} (merge base with main)" in done.stderr


def test_files_that_differ_from_the_commit_are_compared_with_it(project: GitProject) -> None:
    project.write("burn.txt", "0.1")
    head = project.git("rev-parse", "--short=7", "HEAD").strip()
    done = project.perfkit("check", "-o", "json", check=1)
    section = json.loads(done.stdout)["results"][0]["sections"][0]
    assert (section["base"]["version"], section["head"]["version"]) == (head, f"{head}-dirty")


def test_base_and_head_are_built_by_the_same_command_each_in_its_own_place(project: GitProject) -> None:
    project.write(".gitignore", "results/\nbuilt.py\n")
    command = json.dumps([sys.executable, "-S", "built.py"])
    project.write("perfkit.toml", f'schema = 1\n[target]\nname = "mine"\ncommand = {command}\nready = "exit"\n')
    project.commit("0.05")
    project.commit("0.1")
    assert "or what makes the file: --build" in project.perfkit("check", check=2).stderr
    (project.folder / "built.py").write_text("by hand")
    assert "has no built.py" in project.perfkit("check", check=3).stderr
    done = project.perfkit("check", "--build", "cp client.py built.py", "-o", "json", check=1)
    assert gates(done.stdout)["cpu.seconds"]["level"] == "failed"
    project.assert_clean()


def test_a_build_that_fails_shows_its_last_lines_and_leaves_nothing(project: GitProject) -> None:
    done = project.perfkit("check", "--build", "seq 20; exit 4", check=3)
    assert "the build failed with status 4: seq 20; exit 4" in done.stderr
    assert done.stderr.splitlines()[-1].strip() == "20"
    assert "\n  12\n" not in done.stderr
    project.assert_clean()


BAD = [
    (("--against", "no-such"), 2, "--against no-such: no such commit"),
    (("--against", "--version"), 2, "no such commit"),
    (("-t", "lean=cmd:true"), 2, "no file of its command lies in"),
    (("--baseline", "no-such"), 2, "no result labelled 'no-such'"),
    (("--baseline", "x", "--against", "HEAD"), 2, "--baseline is the base"),
    (("--base", "mine"), 2, "there is nothing to compare it with"),
    (("-t", "a=lean", "-t", "b=lean", "--against", "HEAD"), 2, "the base is built from git"),
    (("-t", "a=lean", "-t", "b=lean", "--base", "c"), 2, "no such target"),
    (("--label", "x" * 95), 2, "is not a label"),
    (("no-such",), 2, "no scenario named 'no-such'"),
    (("-o", "yaml"), 2, "yaml"),
]


@pytest.mark.parametrize(("words", "code", "said"), BAD, ids=str)
def test_a_mistake_is_one_clear_line(project: GitProject, words: tuple[str, ...], code: int, said: str) -> None:
    done = project.perfkit("check", *words, check=code)
    assert said in done.stderr
    assert done.stdout == ""
    project.assert_clean()


def test_without_a_repository_or_a_target_the_ways_out_are_told(tmp_path: Path, project: GitProject) -> None:
    project.folder = tmp_path / "bare"
    project.folder.mkdir()
    assert "no target is named" in project.perfkit("check", check=2).stderr
    done = project.perfkit("check", "-t", f"cmd:{sys.executable} -S {BURN} 0.01", check=2)
    assert "not in a git repository" in done.stderr
    assert "--baseline" in done.stderr


@pytest.mark.parametrize("after", ["building base", "plan:"])
def test_an_interrupt_leaves_no_work_tree_and_no_process(project: GitProject, after: str) -> None:
    project.commit("0.05")
    slow = f"case $PWD in */perfkit-worktree-*) tail -f {project.folder}/client.py;; esac"
    command = slow if after == "building base" else "true"
    process = subprocess.Popen(
        [sys.executable, "-m", "perfkit", "check", "-r", "500", "--build", command],
        cwd=project.folder,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env=project.environment(),
    )
    assert process.stderr is not None
    said = next(line for line in process.stderr if line.startswith(after))
    assert len(project.git("worktree", "list").splitlines()) == 2
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 130, said + rest
    assert "Traceback" not in rest
    project.assert_clean()
    assert str(project.folder) not in command_lines()


def test_what_a_killed_check_left_the_next_one_removes(project: GitProject) -> None:
    project.commit("0.05")
    process = subprocess.Popen(
        [sys.executable, "-m", "perfkit", "check", "-r", "500"],
        cwd=project.folder,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env=project.environment(),
    )
    assert process.stderr is not None
    next(line for line in process.stderr if line.startswith("plan:"))
    process.kill()
    process.communicate(timeout=60)
    deadline = time.monotonic() + 30
    while any(str(project.temporary) in line for line in command_lines().splitlines()):
        assert time.monotonic() < deadline
    project.perfkit("check", "--dry-run", check=0)
    assert len(project.git("worktree", "list").splitlines()) == 1


def command_lines() -> str:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return "\n".join(found)


def test_two_targets_run_side_by_side_as_versions_of_one_program(project: GitProject) -> None:
    done = project.perfkit(
        "check", "-t", burning("old", "0.1"), "-t", burning("new", "0.05"), "--base", "new", "-o", "json", check=1
    )
    cpu = gates(done.stdout)["cpu.seconds"]
    assert (cpu["head"], cpu["level"]) == ("old", "failed")


def test_a_base_that_never_works_is_exit_3(project: GitProject) -> None:
    project.perfkit("check", "-t", "a=cmd:false", "-t", burning("b", "0.01"), "-r", "5", check=3)


def test_a_head_that_never_works_fails_the_build_confirmed_from_its_own_place(project: GitProject) -> None:
    done = project.perfkit("check", "-t", burning("a", "0.01"), "-t", "b=cmd:false", "-r", "5", "-o", "json", check=1)
    (gate,) = gates(done.stdout).values()
    assert gate["subject"] == "trials"
    assert "confirmed" in gate["message"]


def test_unclear_is_a_warning_and_exit_0_unless_strict(project: GitProject, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    words = ("check", "-t", burning("a", "0.01"), "-t", burning("b", "0.01"), "-r", "3", "-o", "github")
    done = project.perfkit(*words, check=0, GITHUB_STEP_SUMMARY=str(summary))
    lines = done.stdout.splitlines()
    assert any(line.startswith("::warning title=perfkit%3A startup · b · cpu.seconds::unclear") for line in lines)
    assert all(line.startswith(("::warning ", "::notice ")) for line in lines)
    written = summary.read_text()
    assert written.startswith("before\n### startup")
    assert "| cpu.seconds |" in written
    project.perfkit(*words, "--strict", "--force", check=5)


def test_a_failed_check_is_an_error_annotation_and_its_table_goes_to_the_log(project: GitProject) -> None:
    done = project.perfkit("check", "-t", burning("a", "0.05"), "-t", burning("b", "0.1"), "-o", "github", check=1)
    (error,) = (line for line in done.stdout.splitlines() if line.startswith("::error "))
    assert error.startswith("::error title=perfkit%3A startup · b · cpu.seconds::regressed: ")
    assert "REGRESSED: cpu.seconds" in done.stderr


def test_against_a_baseline_counts_decide_and_times_only_warn(project: GitProject) -> None:
    project.perfkit("run", "-t", burning("it", "0.05"), "--label", "main", check=0)
    (project.folder / "results/baselines").mkdir()
    (project.folder / "results/local/main").rename(project.folder / "results/baselines/main")
    done = project.perfkit("check", "--baseline", "main", "-t", burning("it", "0.1"), "-o", "junit", check=0)
    root = ET.fromstring(done.stdout)
    cases = {case.get("name"): case[0] for case in root.iter("testcase")}
    assert cases["cpu.seconds"].tag == "skipped"
    assert "warned: regressed" in str(cases["cpu.seconds"].get("message"))
    assert cases["api.requests"].tag == "system-out"
    more = project.perfkit("check", "--baseline", "main", "-t", "it=lean", "-o", "json", check=5)
    assert "plan:" not in more.stderr, "what can be known before is not run"
    assert "not comparable" in more.stderr


def test_against_a_baseline_more_requests_fail_the_build(project: GitProject) -> None:
    project.perfkit("run", "-t", "it=lean", "-r", "5", "--label", "main", check=0)
    result = project.folder / "results/local/main/startup.perfkit.json"
    stored = json.loads(result.read_text())
    for trial in stored["trials"]:
        trial["values"]["api.requests"] -= 1
    result.write_text(json.dumps(stored))
    done = project.perfkit("check", "--baseline", "main", "-t", "it=lean", "-r", "5", "-o", "json", check=1)
    found = gates(done.stdout)["api.requests"]
    assert found["level"] == "failed"
    assert "confirmed with the head moved" in found["message"]


@pytest.mark.parametrize("output", ["table", "markdown", "csv"])
def test_every_format_goes_to_stdout_and_the_end_to_stderr(project: GitProject, output: str) -> None:
    done = project.perfkit("check", "-r", "2", "-o", output, check=0)
    assert "cpu.seconds" in done.stdout
    assert done.stderr.splitlines()[-1].startswith("check passed: ")


def test_a_dry_run_tells_cost_sight_and_gates_and_keeps_nothing(project: GitProject) -> None:
    done = project.perfkit("check", "--dry-run", "--label", "dry", check=0)
    assert done.stdout == ""
    assert "15 blocks fit" in done.stderr
    assert "smallest visible change" in done.stderr
    assert "gates of startup, at most 5m00s: startup.ready +900 %; cpu.seconds +30 %" in done.stderr
    assert "once more" in done.stderr
    assert not list((project.folder / "results/local").glob("dry/*.json"))
    few = project.perfkit("check", "--dry-run", "-r", "3", check=0)
    assert "too few blocks" in few.stderr
