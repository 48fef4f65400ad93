"""From what a person writes to a ``TargetSpec``: ``-t [NAME=](CLIENT | cmd:WORDS)``, ``-- WORDS``, ``[[target]]``."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from perfkit.errors import ScenarioError, UsageError
from perfkit.model.scenario import Ready, TargetSpec
from perfkit.storage.clients import find_client
from perfkit.storage.targets import default_name, valid_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.storage.clients import ClientRecipe, Requirement
    from perfkit.storage.targets import TargetTable

LATER: Final = ("pip", "git", "go", "gh", "npm")  # prefixes that name a version to be fetched
INTERPRETERS: Final = re.compile(r"(python|pypy)[\d.]*|node|ruby|perl|bash|dash|sh|zsh|java")
VERSION_TIMEOUT: Final = 20.0  # seconds
COMMAND_READY: Final = Ready(kind="exit")  # a command that nobody described runs to its end, as with hyperfine


def resolve(text: str, *, ready: Ready | None = None) -> TargetSpec:
    """A target as written after ``-t``. ``ready`` overrides its own condition.

    Raises:
        UsageError: not of that form, an unknown client, a program or library that is not here.
    """
    name, rest = _split_name(text)
    kind, colon, detail = rest.partition(":")
    if colon and kind == "cmd":
        return resolve_command(_shell_words(detail), name=name, ready=ready)
    if colon and kind in LATER:
        raise UsageError(
            f"{rest}: {kind}: targets are not supported yet",
            "install that version in an environment of its own, and name its program: -t 'NAME=cmd:…'",
        )
    return _resolve_client(rest, name=name, ready=ready)


def resolve_command(words: Sequence[str], *, name: str = "", ready: Ready | None = None) -> TargetSpec:
    """A command as written after ``cmd:`` or ``--``. Raises UsageError when its program is not here."""
    if not words:
        raise UsageError("a target without a command", "write -t 'cmd:kubectl get pods', or -- kubectl get pods")
    command = (_program(words[0]), *_absolute(words[1:]))
    program = program_of(words)
    return TargetSpec(
        name=name or default_name(program), program=program, command=command, ready=ready or COMMAND_READY
    )


def resolve_table(table: TargetTable) -> TargetSpec:
    """A ``[[target]]`` of a scenario or project. Raises UsageError as ``resolve`` does."""
    if table.client is not None:
        spec = _resolve_client(table.client, name=table.name, ready=table.ready)
    else:
        spec = resolve_command(table.command, name=table.name, ready=table.ready)
    environment = {**spec.environment, **table.environment}
    return TargetSpec(
        name=spec.name,
        program=spec.program,
        command=spec.command,
        environment=environment,
        ready=spec.ready,
        client=spec.client,
        version=spec.version,
        toolchain=spec.toolchain,
    )


def program_of(words: Sequence[str]) -> str:
    """What tells versions of one program apart from other programs: the script's name, or that of the program."""
    names = [PurePath(word).name for word in words]
    if INTERPRETERS.fullmatch(names[0]):
        script = next((name for word, name in zip(words[1:], names[1:], strict=True) if not word.startswith("-")), "")
        return script or names[0]
    return names[0]


def _resolve_client(client: str, *, name: str, ready: Ready | None) -> TargetSpec:
    try:
        recipe = find_client(client)
    except ScenarioError as error:
        raise UsageError(error.message, error.advice or "a command is written cmd:…") from error
    _check_requirement(recipe)
    command = recipe.filled(recipe.command, sys.executable)
    return TargetSpec(
        name=name or recipe.name,
        program=recipe.name,
        command=(_program(command[0]), *command[1:]),
        environment=recipe.environment,
        ready=ready or recipe.ready,
        client=recipe.name,
        version=_version(recipe),
        toolchain=_toolchain(recipe),
    )


def _split_name(text: str) -> tuple[str, str]:
    """``base=cmd:x --a=b`` → ``(base, cmd:x --a=b)``; an ``=`` that follows no valid name belongs to the rest."""
    name, equals, rest = text.partition("=")
    return (name, rest) if equals and valid_name(name) and rest else ("", text)


def _shell_words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"cmd:{text}: {error}", "quote it as for a shell") from error


def _program(word: str) -> str:
    """The program's absolute path: PATH, then the folder of perfkit's own interpreter, where wheels put programs."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which(word) or shutil.which(word, path=beside)
    if found is None:
        raise UsageError(f"{word}: no such program", "is it installed, executable and on PATH?")
    return str(Path(found).absolute())


def _absolute(words: Sequence[str]) -> tuple[str, ...]:
    """Arguments that are files here stay files when the target runs in a home of its own."""
    return tuple(str(Path(word).absolute()) if "/" not in word[:1] and _is_file(word) else word for word in words)


def _is_file(word: str) -> bool:
    try:
        return Path(word).is_file()
    except (OSError, ValueError):
        return False


def _check_requirement(recipe: ClientRecipe) -> None:
    requirement = recipe.requires
    if requirement is None:
        return
    if requirement.program and _missing_program(requirement):
        raise UsageError(f"client {recipe.name} needs the program {requirement.program}", requirement.advice)
    if requirement.module and importlib.util.find_spec(requirement.module) is None:
        raise UsageError(f"client {recipe.name} needs the library {requirement.module}", requirement.advice)


def _missing_program(requirement: Requirement) -> bool:
    try:
        _program(requirement.program)
    except UsageError:
        return True
    return False


def _version(recipe: ClientRecipe) -> str:
    if not recipe.version:
        return ""
    command = recipe.filled(recipe.version, sys.executable)
    try:
        done = subprocess.run(
            [_program(command[0]), *command[1:]],
            capture_output=True,
            text=True,
            timeout=VERSION_TIMEOUT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = done.stdout.strip().splitlines()
    return lines[0].strip() if done.returncode == 0 and lines else ""


def _toolchain(recipe: ClientRecipe) -> dict[str, str]:
    """Interpreter and libraries, by their versions."""
    if not recipe.toolchain:
        return {}
    versions = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in recipe.toolchain:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions
