"""From what a person writes to a ``TargetSpec``: ``-t [NAME=](CLIENT | cmd:WORDS)``, ``-- WORDS``, ``[[target]]``.

All that can be wrong with a target before it is started is found here, and told in one line.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit import bundled
from perfkit.errors import ScenarioError, TargetError, UsageError
from perfkit.model.scenario import Ready, TargetSpec
from perfkit.storage.clients import find_client
from perfkit.storage.targets import default_name, valid_name
from perfkit.targets import installed
from perfkit.targets.programs import find_program, program_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfkit.storage.clients import ClientRecipe
    from perfkit.storage.targets import TargetTable

COMMAND: Final = "cmd"
LATER: Final = ("pip", "git", "go", "gh", "npm")  # prefixes of what would have to be fetched
COMMAND_READY: Final = Ready(kind="exit")  # a command that nobody described runs to its end, as with hyperfine
ASK_TIMEOUT: Final = 20.0  # seconds for a program to tell its version

_NAMED: Final = re.compile(r"([^=:/\s]+)=(.*)", re.DOTALL)
_VERSION: Final = re.compile(r"v?\d+\.\d+[\w.+-]*")


def resolve(text: str, *, ready: Ready | None = None, python: str = sys.executable) -> TargetSpec:
    """A target as written after ``-t``. ``ready`` overrides its own; ``python`` runs clients that are Python programs.

    Raises:
        UsageError: not of that form, an unknown client, a program or library that is not here.
    """
    name, rest = split_name(text)
    kind, colon, detail = rest.partition(":")
    if colon and kind == COMMAND:
        return resolve_command(_shell_words(detail), name=name, ready=ready, python=python)
    if colon and kind in LATER:
        raise UsageError(
            f"-t {text}: {kind}: targets are not supported yet",
            f"install it in a place of its own and give its program: -t '{name or 'NAME'}=cmd:/path/to/program …'",
        )
    return _resolve_client(rest, name=name, ready=ready, python=python)


def resolve_command(
    words: Sequence[str], *, name: str = "", ready: Ready | None = None, python: str = sys.executable
) -> TargetSpec:
    """A command, as written after ``cmd:`` or ``--``. Raises UsageError when its program is not here."""
    if not words:
        raise UsageError("a target without a command", "write -t 'cmd:kubectl get pods', or -- kubectl get pods")
    program = program_of(words)
    return TargetSpec(
        name=name or default_name(program),
        program=program,
        command=(_find(words[0], python, Path.cwd()), *words[1:]),
        ready=ready or COMMAND_READY,
    )


def resolve_table(table: TargetTable, *, python: str = sys.executable) -> TargetSpec:
    """A ``[[target]]`` of a scenario or project; a program given by its path is looked for from the project's root.

    Raises:
        UsageError: as ``resolve`` does.
    """
    if table.client is not None:
        spec = _resolve_client(table.client, name=table.name, ready=table.ready, python=python)
    else:
        program = _find(table.command[0], python, bundled.project_root())
        spec = resolve_command((program, *table.command[1:]), name=table.name, ready=table.ready, python=python)
    return msgspec.structs.replace(
        spec,
        environment={**spec.environment, **table.environment},
        terminal=table.terminal or spec.terminal,
        quit=table.quit or spec.quit,
    )


def _resolve_client(client: str, *, name: str, ready: Ready | None, python: str) -> TargetSpec:
    try:
        recipe = find_client(client)
    except ScenarioError as error:
        raise UsageError(error.message, f"{error.advice} (a command of your own is written cmd:…)") from error
    toolchain = _required(recipe, python)
    command = recipe.filled(recipe.command, python)
    return TargetSpec(
        name=name or recipe.name,
        program=recipe.name,
        command=(_find(command[0], python, Path.cwd()), *command[1:]),
        environment=recipe.environment,
        ready=ready or recipe.ready,
        client=recipe.name,
        version=_version(recipe, python, toolchain),
        toolchain={name: toolchain[name] for name in ("python", *recipe.toolchain) if name in toolchain},
        terminal=recipe.terminal,
        files=recipe.files,
        quit=recipe.quit,
        pprof=recipe.pprof,
    )


def split_name(text: str) -> tuple[str, str]:
    """``base=cmd:x --a=b`` → ``(base, cmd:x --a=b)``; ``cmd:x --a=b`` has no name."""
    match = _NAMED.fullmatch(text)
    name, rest = match.groups() if match else ("", text)
    if match and not valid_name(name):
        raise UsageError(f"-t {text}: {name!r} is no name for a target", "use letters, digits, and . _ @ + -")
    if not rest:
        raise UsageError(f"-t {text!r}: no target", "write a client's name, or cmd: and a command")
    return name, rest


def _shell_words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"cmd:{text}: {str(error).lower()}", "quote it as for a shell") from error


def _find(word: str, python: str, folder: Path) -> str:
    """The absolute path of a program: of PATH, then of those beside the interpreter, where wheels put theirs."""
    search = os.pathsep.join((os.environ.get("PATH", os.defpath), str(Path(python).parent)))
    try:
        return str(find_program(word, search, folder))
    except TargetError as error:
        raise UsageError(error.message, error.advice) from error


def _required(recipe: ClientRecipe, python: str) -> dict[str, str]:
    """Check what a client requires; the versions of what it is made of, by distribution.

    Raises:
        UsageError: it is not here; how to get it.
    """
    requires = recipe.requires
    if requires is None:
        return {}
    if requires.program:
        try:
            _find(requires.program, python, Path.cwd())
        except UsageError:
            message = f"client {recipe.name} needs the program {requires.program}"
            raise UsageError(message, requires.advice) from None
        return {}
    found, versions = _look(python, requires.module, [requires.package or requires.module, *recipe.toolchain])
    if not found:
        raise UsageError(f"client {recipe.name} needs the Python module {requires.module}", requires.advice)
    return versions


def _look(python: str, module: str, distributions: list[str]) -> tuple[bool, dict[str, str]]:
    """``installed.look`` as ``python`` sees it."""
    if python == sys.executable:
        return installed.look(module, distributions)
    text = Path(installed.__file__).read_text(encoding="utf-8")
    said = _ask((python, "-c", text, module, *distributions))
    if said is None:
        raise UsageError(f"{python}: does not work as a Python interpreter")
    found, versions = json.loads(said)
    return found, versions


def _version(recipe: ClientRecipe, python: str, toolchain: Mapping[str, str]) -> str:
    """That of the package the client is made of; where there is none, what the client's version command prints."""
    requires = recipe.requires
    if requires is not None and (known := toolchain.get(requires.package or requires.module)):
        return known
    if not recipe.version:
        return ""
    command = recipe.filled(recipe.version, python)
    lines = (_ask((_find(command[0], python, Path.cwd()), *command[1:])) or "").strip().splitlines()
    return version_in(lines[0]) if lines else ""


def version_in(line: str) -> str:
    """The version that a line tells, as short as it can be said: of ``Version   dev`` the second word."""
    match = _VERSION.search(line)
    return match[0] if match else " ".join(line.split()).removeprefix("Version ")


def _ask(command: Sequence[str]) -> str | None:
    """What a program prints; None when it fails. It runs in ``/``, so that nothing here is taken for a module."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ASK_TIMEOUT,
            cwd="/",
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None
