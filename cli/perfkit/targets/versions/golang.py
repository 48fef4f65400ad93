"""``go:PATH@VERSION``: what ``go install`` builds, kept by version and compiler."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from perfkit.errors import StorageError, TargetError, UsageError
from perfkit.model.sources import GoPackage
from perfkit.targets.tools import Done, run_tool
from perfkit.targets.versions import store
from perfkit.targets.versions.buildinfo import read_build_info
from perfkit.targets.versions.store import PROGRAMS, Kept, Made, file_hash

if TYPE_CHECKING:
    from collections.abc import Callable

# Whatever the user's own project is: this is another.
_ALONE: Final = {"GO111MODULE": "on", "GOWORK": "off"}
_EXACT: Final = re.compile(r"v\d+\.\d+\.\d+(?:[-+].+)?")
_UNREACHABLE: Final = re.compile(r"dial tcp|no such host|i/o timeout|connection refused|TLS handshake")
_UNKNOWN: Final = re.compile(
    r"no matching versions|unknown revision|invalid version|malformed|is not available"
    r"|reading \S+: (?:404|410|no such file)|module \S+: not found|is not a main package|does not contain"
)
_FULL: Final = "no space left on device"


def had(source: GoPackage, tell: Callable[[str], None]) -> Kept:
    """A folder with the program in its folder ``bin``.

    Raises:
        UsageError: no such module or version, or no Go.
        TargetError: the module proxy can't be reached, or the build fails.
        StorageError: the disk is full.
    """
    go = shutil.which("go")
    if go is None:
        raise UsageError(f"{source}: go: no such program on PATH", "install Go, or take a release: gh:OWNER/REPO@TAG")
    exact = source if _EXACT.fullmatch(source.version) else _exact(source, go)
    compiler = run_tool((go, "env", "GOVERSION", "GOOS", "GOARCH", "CGO_ENABLED"), Path("/"), _ALONE).lines
    key = store.digest(str(exact), *compiler)
    return store.keep("go", key, lambda folder: _installed(exact, folder, (go, tell)), tell)


def _exact(source: GoPackage, go: str) -> GoPackage:
    """The version that a branch or ``latest`` stands for now; the module is the longest path that is one."""
    first = done = _asked(source, source.path, go)
    path = source.path
    while done.status and path.count("/") > 1:
        path = path.rpartition("/")[0]
        done = _asked(source, path, go)
    if done.status:
        raise _complaint(source, first)
    return GoPackage(source.path, done.lines[-1].strip())


def _asked(source: GoPackage, module: str, go: str) -> Done:
    return run_tool((go, "list", "-m", "-f", "{{.Version}}", f"{module}@{source.version}"), Path("/"), _ALONE)


def _installed(source: GoPackage, folder: Path, how: tuple[str, Callable[[str], None]]) -> Made:
    go, tell = how
    programs = folder / PROGRAMS
    tell(f"building {source}")
    done = run_tool((go, "install", str(source)[len("go:") :]), Path("/"), {**_ALONE, "GOBIN": str(programs)})
    if done.status:
        raise _complaint(source, done)
    (program,) = programs.iterdir()
    info = read_build_info(program)
    return Made(
        source=str(source),
        version=source.version,
        parts=info.parts() if info else {},
        hashes={program.name: file_hash(program)},
    )


def _complaint(source: GoPackage, done: Done) -> TargetError | UsageError | StorageError:
    text = "\n".join(done.lines)
    said = [line.strip() for line in done.lines if line.strip() and not line.startswith("go: downloading")]
    own = [line for line in said if line.startswith("go: ")]
    reason = (own or said or [f"go ended with status {done.status}"])[-1].removeprefix("go: ")
    if _FULL in text:
        return StorageError(f"{source}: {_FULL}", "make room: perfkit cache prune --all, go clean -cache")
    if _UNREACHABLE.search(text):
        return TargetError(f"{source}: the module proxy cannot be reached: {reason}", "GOPROXY names it")
    if _UNKNOWN.search(text):
        return UsageError(f"{source}: {reason}")
    return TargetError(f"{source}: the build failed: {reason}", "\n  ".join(said[-4:]))
