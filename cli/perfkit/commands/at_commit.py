"""A project's target as a commit has it: the one target that is asked for, and its build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.errors import UsageError
from perfkit.targets.repository import build
from perfkit.views.console import stderr

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.commands.preparation import Prepared


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
