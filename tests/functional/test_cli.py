"""The command line as a person meets it: exit codes, one clear line for each mistake, results on disk."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.functional

Completed = subprocess.CompletedProcess[str]


class Project:
    """A folder to work in, with nothing in it but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def perfkit(self, *words: str, check: int | None = None, **environment: str) -> Completed:
        """Run perfkit here; with ``check``, its exit code must be that."""
        import os

        done = subprocess.run(
            [sys.executable, "-m", "perfkit", *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "XDG_STATE_HOME": str(self.folder / ".state"), **environment},
            check=False,
        )
        if check is not None:
            assert done.returncode == check, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


BAD = [
    (("run", "no-such"), 2, "no scenario named 'no-such'"),
    (("run", "-t", "kubernete"), 2, "did you mean"),
    (("run", "-t", "cmd:no-such-program --flag"), 2, "no-such-program"),
    (("run", "-t", "pip:kr8s ==0.20"), 2, "no requirement"),
    (("run", "--on", "mock", "--image", "x", "-r", "2"), 2, "context:NAME"),
    (("run", "--on", "context:x", "-r", "2"), 2, "--image IMAGE"),
    (("run", "--on", "context:x", "--image", "x", "-r", "2", "--dry-run"), 2, "no --dry-run"),
    (("run", "--on", "context:x", "--image", "x", "-r", "2", "--profile", "py-spy"), 2, "no profiles"),
    (("run", "--image", "x", "-t", "lean"), 2, "--on context:NAME"),
    (("run", "--on", "context:x", "--image", "x", "-r", "2", "idle", "churn"), 2, "one scenario, not 2"),
    (("run", "--on", "context:x", "--image", "x", "-r", "2", "churn"), 2, "chosen by -k TEXT"),
    (("run", "--on", "context:x", "--image", "bad image", "-r", "2"), 2, "'bad image' is no image"),
    (("run", "--cluster", "context:x", "--shape", "tiny", "-t", "lean"), 2, "need --populate"),
    (("cluster", "up", "--kubernetes", "v1.34.0"), 2, "say --cluster kind"),
    (("cluster", "up", "--config", "workers"), 2, "say --cluster kind"),
    (("check", "--profile", "py-spy", "-t", "a=lean", "-t", "b=lean"), 2, "say --explain"),
    (("run", "--workers", "3", "-t", "lean"), 2, "--on context:NAME"),
    (("run", "--on", "lab", "--image", "x", "-r", "2"), 2, "--on 'lab'"),
    (("cluster", "up", "--churn", "1/s"), 2, "see perfkit cluster up --help"),
    (("top", "1", "-o", "csv"), 2, "'csv' is not one of 'table', 'json'"),
    (("part",), 2, "PERFKIT_PART"),
    (("run", "-t", "npm:@kubernetes/client-node@1.4.0"), 2, "npm"),
    (("run", "--pods", "-1"), 2, "--pods"),
    (("run", "--max-time", "soon"), 2, "soon"),
    (("run", "--max-time", "0s", "-t", "lean"), 2, "more than 0"),
    (("run", "--shape", "huge"), 2, "no shape named 'huge'"),
    (("run", "--cluster", "minikube"), 2, "mock, kind"),
    (("run", "--ready", "later", "--", "true"), 2, "later"),
    (("run", "-t", "lean", "-t", "lean"), 2, "two targets are named 'lean'"),
    (("run", "-t", "lean", "--base", "other"), 2, "no such target"),
    (("run", "--label", "a/b", "-t", "lean"), 2, "not a label"),
    (("run", "--resume"), 2, "no results"),
    (("compare",), 2, "no results"),
    (("compare", "a", "b"), 2, "no result labelled 'a'"),
    (("compare", "missing.perfkit.json"), 2, "missing.perfkit.json"),
    (("list", "nothing"), 2, "nothing"),
    (("cluster", "down", "ghost"), 2, "no cluster named 'ghost'"),
    (("cluster", "up", "--name", "../x"), 2, "no name for a cluster"),
    (("cluster", "up", "--shape", "huge"), 2, "no shape named 'huge'"),
    (("fly",), 2, "fly"),
    (("run", "--nonsense"), 2, "--nonsense"),
]


@pytest.mark.parametrize(("words", "code", "said"), BAD, ids=str)
def test_a_mistake_is_one_clear_line_with_its_exit_code(
    project: Project, words: tuple[str, ...], code: int, said: str
) -> None:
    done = project.perfkit(*words, check=code)
    assert said in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) <= 2


def test_a_run_writes_journal_result_export_and_artifacts(project: Project) -> None:
    done = project.perfkit("run", "-t", "lean", "-r", "2", "--shape", "tiny", "--label", "first", check=0)
    folder = project.folder / "results" / "local" / "first"
    assert "startup.ready" in done.stdout
    assert {path.name for path in folder.iterdir()} == {
        "journal.jsonl",
        "startup.artifacts",
        "startup.json",
        "startup.perfkit.json",
    }
    result = json.loads((folder / "startup.perfkit.json").read_text())
    good = [trial for trial in result["trials"] if trial["block"] >= 0]
    assert [trial["outcome"] for trial in good] == ["ok", "ok"]
    names = {metric["name"] for metric in result["metrics"]}
    assert all(trial["values"].keys() >= names for trial in good), "every metric is filled by measurement"
    assert all(trial["health"]["duration"] > 0 for trial in good)


def test_parts_of_metrics_are_stored_and_shown_and_limited_when_asked_for(project: Project) -> None:
    watches = "api.requests{verb=watch,resource=pods}"
    done = project.perfkit(
        *("run", "-t", "lean", "-r", "1", "--shape", "tiny", "--label", "parts"),
        *("--limit", f"{watches}=== 1", "--limit", "settle/api.requests=== 0", "-m", "api.duplicates", "-o", "json"),
        check=0,
    )
    (section,) = json.loads(done.stdout)["results"][0]["sections"]
    found = {row["metric"]["name"]: row["summary"]["median"] for row in section["rows"]}
    assert found["api.requests{resource=pods,verb=watch}"] == 1
    assert (found["settle/api.requests"], found["api.duplicates"]) == (0, 0)
    assert "api.relists" not in found
    shown = project.perfkit("compare", "parts", "-m", "launch/api.requests{resource=*", "-o", "csv", check=0).stdout
    assert "launch/api.requests{resource=pods,verb=watch}" in shown
    project.perfkit("compare", "parts", "--limit", "settle/api.requests=> 0", check=1)
    assert (
        "no step 'settel'" in project.perfkit("compare", "parts", "--limit", "settel/api.requests=> 0", check=2).stderr
    )


def test_each_trial_asks_the_cluster_for_the_same(project: Project) -> None:
    """Trial k's request record equals trial 1's: fresh home, reset cluster."""
    project.perfkit("run", "-t", "lean", "-r", "4", "--shape", "tiny", "--label", "same", check=0)
    result = json.loads((project.folder / "results/local/same/startup.perfkit.json").read_text())
    assert len({trial["digest"] for trial in result["trials"]}) == 1
    assert len({json.dumps(trial["work"]) for trial in result["trials"]}) == 1


def test_a_label_that_exists_is_refused_without_force(project: Project) -> None:
    words = ("run", "-t", "lean", "-r", "1", "--shape", "tiny", "--label", "once")
    project.perfkit(*words, check=0)
    refused = project.perfkit(*words, check=2)
    assert "'once' exists" in refused.stderr
    project.perfkit(*words, "--force", check=0)


@pytest.mark.parametrize("output", ["json", "markdown", "csv"])
def test_stdout_is_data_and_nothing_else(project: Project, output: str) -> None:
    done = project.perfkit("run", "-t", "lean", "-r", "1", "--shape", "tiny", "-o", output, check=0)
    if output == "json":
        assert json.loads(done.stdout)["schema"] == "perfkit.run/1"
    elif output == "csv":
        header, *rows = done.stdout.splitlines()
        assert header.startswith("scenario,target,metric,unit")
        assert len(rows) == 7
    else:
        assert done.stdout.startswith("### startup")


def test_dry_run_tells_the_plan_and_leaves_no_result(project: Project) -> None:
    done = project.perfkit(
        "run", "-t", "a=lean", "-t", "b=lean", "--shape", "tiny", "--dry-run", "--label", "dry", check=0
    )
    assert "fit in 1m40s" in done.stderr
    assert "smallest visible change" in done.stderr
    assert not (project.folder / "results").exists()


def test_dry_run_takes_nothing_away_from_a_result_that_exists(project: Project) -> None:
    words = ("run", "-t", "lean", "-r", "1", "--shape", "tiny", "--label", "kept")
    project.perfkit(*words, check=0)
    result = project.folder / "results" / "local" / "kept" / "startup.perfkit.json"
    before = result.read_bytes()
    project.perfkit(*words, "--dry-run", "--force", check=0)
    refused = project.perfkit("run", "--resume", "--label", "kept", "--dry-run", check=2)
    assert "--dry-run plans a new run" in refused.stderr
    assert result.read_bytes() == before


def test_a_committed_baseline_is_not_gone_on_with(project: Project) -> None:
    project.perfkit("run", "-t", "lean", "-r", "1", "--shape", "tiny", "--label", "v1", check=0)
    (project.folder / "results" / "baselines").mkdir()
    (project.folder / "results" / "local" / "v1").rename(project.folder / "results" / "baselines" / "v1")
    done = project.perfkit("run", "--resume", "--label", "v1", "-r", "2", check=2)
    assert "committed baseline" in done.stderr


def test_resume_changes_nothing_but_how_long(project: Project) -> None:
    project.perfkit("run", "-t", "lean", "-r", "1", "--shape", "tiny", "--label", "v1", check=0)
    done = project.perfkit("run", "--resume", "--label", "v1", "--pods", "5", check=2)
    assert "pods cannot change" in done.stderr
    project.perfkit("run", "--resume", "--label", "v1", "-r", "3", check=0)


def test_a_command_after_two_dashes_is_a_target(project: Project) -> None:
    done = project.perfkit("run", "-r", "1", "--shape", "tiny", "-o", "json", "--", "sh", "-c", "echo hello", check=0)
    (section,) = json.loads(done.stdout)["results"][0]["sections"]
    assert section["target"]["command"][-2:] == ["-c", "echo hello"]


def test_a_target_that_always_fails_exits_3_and_says_why(project: Project) -> None:
    done = project.perfkit("run", "-r", "2", "--shape", "tiny", "--", "sh", "-c", "echo broken; exit 9", check=3)
    assert "ended with status 9" in done.stdout
    assert "it said: broken" in done.stdout


def test_an_absolute_limit_that_is_exceeded_exits_1(project: Project) -> None:
    (project.folder / "perfkit.toml").write_text(
        'schema = 1\n[target]\nclient = "lean"\n[[limit]]\nmetric = "memory.peak"\nlimit = "< 1 MB"\n'
    )
    done = project.perfkit("run", "-r", "1", "--shape", "tiny", check=1)
    assert "EXCEEDED" in done.stdout


def test_a_projects_own_target_and_scenario_are_run_by_default(project: Project) -> None:
    (project.folder / "perfkit.toml").write_text(
        'schema = 1\n[target]\nname = "mine"\ncommand = "true"\nready = "exit"\n'
    )
    done = project.perfkit("run", "-r", "1", "--shape", "tiny", check=0)
    assert "mine" in done.stdout


def test_compare_of_two_targets_of_one_run_is_paired_and_of_two_runs_is_not(project: Project) -> None:
    project.perfkit("run", "-t", "a=lean", "-t", "b=lean", "-r", "2", "--shape", "tiny", "--label", "one", check=0)
    project.perfkit("run", "-t", "lean", "-r", "2", "--shape", "tiny", "--label", "two", check=0)
    paired = json.loads(project.perfkit("compare", "one#a", "one#b", "-o", "json", check=0).stdout)
    assert paired["schema"] == "perfkit.compare/1"
    assert paired["results"][0]["paired"] is True
    unpaired = project.perfkit("compare", "one#a", "two", check=0)
    assert "unpaired" in unpaired.stdout


def test_results_of_different_experiments_are_not_compared(project: Project) -> None:
    project.perfkit("run", "-t", "lean", "-r", "1", "--shape", "tiny", "--label", "one", check=0)
    project.perfkit("run", "-t", "lean", "-r", "1", "--shape", "tiny", "--pods", "7", "--label", "two", check=0)
    done = project.perfkit("compare", "one", "two", check=5)
    assert "cluster.pods" in done.stderr


def test_list_shows_scenarios_clients_shapes_manifests_and_results(project: Project) -> None:
    (project.folder / "fixtures/manifests/many").mkdir(parents=True)
    project.perfkit("run", "-t", "lean", "-r", "1", "--shape", "tiny", "--label", "shown", check=0)
    done = project.perfkit("list", check=0)
    for name in ("startup", "kubernetes-raw", "small", "widgets", "many", "shown"):
        assert name in done.stdout


def test_help_names_every_command(project: Project) -> None:
    done = project.perfkit("--help", check=0)
    for name in ("run", "compare", "list", "cluster"):
        assert name in done.stdout


@pytest.mark.parametrize("group", [(), ("cluster",), ("link",), ("cache",)])
def test_a_group_without_a_command_is_its_help(project: Project, group: tuple[str, ...]) -> None:
    done = project.perfkit(*group, check=2)
    assert done.stderr.startswith(f"Usage: {' '.join(('perfkit', *group))} [OPTIONS] COMMAND")
    assert done.stderr.endswith("\n")


DAMAGED = [
    ("empty", b"", "empty"),
    ("truncated", b'{"schema": "perfkit.result/1", "label": "x"', "truncated"),
    ("foreign", b'{"hello": "world"}', "not a result of perfkit"),
    ("future", b'{"schema": "perfkit.result/99"}', "upgrade perfkit"),
    ("binary", bytes(range(256)), "not"),
    ("made for pyperf", b'{"benchmarks": [], "version": "1.0"}', "made for pyperf"),
]


@pytest.mark.parametrize(("kind", "content", "said"), DAMAGED, ids=[kind for kind, _, _ in DAMAGED])
def test_a_damaged_or_foreign_result_is_one_clear_line(project: Project, kind: str, content: bytes, said: str) -> None:
    (project.folder / "bad.perfkit.json").write_bytes(content)
    done = project.perfkit("compare", "./bad.perfkit.json", check=2)
    assert said in done.stderr
    assert "bad.perfkit.json" in done.stderr
    assert len(done.stderr.splitlines()) <= 2


BAD_SCENARIOS = [
    ("[[step]]\ndo = 'launch'\ntimeuot = '3 s'", "did you mean 'timeout'"),
    ("[[step]]\ndo = 'launch'\ntimeout = '3 parsecs'", "parsecs"),
    ("[[step]]\ndo = 'lunch'", "did you mean 'launch'"),
    ("[[step]]\ndo = ", "line 4"),
    ("matrix = 3\n[[step]]\ndo = 'launch'", "allowed: a table"),
]


@pytest.mark.parametrize(("body", "said"), BAD_SCENARIOS, ids=range(len(BAD_SCENARIOS)))
def test_a_wrong_scenario_file_names_file_and_key(project: Project, body: str, said: str) -> None:
    (project.folder / "mine.toml").write_text(f"schema = 1\ntitle = 't'\n{body}\n")
    done = project.perfkit("run", "./mine.toml", "-t", "lean", check=2)
    assert "mine.toml" in done.stderr
    assert said in done.stderr
    assert len(done.stderr.splitlines()) <= 2


def test_a_kept_home_is_there_in_the_next_trial_and_a_fresh_one_is_not(project: Project) -> None:
    command = "date >> $HOME/visits; cat $HOME/visits | wc -l"
    for home, said in (("kept", ["1", "2", "3"]), ("fresh", ["1", "1", "1"])):
        (project.folder / "mine.toml").write_text(
            f"schema = 1\ntitle = 't'\ncluster.shape = 'tiny'\nrepeat = {{ home = '{home}' }}\n"
            f"[[target]]\nname = 'visitor'\ncommand = ['sh', '-c', '{command}']\n[[step]]\ndo = 'launch'\n"
        )
        project.perfkit("run", "./mine.toml", "-r", "2", "--label", home, check=0)
        logs = sorted((project.folder / "results/local" / home / "mine.artifacts").glob("*.log"))
        assert [log.read_text().strip() for log in logs if "visitor" in log.name] == said
