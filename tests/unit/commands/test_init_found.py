"""What init finds out by itself, and what it writes of it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from perfkit.commands.project.files import SCENARIO, github_workflow, gitlab_job, project_file
from perfkit.commands.project.found import CI, FoundTarget, Place, find_ci, find_target, said_target
from perfkit.errors import ScenarioError, UsageError
from perfkit.storage.project import read_project
from perfkit.storage.scenarios import read_scenarios

FILES = [
    ("go.mod", "module example.com/a/tui/v2\n\ngo 1.22\n", "tui", "./bin/tui", "go build -o bin/tui ./cmd/tui"),
    ("Cargo.toml", '[package]\nname = "tui"\n', "tui", "./target/release/tui", "cargo build --release --locked"),
    (
        "pyproject.toml",
        '[project]\nname = "a"\n[project.scripts]\ntui = "a:main"\n',
        "tui",
        ".venv/bin/tui",
        "python3 -m venv .venv && .venv/bin/pip install --quiet .",
    ),
    ("package.json", '{"name": "@a/tui", "bin": {"tui": "dist/tui.js"}}', "tui", "node dist/tui.js", "npm ci"),
]


@pytest.mark.parametrize(("file", "text", "name", "command", "build"), FILES, ids=[each[0] for each in FILES])
def test_a_build_file_tells_program_and_build(
    tmp_path: Path, file: str, text: str, name: str, command: str, build: str
) -> None:
    (tmp_path / file).write_text(text)
    assert find_target(tmp_path) == FoundTarget(name=name, command=command, build=build, source=file)


@pytest.mark.parametrize("file", [each[0] for each in FILES])
@pytest.mark.parametrize("text", ["", "{", "[]", "name = 1", '{"bin": 3}', '[project]\nscripts = "x"\n', "\udcff"])
def test_a_build_file_that_tells_nothing_is_passed_over(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / file).write_bytes(text.encode(errors="surrogateescape"))
    assert find_target(tmp_path) is None


@pytest.mark.parametrize("name", ["a; rm -rf x", "$(x)", "a b", "`x`"])
def test_names_that_a_shell_would_read_otherwise_are_passed_over(tmp_path: Path, name: str) -> None:
    (tmp_path / "Cargo.toml").write_text(f"[package]\nname = {json.dumps(name)}\n")
    (tmp_path / "package.json").write_text(json.dumps({"name": "x", "bin": name}))
    assert find_target(tmp_path) is None


def test_a_main_package_at_the_root_is_built_from_there(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module tui\n")
    (tmp_path / "main.go").touch()
    found = find_target(tmp_path)
    assert found is not None
    assert found.build == "go build -o bin/tui ."


def test_what_is_said_is_a_client_or_a_command_that_may_not_be_built_yet() -> None:
    assert said_target("lean") == FoundTarget(client="lean", source="-t")
    assert said_target("a=cmd:./not/there -A") == FoundTarget(name="a", command="./not/there -A", source="-t")
    with pytest.raises(ScenarioError, match="no client named"):
        said_target("leam")
    with pytest.raises(UsageError, match="no target"):
        said_target("a=")


@pytest.mark.parametrize(
    ("files", "remote", "ci"),
    [
        ((".github/x",), "git@gitlab.com:a/b.git", "github"),
        ((".gitlab-ci.yml",), "https://github.com/a/b", "gitlab"),
        ((), "https://github.com/a/b", "github"),
        ((), "git@gitlab.example.com:a/b.git", "gitlab"),
        ((), "", None),
    ],
)
def test_the_ci_is_the_one_whose_files_are_there_else_that_of_the_remote(
    tmp_path: Path, files: tuple[str, ...], remote: str, ci: CI | None
) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert find_ci(Place(project=tmp_path, top=tmp_path, remote=remote)) == ci


TARGETS = st.one_of(
    st.just(FoundTarget(client="lean", source="-t")),
    st.builds(FoundTarget, name=st.just("a"), command=st.text(min_size=1), build=st.text(), source=st.just("-t")),
)


@given(TARGETS)
def test_whatever_the_command_the_project_file_holds_it(target: FoundTarget) -> None:
    if "\n" in target.build or "\r" in target.build:  # only what is found is built, and that is one clean line
        return
    clean = "".join(letter for letter in target.build if letter.isprintable())
    text = project_file([FoundTarget(name=target.name, client=target.client, command=target.command, build=clean)])
    (found,) = tomllib.loads(text)["target"]
    assert found.get("command", "") == target.command
    assert found.get("client", "") == target.client


def test_files_are_read_by_perfkit_itself(tmp_path: Path) -> None:
    (tmp_path / "startup.toml").write_text(SCENARIO)
    assert [limit.metric for limit in read_scenarios(tmp_path / "startup.toml")[0].scenario.limits] == [
        "startup.ready",
        "cpu.seconds",
        "memory.peak",
        "api.requests",
    ]
    (tmp_path / "perfkit.toml").write_text(project_file([FoundTarget(name="a", command="./a -A", source="go.mod")]))
    project = read_project(tmp_path / "perfkit.toml")
    assert (project.scenario, project.targets[0].command) == ("startup", ("./a", "-A"))
    (tmp_path / "perfkit.toml").write_text(project_file([]))
    assert read_project(tmp_path / "perfkit.toml").targets == ()


TUI = FoundTarget(name="tui", command="./tui", build="make 'a b' && true", source="-t")


def test_the_github_workflow_is_yaml_with_history_permissions_and_a_time_limit(tmp_path: Path) -> None:
    place = Place(project=tmp_path / "sub dir", top=tmp_path, branch="trunk")
    flow = yaml.safe_load(github_workflow(place, [TUI]))
    assert flow[True] == {"pull_request": None, "push": {"branches": ["trunk"]}}  # YAML 1.1 reads `on` as true
    assert flow["permissions"] == {"contents": "read"}
    job = flow["jobs"]["check"]
    assert job["timeout-minutes"] == 30
    assert job["defaults"]["run"]["working-directory"] == "sub dir"
    checkout, *_, upload = job["steps"]
    assert checkout["with"]["fetch-depth"] == 0
    assert upload["with"]["path"] == "sub dir/results/"
    runs = [step["run"].strip() for step in job["steps"] if "run" in step]
    assert runs[1] == """perfkit check --build 'make '"'"'a b'"'"' && true' -o github"""


def test_the_gitlab_job_is_yaml_with_history_and_a_report(tmp_path: Path) -> None:
    place = Place(project=tmp_path / "sub dir", top=tmp_path)
    job = yaml.safe_load(gitlab_job(place, [TUI]))["perfkit"]
    assert job["variables"]["GIT_DEPTH"] == 0
    assert job["artifacts"]["reports"]["junit"] == "sub dir/perfkit.xml"
    assert job["script"][0] == "cd 'sub dir'"
    assert job["script"][2].strip().endswith("-o junit > perfkit.xml")


@pytest.mark.parametrize(
    ("targets", "command"),
    [
        ([FoundTarget(client="lean")], "perfkit check --baseline main"),
        ([FoundTarget(command="./x")], "perfkit check"),
        ([FoundTarget(client="lean"), FoundTarget(client="kr8s")], "perfkit check"),
        ([], "perfkit check"),
    ],
)
def test_the_gate_is_the_one_that_the_targets_allow(tmp_path: Path, targets: list[FoundTarget], command: str) -> None:
    flow = yaml.safe_load(github_workflow(Place(project=tmp_path, top=tmp_path), targets))
    steps = flow["jobs"]["check"]["steps"]
    check = next(step["run"] for step in steps if step.get("name") == "Check")
    assert check.strip().splitlines()[-1] == f"{command} -o github"
