"""What ``perfkit init`` finds out by itself: which program, how it is built, which CI, which branch."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from perfkit.errors import UsageError
from perfkit.storage.clients import find_client
from perfkit.targets.repository import Repository
from perfkit.targets.written import COMMAND, split_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CI = Literal["github", "gitlab"]


class FoundTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A target to write down: a ``client`` or a ``command``. ``build`` makes its program, ``source`` told of it."""

    name: str = ""
    client: str = ""
    command: str = ""
    build: str = ""
    source: str = ""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the project lies: ``top`` is the repository's root (without one, the project's), ``branch`` its default."""

    project: Path
    top: Path
    branch: str = "main"
    remote: str = ""


def find_place(project: Path) -> Place:
    """The repository around a project, as far as there is one."""
    try:
        repository = Repository.around(project)
    except UsageError:
        return Place(project=project, top=project)
    branch = repository.branch_name() or "main"
    return Place(project=project, top=repository.top, branch=branch, remote=repository.remote())


def find_ci(place: Place) -> CI | None:
    """The service whose files are there, else the one that the repository came from."""
    if (place.top / ".github").is_dir():
        return "github"
    if (place.top / ".gitlab-ci.yml").exists():
        return "gitlab"
    for name in ("github", "gitlab"):
        if name in place.remote:
            return name
    return None


def said_target(text: str) -> FoundTarget:
    """A target as written after ``-t``; its program may not be built yet. Raises UsageError, ScenarioError."""
    name, rest = split_name(text)
    kind, colon, detail = rest.partition(":")
    if colon and kind == COMMAND:
        return FoundTarget(name=name, command=detail, source="-t")
    return FoundTarget(name=name, client=find_client(rest).name, source="-t")


def find_target(project: Path) -> FoundTarget | None:
    """The program that a project's build files tell of: Go, Rust, a Python script or a Node program; None: none."""
    for file, read in _READERS.items():
        path = project / file
        if path.is_file() and (found := _read(path, read)):
            return msgspec.structs.replace(found, source=file)
    return None


def _read(path: Path, read: Callable[[str, Path], FoundTarget | None]) -> FoundTarget | None:
    """A build file that is not what its name says tells nothing."""
    try:
        return read(path.read_text(encoding="utf-8"), path.parent)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _go(text: str, folder: Path) -> FoundTarget | None:
    match = re.search(r"^module\s+(\S+)", text, re.MULTILINE)
    if match is None:
        return None
    name = re.sub(r"/v\d+$", "", match[1]).rpartition("/")[2]
    package = "." if (folder / "main.go").is_file() else f"./cmd/{name}"
    return FoundTarget(name=name, command=f"./bin/{name}", build=f"go build -o bin/{name} {package}")


def _rust(text: str, _folder: Path) -> FoundTarget | None:
    name = _clean(tomllib.loads(text)["package"]["name"])
    return FoundTarget(name=name, command=f"./target/release/{name}", build="cargo build --release --locked")


def _python(text: str, _folder: Path) -> FoundTarget | None:
    scripts: dict[str, Any] = tomllib.loads(text)["project"]["scripts"]
    name = _clean(next(iter(scripts.keys()), ""))
    build = "python3 -m venv .venv && .venv/bin/pip install --quiet ."
    return FoundTarget(name=name, command=f".venv/bin/{name}", build=build) if name else None


def _node(text: str, _folder: Path) -> FoundTarget | None:
    package = json.loads(text)
    programs = package["bin"]
    program = programs if isinstance(programs, str) else next(iter(programs.values()))
    name = _clean(package["name"].rpartition("/")[2])
    return FoundTarget(name=name, command=f"node {_clean(program)}", build="npm ci")


def _clean(name: str) -> str:
    """Names of programs and paths as they are usual; anything else is not for a shell. Raises ValueError."""
    if not re.fullmatch(r"[\w./@+-]*", name):
        raise ValueError(name)
    return name


_READERS: Final[dict[str, Callable[[str, Path], FoundTarget | None]]] = {
    "go.mod": _go,
    "Cargo.toml": _rust,
    "pyproject.toml": _python,
    "package.json": _node,
}
