"""A project's target as a commit has it: the one target that is asked for, its build, its like in a work tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from perfkit.errors import TargetError, UsageError
from perfkit.targets.relocation import files, missing, transplanted
from perfkit.targets.repository import build
from perfkit.views.console import stderr

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.commands.preparation import Prepared
    from perfkit.model.scenario import TargetSpec
    from perfkit.targets.repository import Commit, Repository


def single(prepared: Prepared) -> Prepared:
    """What has one target, and no other does. Raises UsageError."""
    names = [target.name for target in prepared.scenario.targets]
    if len(names) != 1:
        raise UsageError(
            f"{prepared.scenario.name}: targets {', '.join(names)}, but the base is built from git",
            "name one target, the head: -t CLIENT or -t 'cmd:./client'",
        )
    return prepared


def built(command: str | None, folder: Path, what: str) -> None:
    """Say what is at hand, and build it where a command says how. Raises TargetError: the build fails."""
    stderr().print(f"{'building ' if command else ''}{what}", markup=False, soft_wrap=True)
    if command is not None:
        build(command, folder)


def twin(head: TargetSpec, repository: Repository, commit: Commit, tree: Path) -> TargetSpec:
    """The like of a target in a work tree of ``commit``, with its name still, and the commit as its version.

    Raises:
        UsageError: nothing of the target is in the repository, so that all commits have the same.
        TargetError: the commit, or its build, lacks a file that the target runs.
    """
    other = transplanted(head, repository.top, tree)
    if not _depends_on(head, repository.top, other):
        raise UsageError(
            f"target {head.name}: no file of its command lies in {repository.top}: git has no older version of it",
            "give both targets: -t base=… -t head=…, or --baseline LABEL, or what makes the file: --build COMMAND",
        )
    for path in missing(head, other):
        raise TargetError(
            f"{commit.short} has no {path.relative_to(tree)}, which target {head.name} runs",
            "let --build 'COMMAND' make it; it is run for each commit",
        )
    return msgspec.structs.replace(other, version=commit.short)


def _depends_on(head: TargetSpec, top: Path, other: TargetSpec) -> bool:
    """Whether a target is made of what is below ``top``: a file, a variable, a module of the folder it starts in."""
    if "-m" in head.command and not {"-P", "-I"} & set(head.command):
        return True
    elsewhere = (other.command, other.environment) == (head.command, head.environment)
    return not elsewhere or any(path.is_relative_to(top) for path in files(head))
