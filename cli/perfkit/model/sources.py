"""Where a version of a target comes from: a tagged union, written as after ``-t``."""

from __future__ import annotations

from typing import Final

import msgspec

NEWEST: Final = "latest"  # a version that is found out anew each time


class Package(msgspec.Struct, frozen=True, tag="pip"):
    """A distribution of a Python package index, such as ``kr8s==0.17.0``, in an environment of its own.

    ``besides`` are further requirements that go into the same environment.
    """

    requirement: str
    besides: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join((f"pip:{self.requirement}", *self.besides))


class GitRef(msgspec.Struct, frozen=True, tag="git"):
    """The project's own target as a commit has it."""

    ref: str

    def __str__(self) -> str:
        return f"git:{self.ref}"


class GoPackage(msgspec.Struct, frozen=True, tag="go"):
    """A program that ``go install PATH@VERSION`` builds."""

    path: str
    version: str

    def __str__(self) -> str:
        return f"go:{self.path}@{self.version}"


class Release(msgspec.Struct, frozen=True, tag="gh"):
    """The program in a GitHub release; ``repository`` is ``OWNER/REPO``."""

    repository: str
    tag: str

    def __str__(self) -> str:
        return f"gh:{self.repository}@{self.tag}"


Source = Package | GitRef | GoPackage | Release
