"""Programs by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perfkit.errors import TargetError
from perfkit.targets.programs import find_program, program_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("kubectl get pods", "kubectl"),
        ("./old/k9s -A", "k9s"),
        ("/opt/new/k9s", "k9s"),
        ("python tui.py --all", "tui.py"),
        ("/usr/bin/python3.12 -X dev -u src/tui.py", "tui.py"),
        ("python -m kr8s.cli get", "kr8s.cli"),
        ("python -c pass", "python"),
        ("python", "python"),
        ("node --require ./hook.js dist/index.js", "index.js"),
        ("java -cp a.jar -jar app.jar", "app.jar"),
        ("bash -e run.sh", "bash"),
        ("bash run.sh", "run.sh"),
        ("pythonic x", "pythonic"),
    ],
)
def test_program_of_a_command(command: str, program: str) -> None:
    """Two builds of one program are one program; an interpreter is not what is measured."""
    assert program_of(command.split()) == program


def _executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_a_bare_name_is_looked_for_on_the_path_given(tmp_path: Path) -> None:
    tool = _executable(tmp_path / "bin/tool")
    assert find_program("tool", f"/nowhere:{tool.parent}", tmp_path) == tool


def test_a_path_is_relative_to_the_folder(tmp_path: Path) -> None:
    tool = _executable(tmp_path / "bin/tool")
    assert find_program("bin/tool", "", tmp_path) == tool
    assert find_program("./bin/tool", "", tmp_path) == tool
    assert find_program(str(tool), "", tmp_path / "elsewhere") == tool


def test_what_is_wrong_is_told(tmp_path: Path) -> None:
    (tmp_path / "text").touch(mode=0o644)
    for word, why in (
        ("nothing", "no such program on PATH"),
        ("./nothing", "no such file"),
        ("./", "a folder"),
        ("./text", "not executable"),
    ):
        with pytest.raises(TargetError, match=why) as caught:
            find_program(word, str(tmp_path), tmp_path)
        assert caught.value.message.startswith(word)
