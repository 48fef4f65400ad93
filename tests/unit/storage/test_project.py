from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perfkit.errors import ScenarioError
from perfkit.storage.project import Project, find_project

if TYPE_CHECKING:
    from pathlib import Path


def test_there_may_be_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_project() is None


def test_a_project_of_one_line_runs_startup(project: Path) -> None:
    assert find_project() == Project(root=project, scenario="startup")


def test_a_project_is_found_from_a_folder_below(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "src").mkdir()
    monkeypatch.chdir(project / "src")
    found = find_project()
    assert found is not None
    assert found.root == project


def test_targets_limits_and_scenario_are_read(project: Path) -> None:
    (project / "perfkit.toml").write_text(
        'schema = 1\nscenario = "busy"\n[target]\ncommand = "./mine"\n'
        '[[limit]]\nmetric = "memory.peak"\nlimit = ["< 100 MB", "+10 %"]\n'
    )
    found = find_project()
    assert found is not None
    assert found.scenario == "busy"
    assert [target.name for target in found.targets] == ["mine"]
    assert [limit.written for limit in found.limits[0].limits] == ["< 100 MB", "+10 %"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "perfkit.toml: the key 'schema' is missing"),
        ("schema = 1\nlimits = []\n", "perfkit.toml: limits: unknown key; allowed: scenario, target, limit"),
        ("schema = 1\ntarget = 3\n", "perfkit.toml: target: found 3; allowed: an array of tables, written [[target]]"),
        ("schema = 1\n[target]\n", "perfkit.toml: target: needs either 'client' or 'command'"),
    ],
)
def test_a_wrong_project_names_file_and_key(text: str, message: str, project: Path) -> None:
    (project / "perfkit.toml").write_text(text)
    with pytest.raises(ScenarioError) as caught:
        find_project()
    assert caught.value.message == message
