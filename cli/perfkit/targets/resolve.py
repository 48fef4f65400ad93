"""From what a person writes to a ``TargetSpec``: what stands after ``-t``, ``-- WORDS``, ``[[target]]``.

All that can be wrong with a target before it is started is found here, and told in one line.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit import bundled
from perfkit.errors import ScenarioError, TargetError, UsageError
from perfkit.model.scenario import Ready, TargetSpec
from perfkit.model.sources import GitRef
from perfkit.storage.clients import find_client
from perfkit.storage.targets import default_name, versioned_name
from perfkit.targets import installed, written
from perfkit.targets.programs import find_program, program_of
from perfkit.targets.written import Written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from perfkit.storage.clients import ClientRecipe
    from perfkit.storage.targets import TargetTable
    from perfkit.targets.versions.fetch import Fetched

COMMAND_READY: Final = Ready(kind="exit")  # a command that nobody described runs to its end, as with hyperfine
ASK_TIMEOUT: Final = 20.0  # seconds for a program to tell its version

_VERSION: Final = re.compile(r"v?\d+\.\d+[\w.+-]*")


def _silent(_: str) -> None:
    """Nobody waits."""


class Host(msgspec.Struct, frozen=True):
    """What runs a target: ``python`` clients that are Python programs; ``programs`` is searched before PATH."""

    python: str = sys.executable
    programs: str = ""

    @property
    def search(self) -> str:
        """A PATH; programs beside the interpreter are its last, where wheels put theirs."""
        usual = os.environ.get("PATH", os.defpath)
        return os.pathsep.join(filter(None, (self.programs, usual, str(Path(self.python).parent))))


def resolve(
    text: str,
    *,
    ready: Ready | None = None,
    python: str = sys.executable,
    tell: Callable[[str], None] = _silent,
) -> TargetSpec:
    """A target as written after ``-t``, but for ``git:``, which is a project's own target: ``resolve_table`` first.

    ``ready`` overrides its own; ``python`` runs clients that are Python programs. What is not here yet is fetched,
    which takes a while: ``tell`` is told of it.

    Raises:
        UsageError: not of that form, an unknown client or version, a program or library that is not here.
        TargetError: a version can't be had.
        StorageError: nor be kept.
    """
    asked = written.read(text)
    if asked.command:
        return resolve_command(asked.command, name=asked.name, ready=ready, python=python)
    if asked.source is not None or asked.version:
        return _fetched(asked, ready, tell)
    return _resolve_client(asked.client, name=asked.name, ready=ready, python=python)


def resolve_command(
    words: Sequence[str], *, name: str = "", ready: Ready | None = None, python: str = sys.executable
) -> TargetSpec:
    """A command, as written after ``cmd:`` or ``--``. Raises UsageError when its program is not here."""
    if not words:
        raise UsageError("a target without a command", "write -t 'cmd:kubectl get pods', or -- kubectl get pods")
    return _of_command(words, name, ready, Host(python))


def _of_command(words: Sequence[str], name: str, ready: Ready | None, host: Host) -> TargetSpec:
    program = program_of(words)
    return TargetSpec(
        name=name or default_name(program),
        program=program,
        command=(_find(words[0], host, Path.cwd()), *words[1:]),
        ready=ready or COMMAND_READY,
    )


def resolve_table(
    table: TargetTable, *, python: str = sys.executable, tell: Callable[[str], None] = _silent
) -> TargetSpec:
    """A ``[[target]]`` of a scenario or project; a program given by its path is looked for from the project's root.

    Raises:
        UsageError, TargetError, StorageError: as ``resolve`` does.
    """
    if table.client is not None and table.version:
        origin = f"{table.client}@{table.version}"
        asked = Written(name=table.name, client=table.client, version=table.version, origin=origin)
        spec = _fetched(asked, table.ready, tell)
    elif table.client is not None:
        spec = _resolve_client(table.client, name=table.name, ready=table.ready, python=python)
    else:
        program = _find(table.command[0], Host(python), bundled.project_root())
        spec = resolve_command((program, *table.command[1:]), name=table.name, ready=table.ready, python=python)
    return _as_table(spec, table)


def described(table: TargetTable) -> TargetSpec:
    """The same where its program, given by its path, need not be here: another commit has it.

    Raises:
        UsageError: as ``resolve`` does.
    """
    if table.client is not None or "/" not in table.command[0]:
        return resolve_table(table)
    command = (str(bundled.project_root() / table.command[0]), *table.command[1:])
    ready = table.ready or COMMAND_READY
    return _as_table(TargetSpec(name=table.name, program=program_of(command), command=command, ready=ready), table)


def _as_table(spec: TargetSpec, table: TargetTable) -> TargetSpec:
    return msgspec.structs.replace(
        spec,
        command=(*spec.command, *table.arguments),
        environment={**spec.environment, **table.environment},
        terminal=table.terminal or spec.terminal,
        quit=table.quit or spec.quit,
    )


def _recipe(client: str) -> ClientRecipe:
    try:
        return find_client(client)
    except ScenarioError as error:
        raise UsageError(error.message, f"{error.advice} (a command of your own is written cmd:…)") from error


def _resolve_client(client: str, *, name: str, ready: Ready | None, python: str) -> TargetSpec:
    recipe, host = _recipe(client), Host(python)
    toolchain = _required(recipe, host)
    spec = _of_recipe(recipe, name, ready, host)
    return msgspec.structs.replace(
        spec,
        version=_version(recipe, host, toolchain),
        toolchain={name: toolchain[name] for name in ("python", *recipe.toolchain) if name in toolchain},
    )


def _of_recipe(recipe: ClientRecipe, name: str, ready: Ready | None, host: Host) -> TargetSpec:
    """What a recipe says, without a version."""
    command = recipe.filled(recipe.command, host.python)
    return TargetSpec(
        name=name or recipe.name,
        program=recipe.name,
        command=(_find(command[0], host, Path.cwd()), *command[1:]),
        environment=recipe.environment,
        ready=ready or recipe.ready,
        client=recipe.name,
        terminal=recipe.terminal,
        files=recipe.files,
        quit=recipe.quit,
        pprof=recipe.pprof,
    )


# ---- versions


def _fetched(asked: Written, ready: Ready | None, tell: Callable[[str], None]) -> TargetSpec:
    """A version from where it is published: what a recipe runs of it, or the words."""
    from perfkit.targets.versions.fetch import completed, fetch, recipe_of, source_of

    if isinstance(asked.source, GitRef):
        raise UsageError(f"-t {asked.origin}: no project's own target is known here", "say it to run or check")
    recipe = _recipe(asked.client) if asked.client else None
    source = asked.source if recipe is None else source_of(recipe, asked.version)
    assert source is not None
    if recipe is None and not asked.words:
        recipe = recipe_of(source)
    if recipe is not None:
        source = completed(source, recipe)
    program = recipe.requires.program if recipe and recipe.requires else ""
    found = fetch(source, program or program_of(asked.words or ("",)), tell)
    host = Host(found.python or sys.executable, str(found.programs))
    if recipe is not None:
        spec = _of_recipe(recipe, asked.name, ready, host)
    else:
        spec = _of_command(asked.words, asked.name, ready, host)
    return _versioned(spec, asked, found, recipe.toolchain if recipe else ())


def _versioned(spec: TargetSpec, asked: Written, found: Fetched, told: Sequence[str]) -> TargetSpec:
    """A target with all that is known of its version; ``told`` are the parts that every table names."""
    parts = found.made.parts
    chain = [name for name in ("python", "go", *map(written.requirement_name, told)) if name in parts]
    return msgspec.structs.replace(
        spec,
        name=asked.name or versioned_name(spec.program, found.made.version),
        version=found.made.version,
        origin=asked.origin,
        toolchain={name: parts[name] for name in chain},
        dependencies={name: version for name, version in parts.items() if name not in chain},
        hashes=found.made.hashes,
    )


# ---- what is here


def _find(word: str, host: Host, folder: Path) -> str:
    """The absolute path of a program."""
    try:
        return str(find_program(word, host.search, folder))
    except TargetError as error:
        raise UsageError(error.message, error.advice) from error


def _required(recipe: ClientRecipe, host: Host) -> dict[str, str]:
    """Check what a client requires; the versions of what it is made of, by distribution.

    Raises:
        UsageError: it is not here; how to get it.
    """
    requires = recipe.requires
    if requires is None:
        return {}
    if requires.program:
        try:
            _find(requires.program, host, Path.cwd())
        except UsageError:
            message = f"client {recipe.name} needs the program {requires.program}"
            raise UsageError(message, requires.advice) from None
        return {}
    found, versions = _look(host.python, requires.module, [requires.package or requires.module, *recipe.toolchain])
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


def _version(recipe: ClientRecipe, host: Host, toolchain: Mapping[str, str]) -> str:
    """That of the package the client is made of; where there is none, what the client's version command prints."""
    requires = recipe.requires
    if requires is not None and (known := toolchain.get(requires.package or requires.module)):
        return known
    if not recipe.version:
        return ""
    command = recipe.filled(recipe.version, host.python)
    lines = (_ask((_find(command[0], host, Path.cwd()), *command[1:])) or "").strip().splitlines()
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
