"""``perfkit init`` in a repository: what it writes works, and what is there stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from support.projects import CLIENT, LIMITS, SCENARIO, GitProject

pytestmark = pytest.mark.functional


@pytest.fixture
def project(tmp_path: Path) -> GitProject:
    """A repository with a client and nothing of perfkit's."""
    found = GitProject(tmp_path / "project")
    for name in ("perfkit.toml", "scenarios/startup.toml", ".gitignore"):
        (found.folder / name).unlink()
    return found


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def test_it_writes_project_scenario_ignore_file_and_workflow(project: GitProject) -> None:
    project.commit("0.05")
    done = project.perfkit("init", "--ci", "github", "-t", "lean", check=0)
    assert done.stdout.splitlines() == [
        "wrote perfkit.toml",
        "wrote scenarios/startup.toml",
        "wrote results/.gitignore",
        "wrote .github/workflows/perfkit.yml",
    ]
    project.perfkit("run", "-r", "1", "--shape", "tiny", "--label", "first", check=0)
    assert project.git("status", "--porcelain", "--untracked-files=all", "results").split() == [
        "??",
        "results/.gitignore",
    ]


def test_it_never_overwrites(project: GitProject) -> None:
    project.commit("0.05")
    project.perfkit("init", "--ci", "gitlab", check=0)
    for path in contents(project.folder):
        (project.folder / path).write_text("mine")
    done = project.perfkit("init", "--ci", "gitlab", check=0)
    assert set(contents(project.folder).values()) == {"mine"}
    assert all(line.startswith("left alone ") for line in done.stdout.splitlines())
    assert "add to .gitlab-ci.yml" in done.stderr


def test_a_shipped_scenario_becomes_the_projects_own(project: GitProject) -> None:
    project.commit("0.05")
    done = project.perfkit("init", "reconcile", "soak", check=0)
    assert "wrote scenarios/reconcile.toml\nwrote scenarios/soak.toml\n" in done.stdout
    copied = (project.folder / "scenarios/soak.toml").read_text()
    assert copied == (Path(__file__).parents[2] / "scenarios/soak.toml").read_text()
    (project.folder / "scenarios/soak.toml").write_text("mine")
    assert "left alone scenarios/soak.toml" in project.perfkit("init", "soak", check=0).stdout
    assert "did you mean 'soak'?" in project.perfkit("init", "soap", check=2).stderr


def test_in_a_folder_of_the_repository_the_workflow_lies_at_its_root(project: GitProject) -> None:
    project.commit("0.05")
    top = project.folder
    project.folder = top / "svc"
    project.folder.mkdir()
    project.perfkit("init", "--ci", "github", check=0)
    flow = yaml.safe_load((top / ".github/workflows/perfkit.yml").read_text())
    assert flow["jobs"]["check"]["defaults"]["run"]["working-directory"] == "svc"
    assert (project.folder / "perfkit.toml").exists()


def test_without_repository_ci_and_program_it_says_what_is_missing(tmp_path: Path, project: GitProject) -> None:
    project.folder = tmp_path / "bare"
    project.folder.mkdir()
    done = project.perfkit("init", check=0)
    assert "found no program to measure" in done.stderr
    assert "--ci github or --ci gitlab" in done.stderr
    assert sorted(contents(project.folder)) == ["perfkit.toml", "results/.gitignore", "scenarios/startup.toml"]


def test_a_folder_that_cannot_be_written_is_told(project: GitProject) -> None:
    project.commit("0.05")
    (project.folder / "results").write_text("a file")
    assert "results" in project.perfkit("init", check=2).stderr


@pytest.mark.parametrize("burn", ["0.05", "0.1"])
@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_the_workflows_own_commands_pass_and_fail_the_build(project: GitProject, ci: str, burn: str) -> None:
    """What the service would run, but for installing perfkit, in a clone of a pull request's branch."""
    project.write("package.json", '{"name": "mine", "bin": "unused.js"}')
    project.write("unused.js", "")
    project.perfkit("init", "--ci", ci, "-t", f"mine=cmd:{sys.executable} -S client.py", check=0)
    project.write("client.py", CLIENT)
    project.write("scenarios/startup.toml", SCENARIO.replace("PAIRS", "15") + LIMITS.replace("CPU", "+30 %"))
    project.commit("0.05")
    project.git("checkout", "--quiet", "-b", "feature")
    project.commit(burn)
    clone = project.folder.parent / "clone"
    project.git("clone", "--quiet", str(project.folder), str(clone))
    done = run_workflow(project, clone, ci)
    assert done.returncode == (1 if burn == "0.1" else 0), done.stdout + done.stderr
    assert "base " in done.stderr
    if ci == "github":
        assert ("::error " in done.stdout) == (burn == "0.1")
    else:
        assert ("<failure" in (clone / "perfkit.xml").read_text()) == (burn == "0.1")


def run_workflow(project: GitProject, clone: Path, ci: str) -> subprocess.CompletedProcess[str]:
    """The lines of the workflow as its runner would run them, with the variables that it sets."""
    if ci == "github":
        flow = yaml.safe_load((clone / ".github/workflows/perfkit.yml").read_text())
        lines = [step["run"] for step in flow["jobs"]["check"]["steps"] if "run" in step]
        variables = {"GITHUB_BASE_REF": "main", "GITHUB_STEP_SUMMARY": str(project.temporary / "summary.md")}
    else:
        assert yaml.safe_load((clone / ".gitlab-ci.yml").read_text()) == {"include": [{"local": ".gitlab/perfkit.yml"}]}
        lines = yaml.safe_load((clone / ".gitlab/perfkit.yml").read_text())["perfkit"]["script"]
        variables = {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}
    script = "\n".join(line for line in lines if not line.startswith("pip install"))
    programs = project.folder.parent / "programs"
    programs.mkdir()
    (programs / "perfkit").write_text(f'#!/bin/sh\nexec {sys.executable} -m perfkit "$@"\n')
    (programs / "perfkit").chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=clone,
        env=project.environment(PATH=path, **variables),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
