"""From what a person writes to targets, in a project of our own."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import pytest

from perfkit.errors import UsageError
from perfkit.model.scenario import Ready
from perfkit.storage.targets import TargetTable
from perfkit.targets.resolve import resolve, resolve_command, resolve_table

RECIPE = """schema = 1
title = "Mine"
command = ["{python}", "{dir}/mine.py"]
ready = { log = "synced" }
environment = { COLOUR = "blue" }
requires = { module = "msgspec", advice = "pip install msgspec" }
toolchain = ["msgspec", "no-such-distribution"]
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a client ``mine`` and a program ``bin/tool``, and an empty PATH beside."""
    (tmp_path / "perfkit.toml").write_text("schema = 1\n")
    _client(tmp_path, "mine", RECIPE)
    tool = tmp_path / "bin" / "tool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    return tmp_path


def _client(project: Path, name: str, text: str) -> None:
    folder = project / "fixtures" / "clients"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toml").write_text(text)


def test_a_client_is_resolved_whole(project: Path) -> None:
    spec = resolve("mine")
    assert (spec.name, spec.program, spec.client) == ("mine", "mine", "mine")
    assert spec.command == (sys.executable, f"{project}/fixtures/clients/mine.py")
    assert spec.ready == Ready(kind="log", pattern="synced")
    assert spec.environment == {"COLOUR": "blue"}
    assert spec.version == metadata.version("msgspec")
    assert list(spec.toolchain) == ["python", "msgspec"], "a library that is not there is no part of the chain"


def test_a_name_and_a_ready_condition_can_be_given() -> None:
    spec = resolve("base=mine", ready=Ready(kind="exit"))
    assert (spec.name, spec.program, spec.ready.kind) == ("base", "mine", "exit")


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("cmd:bin/tool get pods", "tool", ("get", "pods")),
        ("head=cmd:bin/tool --as=me 'two words'", "head", ("--as=me", "two words")),
        ("cmd:bin/tool --as=me", "tool", ("--as=me",)),
    ],
)
def test_a_command(project: Path, text: str, name: str, arguments: tuple[str, ...]) -> None:
    """It runs to its end unless told otherwise; a name stands before the first ``=`` that no ``:`` precedes."""
    spec = resolve(text)
    assert (spec.name, spec.program, spec.client) == (name, "tool", None)
    assert spec.command == (f"{project}/bin/tool", *arguments)
    assert spec.ready == Ready(kind="exit")


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        ("mime", "no client named 'mime'", "did you mean 'mine'"),
        ("zzzzzz", "no client named 'zzzzzz'", "mine"),
        ("zzzzzz", "no client named 'zzzzzz'", "cmd:"),
        ("old=git:main", "git:main: no project's own target is known here", "run or check"),
        ("pip:no-recipe==1", "no client is made of it", "-- PROGRAM"),
        ("cmd:nothing here", "nothing: no such program on PATH", "install it"),
        ("cmd:./nothing", "./nothing: no such file", "looked for in"),
        ("cmd:bin/", "bin/: a folder, not a program", ""),
        ("cmd:", "a target without a command", "cmd:"),
        ("cmd:'open", "no closing quotation", "quote it"),
        ("", "no target", "client"),
        ("base=", "no target", "client"),
        ("-x=mine", "'-x' is no name for a target", "letters"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(text: str, message: str, advice: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(text)
    assert message in caught.value.message
    assert advice in caught.value.advice
    assert "\n" not in caught.value.message + caught.value.advice


def test_a_missing_module_says_how_to_get_it(project: Path) -> None:
    _client(project, "far", RECIPE.replace('"msgspec", advice', '"no_such.module", advice'))
    with pytest.raises(UsageError, match=r"client far needs the Python module no_such\.module") as caught:
        resolve("far")
    assert caught.value.advice == "pip install msgspec"


def test_a_missing_program_says_how_to_get_it(project: Path) -> None:
    requires = 'requires = { program = "k9x", advice = "get k9x" }'
    _client(project, "tui", f'schema = 1\ntitle = "T"\ncommand = ["k9x"]\n{requires}\n')
    with pytest.raises(UsageError, match="client tui needs the program k9x") as caught:
        resolve("tui")
    assert caught.value.advice == "get k9x"


def test_a_program_beside_the_interpreter_is_found(project: Path) -> None:
    """Wheels put programs there, and nobody need activate the environment."""
    assert resolve_command(["tool"], python=f"{project}/bin/python").command == (f"{project}/bin/tool",)


def test_a_table_with_a_command_starts_at_the_project_root(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "deep").mkdir()
    monkeypatch.chdir(project / "deep")
    spec = resolve_table(TargetTable(name="mine", command=("bin/tool", "x"), environment={"A": "1"}))
    assert spec.command == (f"{project}/bin/tool", "x")
    assert (spec.name, spec.environment, spec.ready.kind) == ("mine", {"A": "1"}, "exit")


def test_a_table_with_a_client_adds_to_its_recipe() -> None:
    table = TargetTable(name="x", client="mine", environment={"A": "1"}, ready=Ready(kind="exit"))
    spec = resolve_table(table)
    assert (spec.name, spec.client, spec.ready.kind) == ("x", "mine", "exit")
    assert spec.environment == {"COLOUR": "blue", "A": "1"}
