"""``pip:``: distributions in a virtual environment of their own, by uv where it is there, else by pip.

Resolved first, to versions and hashes of files; these are the key of the environment. A request that pins its version
is resolved once and means the same on this machine from then on; any other is resolved anew each time.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import re
import shutil
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import unquote, urlsplit

import msgspec

from perfkit.errors import StorageError, TargetError, UsageError
from perfkit.targets.claims import claimed_folder
from perfkit.targets.runs import SCRATCH
from perfkit.targets.tools import Done, run_tool
from perfkit.targets.versions import store
from perfkit.targets.versions.store import Kept, Made
from perfkit.targets.written import requirement_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from perfkit.model.sources import Package

ENVIRONMENT: Final = "environment"  # folder of it within a version's

_PINNED: Final = re.compile(r"[^=<>!~]+={2,3}[^*,=<>!~]+")
_UNREACHABLE: Final = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeoutError|ProxyError|client error \(Connect\)|dns error"
    r"|error sending request|Could not connect|timed out"
)
_UNKNOWN: Final = re.compile(r"No matching distribution|ResolutionImpossible|No solution found|Invalid requirement")
_FULL: Final = "No space left on device"


class Locked(msgspec.Struct, frozen=True):
    """A distribution as resolved: its version, and the SHA-256 of each file that it may be installed from."""

    name: str
    version: str
    files: dict[str, str]


class Installer(Protocol):
    """A package manager. Both methods run in ``folder`` and leave their own files there."""

    name: str

    def resolve(self, requirements: Sequence[str], folder: Path) -> tuple[Done, Callable[[], list[Locked]]]:
        """What the requirements come to; to be read where it went well."""

    def install(self, locked: Sequence[Locked], folder: Path, environment: Path) -> Done:
        """Make an environment that holds exactly that."""


class Uv:
    """uv, which need not be installed in any environment."""

    name = "uv"
    _LOCK: Final = "pylock.toml"

    def __init__(self, program: str) -> None:
        self._uv = (program, "--quiet", "--no-progress")

    def resolve(self, requirements: Sequence[str], folder: Path) -> tuple[Done, Callable[[], list[Locked]]]:
        """Compiles a lock file of the standard format."""
        (folder / "requirements.in").write_text("\n".join(requirements), encoding="utf-8")
        options = ("--python", sys.executable, "--no-header", "--output-file", self._LOCK)
        done = run_tool((*self._uv, "pip", "compile", "requirements.in", *options), folder)
        return done, lambda: _locked_by_uv(tomllib.loads((folder / self._LOCK).read_text(encoding="utf-8")))

    def install(self, locked: Sequence[Locked], folder: Path, environment: Path) -> Done:
        """Modules are compiled, as pip does: else the first start would do that, and be slower for it."""
        done = run_tool((*self._uv, "venv", "--python", sys.executable, str(environment)), folder)
        if done.status:
            return done
        requirements = _requirements(locked, folder)
        options = ("--python", str(python_of(environment)), "--compile-bytecode", "--no-deps", "--require-hashes")
        return run_tool((*self._uv, "pip", "install", *options, "--requirement", requirements), folder)


class Pip:
    """The pip of this interpreter."""

    name = "pip"
    _REPORT: Final = "report.json"
    _QUIET: Final = ("--progress-bar=off", "--no-input", "--disable-pip-version-check", "--no-color")

    def __init__(self) -> None:
        self._pip = (sys.executable, "-m", "pip")

    def resolve(self, requirements: Sequence[str], folder: Path) -> tuple[Done, Callable[[], list[Locked]]]:
        """Asks pip what it would install."""
        options = (*self._QUIET, "--dry-run", "--ignore-installed", "--report", self._REPORT)
        done = run_tool((*self._pip, "install", *options, *requirements), folder)
        return done, lambda: _locked_by_pip(json.loads((folder / self._REPORT).read_bytes()))

    def install(self, locked: Sequence[Locked], folder: Path, environment: Path) -> Done:
        """Into an environment that has no pip itself."""
        done = run_tool((sys.executable, "-m", "venv", "--without-pip", str(environment)), folder)
        if done.status:
            return done
        requirements = _requirements(locked, folder)
        python = ("--python", str(python_of(environment)))
        options = (*self._QUIET, "--no-deps", "--require-hashes", "--requirement", requirements)
        return run_tool((*self._pip, *python, "install", *options), folder)


def installer() -> Installer:
    """Return uv of PATH or of perfkit's own environment, else pip. Raises UsageError: there is neither."""
    beside = str(Path(sys.executable).parent)
    uv = shutil.which("uv", path=os.pathsep.join((os.environ.get("PATH", os.defpath), beside)))
    if uv is not None:
        return Uv(uv)
    if importlib.util.find_spec("pip") is None:
        raise UsageError("pip: targets need uv or pip, and neither is here", "install uv: https://docs.astral.sh/uv")
    return Pip()


def python_of(environment: Path) -> Path:
    """The interpreter of an environment."""
    return environment / "bin" / "python"


def had(source: Package, tell: Callable[[str], None], by: Callable[[], Installer] = installer) -> Kept:
    """An environment with what was asked for.

    Raises:
        UsageError: no such package or version, requirements that contradict each other, no installer.
        TargetError: the index can't be reached, a hash is wrong, a build fails.
        StorageError: the disk is full.
    """
    request = _request((source.requirement, *source.besides))
    known = store.remembered(request) if _PINNED.fullmatch(source.requirement) else ""
    found = store.find("pip", known) if known else None
    if found is not None:
        return found
    with claimed_folder(SCRATCH) as folder:
        tell(f"resolving {source}")
        locked = _resolved(source, folder, by())
    content = (f"{each.name} {each.version} {sorted(each.files.values())}" for each in locked)
    key = store.digest(_interpreter(), *content)
    kept = store.keep("pip", key, lambda folder: _installed(source, locked, folder, (by(), tell)), tell)
    store.remember(request, key)
    return kept


def _resolved(source: Package, folder: Path, by: Installer) -> list[Locked]:
    done, read = by.resolve((source.requirement, *source.besides), folder)
    if done.status:
        raise _complaint(str(source), done, by)
    return sorted(read(), key=lambda each: each.name)


def _installed(
    source: Package, locked: Sequence[Locked], folder: Path, how: tuple[Installer, Callable[[str], None]]
) -> Made:
    by, tell = how
    environment = folder / ENVIRONMENT
    tell(f"installing {source} with {by.name}")
    done = by.install(locked, folder, environment)
    if done.status:
        raise _complaint(str(source), done, by)
    own = requirement_name(source.requirement)
    return Made(
        source=str(source),
        version=next(each.version for each in locked if each.name == own),
        parts={"python": platform.python_version(), **{each.name: each.version for each in locked}},
        hashes=dict(_chosen(each, environment) for each in locked),
    )


def _request(wanted: Sequence[str]) -> str:
    """A key of what was asked for: other settings of the index may give other files."""
    settings = sorted(f"{name}={value}" for name, value in os.environ.items() if name.startswith(("PIP_", "UV_")))
    return store.digest(_interpreter(), *wanted, *settings)


def _interpreter() -> str:
    return f"{sys.executable} {sys.version} {sysconfig.get_platform()}"


def _locked_by_uv(lock: Mapping[str, Any]) -> list[Locked]:
    found = []
    for package in lock.get("packages", ()):
        files = [*package.get("wheels", ()), *filter(None, (package.get("sdist"), package.get("archive")))]
        hashes = {_file_name(file): file["hashes"]["sha256"] for file in files}
        found.append(Locked(requirement_name(package["name"]), package.get("version", ""), hashes))
    return found


def _locked_by_pip(report: Mapping[str, Any]) -> list[Locked]:
    found = []
    for each in report["install"]:
        told, url = each["metadata"], each["download_info"]["url"]
        hashes = {_file_name({"url": url}): each["download_info"]["archive_info"]["hashes"]["sha256"]}
        found.append(Locked(requirement_name(told["name"]), told["version"], hashes))
    return found


def _file_name(file: Mapping[str, Any]) -> str:
    return unquote(urlsplit(file.get("url") or file["path"]).path).rpartition("/")[2]


def _requirements(locked: Sequence[Locked], folder: Path) -> str:
    """A file of pinned requirements, each with its hashes: no other file is accepted."""
    path = folder / "requirements.txt"
    lines = [
        " ".join((f"{each.name}=={each.version}", *(f"--hash=sha256:{value}" for value in each.files.values())))
        for each in locked
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def _chosen(locked: Locked, environment: Path) -> tuple[str, str]:
    """The file that a distribution was installed from: the wheel whose tags it bears, else the source."""
    if len(locked.files) == 1:
        return next(iter(locked.files.items()))
    pattern = f"lib/python*/site-packages/{_spelled(locked.name)}-*.dist-info/WHEEL"
    tags = {
        line.partition(":")[2].strip()
        for path in environment.glob(pattern)
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("Tag:")
    }
    for name, value in locked.files.items():
        if name.endswith(".whl") and _tags(name) == tags:
            return name, value
    return next(item for item in locked.files.items() if not item[0].endswith(".whl"))


def _spelled(name: str) -> str:
    """A pattern of a normalised name as folders of installed distributions spell it."""
    return "".join("[-_.]" if letter == "-" else f"[{letter}{letter.upper()}]" for letter in name)


def _tags(wheel: str) -> set[str]:
    """``x-1-py2.py3-none-any.whl`` → ``{py2-none-any, py3-none-any}``."""
    pythons, abis, platforms = (part.split(".") for part in wheel.removesuffix(".whl").rsplit("-", 3)[1:])
    return {f"{python}-{abi}-{where}" for python in pythons for abi in abis for where in platforms}


def _complaint(what: str, done: Done, by: Installer) -> TargetError | UsageError | StorageError:
    """Why a tool failed, in its own words, on one line."""
    text = "\n".join(done.lines)
    said = [line.strip() for line in done.lines if line.strip()]
    reason = _reason(said) or f"{by.name} ended with status {done.status}"
    if _FULL in text:
        return StorageError(f"{what}: {_FULL}", "make room: perfkit cache prune --all")
    if _UNREACHABLE.search(text):
        advice = f"it is the one that {by.name} is set to"
        return TargetError(f"{what}: the package index cannot be reached: {reason}", advice)
    if _UNKNOWN.search(text):
        return UsageError(f"{what}: {reason}")
    return TargetError(f"{what}: {reason}", f"said by {by.name}; nothing of it is kept")


def _reason(said: Sequence[str]) -> str:
    """The last cause that uv tells, the last error that pip tells: they say it most plainly."""
    causes = [line.partition(":")[2].strip() for line in said if re.match(r"(cause|Caused by):", line)]
    errors = [line.partition(":")[2].strip() for line in said if re.match(r"(ERROR|error):", line, re.IGNORECASE)]
    chosen = (causes or errors or list(said) or [""])[-1]
    return chosen if len(chosen) <= 300 else f"{chosen[:300]}…"
