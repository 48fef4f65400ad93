"""What every profiler can be asked: whether it is of use for a target here, and to capture one trial of it."""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from perfkit.errors import ResultError

if TYPE_CHECKING:
    from perfkit.model.profile import Profile
    from perfkit.model.protocols import Capture
    from perfkit.model.scenario import TargetSpec

_PYTHON: Final = re.compile(r"(?:python|pypy)[\d.]*")


@dataclass(frozen=True, slots=True)
class Window:
    """The step that alone is profiled, and how long it takes where that is known; without a name the whole life."""

    step: str = ""
    seconds: float = 0.0


class Tool(Protocol):
    """A profiler."""

    @property
    def name(self) -> str:
        """What ``--with`` calls it, and the files it leaves."""
        ...

    def obstacle(self, target: TargetSpec, window: Window) -> str:
        """Why it is of no use for this target, here, and what to do about it, in one line; empty: it can be used."""
        ...

    def capture(self, target: TargetSpec, stem: Path, window: Window) -> Capture:
        """Be ready to capture one trial into files that are named like ``stem`` and an ending."""
        ...


class QuietCapture:
    """A capture that does nothing by itself: what the others change is theirs. A ``model.protocols.Capture``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def wrap(self, target: TargetSpec) -> TargetSpec:
        """The target as it is."""
        return target

    def started(self, pid: int) -> None:
        """The target runs."""

    def enter(self, step: str) -> None:
        """A step begins."""

    def leave(self) -> None:
        """The step has ended."""

    def end(self) -> None:
        """The target has ended."""

    def read(self, output: Path) -> Profile:
        """What the profiler left in its file. Raises ResultError: nothing."""
        from perfkit.profilers.files import read_profile

        del output
        if not self.path.exists() or not self.path.stat().st_size:
            raise ResultError(self.why_nothing())
        return read_profile(self.path)

    def why_nothing(self) -> str:
        """Why there is no file, as far as is known."""
        return "it left no profile: the target ended too soon, or was killed before it could write one"


def python_command(target: TargetSpec) -> tuple[str, ...]:
    """The command with its Python interpreter first, also of a script that names it; empty: not a Python program."""
    program = target.command[0]
    if _PYTHON.fullmatch(Path(program).name):
        return target.command
    try:
        with Path(program).open("rb") as file:
            first = file.readline(256).decode(errors="replace")
    except OSError:
        return ()
    words = first[2:].split() if first.startswith("#!") else []
    if words and Path(words[0]).name == "env":
        words = words[1:]
    if not words or not _PYTHON.fullmatch(Path(words[0]).name):
        return ()
    return (shutil.which(words[0]) or words[0], *words[1:], *target.command)


def beside_us(program: str) -> str | None:
    """A program of PATH, or of those beside our interpreter."""
    search = os.pathsep.join((os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)))
    return shutil.which(program, path=search)
