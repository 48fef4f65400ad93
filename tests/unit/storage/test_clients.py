from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perfkit import bundled
from perfkit.errors import ScenarioError
from perfkit.model.scenario import Ready
from perfkit.storage.clients import ClientRecipe, Requirement, find_client, read_client

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = """
schema = 1
title = "mine (fast)"
command = ["{python}", "{dir}/mine.py", "--fields", "{a,b}"]
ready = { api = "list pods" }
environment = { A = "1" }
requires = { module = "mine", package = "mine-client", advice = "pip install mine-client" }
version = "{python} -m mine --version"
synced = "synced"
toolchain = ["mine", "urllib3"]
"""


def write(project: Path, text: str) -> Path:
    folder = project / "fixtures" / "clients"
    folder.mkdir(parents=True)
    path = folder / "mine.toml"
    path.write_text(text)
    return path


def test_a_recipe_arrives_whole(project: Path) -> None:
    path = write(project, RECIPE)
    assert find_client("mine") == ClientRecipe(
        name="mine",
        folder=path.parent,
        title="mine (fast)",
        command=("{python}", "{dir}/mine.py", "--fields", "{a,b}"),
        ready=Ready(kind="api", verb="list", resource="pods"),
        environment={"A": "1"},
        requires=Requirement(module="mine", package="mine-client", advice="pip install mine-client"),
        version=("{python}", "-m", "mine", "--version"),
        synced="synced",
        toolchain=("mine", "urllib3"),
    )


def test_a_short_recipe_watches_pods_and_needs_nothing(project: Path) -> None:
    recipe = read_client(write(project, 'schema = 1\ntitle = "t"\ncommand = "mine"\n'))
    assert recipe.ready == Ready(kind="watch", resource="pods")
    assert recipe.requires is None


def test_only_the_two_placeholders_are_filled_in(project: Path) -> None:
    recipe = read_client(write(project, RECIPE))
    assert recipe.filled(recipe.command, "/opt/python") == (
        "/opt/python",
        f"{recipe.folder}/mine.py",
        "--fields",
        "{a,b}",
    )


@pytest.mark.parametrize("name", bundled.names("fixtures/clients"))
def test_every_shipped_recipe_can_be_read(name: str, project: Path) -> None:
    assert find_client(name).title


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('requires = { package = "p", advice = "a" }', "requires: needs either 'module' or 'program'"),
        ('requires = { module = "m", program = "p", advice = "a" }', "requires: needs either 'module' or 'program'"),
        ('requires = { program = "p" }', "requires: the key 'advice' is missing"),
        ('toolchain = "urllib3"', 'toolchain: found "urllib3"; allowed: a list of texts'),
        ('keys = ["j"]', "keys: unknown key; allowed: title, command, ready"),
    ],
)
def test_a_wrong_recipe_names_file_and_key(line: str, complaint: str, project: Path) -> None:
    path = write(project, f'schema = 1\ntitle = "t"\ncommand = "mine"\n{line}\n')
    with pytest.raises(ScenarioError) as caught:
        read_client(path)
    assert caught.value.message.startswith(f"fixtures/clients/mine.toml: {complaint}")


def test_an_unknown_client_gets_the_closest_name(project: Path) -> None:
    with pytest.raises(ScenarioError, match=r"^no client named 'kubernets'$") as caught:
        find_client("kubernets")
    assert caught.value.advice == "did you mean 'kubernetes'?"
