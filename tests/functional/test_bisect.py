"""``perfkit bisect`` on real processes and a real repository."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from perfkit.targets.repository import Repository
from support.projects import GitProject

pytestmark = pytest.mark.functional

# A client that lists pods as often, and uses as much CPU, as a file of its own says; ``broken`` it fails.
CLIENT = """\
import pathlib, time
from perfkit.client import Api, load_access
lists, burn, *broken = (pathlib.Path(__file__).parent / "burn.txt").read_text().split()
assert not broken
connection = Api(load_access()).connect()
for _ in range(int(lists)):
    connection.read("/api/v1/pods", {})
connection.close()
until = time.process_time() + float(burn)
while time.process_time() < until:
    pass
"""
REQUESTS = ("startup", "api.requests")


@pytest.fixture
def project(tmp_path: Path) -> GitProject:
    found = GitProject(tmp_path / "project", pairs=15)
    command = json.dumps([sys.executable, "client.py"])
    found.write("perfkit.toml", f'schema = 1\n[target]\nname = "mine"\ncommand = {command}\nready = "exit"\n')
    found.write("client.py", CLIENT)
    return found


def history(project: GitProject, *works: str) -> list[str]:
    """A commit for each of ``works``; their names."""
    commits = []
    for work in works:
        project.commit(work)
        commits.append(project.git("rev-parse", "HEAD").strip())
    return commits


def found(text: str) -> dict[str, Any]:
    document = json.loads(text)
    assert document["schema"] == "perfkit.bisect/1"
    (entry,) = document["results"]
    return dict(entry)


def named(entry: dict[str, Any]) -> list[str]:
    return [suspect["commit"] for suspect in entry["suspects"]]


def started(project: GitProject, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "perfkit", "bisect", *words],
        cwd=project.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=project.environment(),
    )


def test_the_commit_that_doubled_requests_and_the_one_that_added_cpu_are_told_apart(project: GitProject) -> None:
    commits = history(project, "1 0.02", "1 0.02", "2 0.02", "2 0.02", "2 0.1", "2 0.1")
    project.write("burn.txt", "9 9 broken")
    ends = ("--good", commits[0], "--bad", commits[-1])
    done = project.perfkit("bisect", *ends, *REQUESTS, "-o", "json", check=0)
    entry = found(done.stdout)
    assert named(entry) == [commits[2]]
    assert {step["pairs"] for step in entry["steps"]} == {5}, "counts that never vary need no more"
    assert entry["comparison"]["base"]["version"] == commits[1][:7]
    assert "plan: 5 commits" in done.stderr
    ends = ("--good", commits[3], "--bad", commits[-1])
    table = project.perfkit("bisect", *ends, "startup", "cpu.seconds", check=0).stdout
    assert f"{commits[4]} is the first bad commit" in table
    assert "Author: Ada <ada@example.org>" in table
    assert "    2 0.1" in table.splitlines()
    assert (project.folder / "burn.txt").read_text() == "9 9 broken", "the work at hand is left alone"
    project.assert_clean()


def test_a_commit_that_does_not_build_is_skipped_and_one_beside_it_stays_in_doubt(project: GitProject) -> None:
    commits = history(project, "1 0", "1 0", "2 0", "2 0", "2 0")
    build = f"test $(git rev-parse HEAD) != {commits[2]}"
    done = project.perfkit(
        "bisect", "--good", commits[0], "--bad", "main", "--build", build, *REQUESTS, "-o", "json", check=5
    )
    entry = found(done.stdout)
    assert named(entry) == commits[2:4]
    (skipped,) = (step for step in entry["steps"] if step["answer"] == "skipped")
    assert (skipped["commit"], skipped["pairs"]) == (commits[2], 0)
    assert "the build failed with status 1" in skipped["reason"]
    project.assert_clean()


def test_a_commit_that_fails_between_ends_that_work_is_skipped(project: GitProject) -> None:
    commits = history(project, "1 0", "1 0", "1 0 broken", "2 0", "2 0")
    entry = found(
        project.perfkit("bisect", "--good", commits[0], "--bad", "main", *REQUESTS, "-o", "json", check=5).stdout
    )
    assert named(entry) == commits[2:4]


def test_a_bad_commit_that_never_gets_ready_is_bad_by_any_metric(project: GitProject) -> None:
    commits = history(project, "1 0", "1 0", "1 0 broken", "1 0 broken")
    done = project.perfkit("bisect", "--good", commits[0], "--bad", "main", "startup", "cpu.seconds", check=0)
    assert f"{commits[2]} is the first bad commit" in done.stdout


def test_an_improvement_is_found_when_it_is_asked_for_and_keep_leaves_the_trees_as_built(project: GitProject) -> None:
    commits = history(project, "2 0", "1 0")
    words = ("--old", commits[0], "--new", "main", *REQUESTS)
    assert "--find improved" in project.perfkit("bisect", *words, check=2).stderr
    project.assert_clean()
    keeping = ("--build", "touch built", "--keep", "--label", "b", "-o", "markdown")
    done = project.perfkit("bisect", *words, "--find", "improved", *keeping, check=0)
    assert f"{commits[1]} is the first new commit" in done.stdout
    trees = project.folder / "results/local/b/trees"
    assert {path.name for path in trees.iterdir()} == {commit[:7] for commit in commits}
    assert all((tree / "built").exists() for tree in trees.iterdir())
    assert not (project.folder / "built").exists()


def test_a_line_of_development_goes_into_merges_unless_it_keeps_to_first_parents(project: GitProject) -> None:
    first = history(project, "1 0")[0]
    project.git("checkout", "--quiet", "-b", "side")
    side = history(project, "1 1", "1 2")
    project.git("checkout", "--quiet", "main")
    project.write("other.txt", "main")
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "beside")
    project.git("merge", "--quiet", "--no-ff", "--message", "merge", "side")
    repository = Repository.around(project.folder)
    ends = repository.commit(first), repository.commit("HEAD")
    whole = repository.lineage(*ends)
    assert {commit.id for commit in whole} > set(side)
    assert [whole[parent].subject for parent in whole[-1].parents] == ["beside", "1 2"]
    assert [commit.subject for commit in repository.lineage(*ends, first_parent=True)] == ["beside", "merge"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_ended_at_any_moment_it_goes_on_without_losing_a_trial(project: GitProject, number: signal.Signals) -> None:
    commits = history(project, "1 0", "1 0", "1 0", "2 0", "2 0")
    process = started(project, "--good", commits[0], "--bad", "main", *REQUESTS, "--label", "b")
    assert process.stderr is not None
    next(line for line in process.stderr if line.startswith("asking"))
    process.send_signal(number)
    _, rest = process.communicate(timeout=60)
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert "go on with: perfkit bisect --resume --label b" in rest
        project.assert_clean()
    before = {path: path.read_text() for path in (project.folder / "results/local/b").glob("*/journal.jsonl")}
    done = project.perfkit("bisect", "--resume", "--label", "b", "-o", "json", check=0)
    assert named(found(done.stdout)) == [commits[3]]
    assert "is main different" not in done.stderr, "what was answered is not asked again"
    assert all(path.read_text().startswith(text) for path, text in before.items())
    project.assert_clean()


def test_a_dry_run_tells_what_it_would_cost_and_keeps_nothing(project: GitProject) -> None:
    commits = history(project, "1 0", "1 0", "2 0")
    done = project.perfkit("bisect", "--good", commits[0], "--bad", "main", *REQUESTS, "--dry-run", check=0)
    assert "plan: 2 commits" in done.stderr
    assert done.stdout == ""
    assert not (project.folder / "results").exists()
    project.assert_clean()


BAD = [
    (("--good", "HEAD~1", "--bad", "no-such", *REQUESTS), 2, "--bad no-such: no such commit"),
    (("--good", "HEAD", "--bad", "HEAD~1", *REQUESTS), 2, "does not descend from"),
    (("--good", "HEAD", "--bad", "main", *REQUESTS), 2, "are one commit"),
    (("--bad", "main", *REQUESTS), 2, "no --good commit"),
    (("--good", "HEAD~1", "--bad", "main", "startup"), 2, "name a scenario and a metric"),
    (("--good", "HEAD~1", "--bad", "main", "startup", "cpu.secnds"), 2, "did you mean 'cpu.seconds'?"),
    (("--good", "HEAD~1", "--bad", "main", "no-such", "cpu.seconds"), 2, "no scenario named 'no-such'"),
    (("--good", "HEAD~1", "--bad", "main", "-t", "cmd:true", *REQUESTS), 2, "no file of its command lies in"),
    (("--good", "HEAD~1", "--bad", "main", "--label", "a/b", *REQUESTS), 2, "is not a label"),
    (("--good", "HEAD~1", "--bad", "main", "--max-time", "soon", *REQUESTS), 2, "soon"),
    (("--resume",), 2, "no bisection in"),
    (("--resume", "--label", "no-such"), 2, "no bisection labelled 'no-such'"),
    (("--resume", "--good", "HEAD~1"), 2, "nothing of it can change"),
    (("--good", "HEAD~1", "--bad", "main", "--build", "exit 3", *REQUESTS), 3, "the build failed with status 3"),
    (("--good", "HEAD~1", "--bad", "main", *REQUESTS), 2, "nothing to find"),
]


def test_a_mistake_is_one_clear_line(project: GitProject) -> None:
    history(project, "1 0", "1 0")
    for words, code, said in BAD:
        done = project.perfkit("bisect", *words, check=code)
        assert said in done.stderr, words
        assert done.stdout == ""
    project.assert_clean()


def test_a_good_commit_that_never_works_is_exit_3(project: GitProject) -> None:
    history(project, "1 0 broken", "1 0 broken")
    assert "base failed in" in project.perfkit("bisect", "--good", "HEAD~1", "--bad", "main", *REQUESTS, check=3).stderr


def test_a_corrupt_book_is_told(project: GitProject) -> None:
    history(project, "1 0", "1 0")
    folder = project.folder / "results/local/b"
    folder.mkdir(parents=True)
    (folder / "bisect.json").write_text('{"schema": "perfkit.bisection/2"}')
    said = project.perfkit("bisect", "--resume", check=2).stderr
    assert "bisect.json: written as 'perfkit.bisection/2', but this perfkit reads" in said
