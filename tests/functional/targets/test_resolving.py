"""Targets whose resolution asks another program."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from perfkit.errors import UsageError
from perfkit.targets.resolve import resolve

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.functional

MODULE = """schema = 1
title = "M"
command = ["{python}", "-V"]
requires = { module = "%s", package = "pytest", advice = "get it" }
toolchain = ["pytest"]
"""
PROGRAM = """schema = 1
title = "P"
command = ["sh"]
version = ["sh", "-c", "%s"]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "perfkit.toml").write_text("schema = 1\n")
    (tmp_path / "fixtures" / "clients").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _client(project: Path, text: str) -> None:
    (project / "fixtures" / "clients" / "mine.toml").write_text(text)


@pytest.fixture
def another(project: Path) -> str:
    """Another path of this interpreter: perfkit does not know that it is the same."""
    wrapper = project / "python"
    wrapper.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    wrapper.chmod(0o755)
    return str(wrapper)


def test_another_interpreter_is_asked_what_it_has(project: Path, another: str) -> None:
    """It finds the same as this one, when it is the same."""
    _client(project, MODULE % "pytest")
    here, there = resolve("mine"), resolve("mine", python=another)
    assert there.command == (another, "-V")
    assert (there.version, there.toolchain) == (here.version, here.toolchain)
    assert set(there.toolchain) == {"python", "pytest"}


def test_a_module_that_another_interpreter_lacks(project: Path, another: str) -> None:
    """A file of that name in the working directory is not taken for it."""
    _client(project, MODULE % "lacking")
    (project / "lacking.py").touch()
    with pytest.raises(UsageError, match="needs the Python module lacking"):
        resolve("mine", python=another)


def test_an_interpreter_that_is_none(project: Path) -> None:
    _client(project, MODULE % "pytest")
    with pytest.raises(UsageError, match="/bin/false: does not work as a Python interpreter"):
        resolve("mine", python="/bin/false")


@pytest.mark.parametrize(
    ("says", "version"),
    [
        ("echo 'Client Version: v1.37.0'; echo 'Kustomize Version: v5.7.1'", "v1.37.0"),
        ("echo k9s 0.50.16-rc.1+dirty linux", "0.50.16-rc.1+dirty"),
        ("echo build of today", "build of today"),
        ("echo 'Version              dev'", "dev"),
        ("exit 1", ""),
        ("true", ""),
    ],
)
def test_a_version_is_what_the_program_says(project: Path, says: str, version: str) -> None:
    """The first version number of its first line; a program that can't say leaves it open."""
    _client(project, PROGRAM % says)
    assert resolve("mine").version == version
