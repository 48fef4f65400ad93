"""Things that stay up for a person's own use, each owned by a keeper process: started, listed and ended by name.

The keeper (the same command with ``--foreground``) owns a server and holds a lock in its folder for as long as it
lives. The lock, not a process id, says what is alive: ids are reused, locks die with their holder.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from typing import IO, TYPE_CHECKING, Generic, TypeVar

import msgspec

from perfkit import bundled
from perfkit.errors import PerfkitError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOOKS = 0.2  # seconds between looks at what a keeper says of its progress
_COMPLAINT = "perfkit: "  # how the line of an error begins
END_TIMEOUT = 10.0  # seconds a keeper has to end after SIGTERM, where nothing else is said


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of everything that stands."""

    name: str
    pid: int
    address: str
    created: str  # UTC, ISO 8601


K = TypeVar("K", bound=Kept)


class Keeping(Generic[K]):
    """All that stands of one ``kind`` (the word of the command line): ``known`` is its type, ``failure`` its error.

    ``patience`` is how many seconds a keeper has to end after SIGTERM.
    """

    def __init__(self, kind: str, known: type[K], failure: type[PerfkitError], patience: float = END_TIMEOUT) -> None:
        self._patience = patience
        self._kind = kind
        self._known = known
        self._failure = failure

    def ls(self) -> list[K]:
        """All that stand, by name; what a killed keeper left is removed on the way."""
        folders = sorted(path for path in self._root().glob("*") if path.is_dir())
        return [kept for folder in folders if (kept := self._read(folder)) is not None]

    def up(self, name: str, options: list[str]) -> K:
        """Start a keeper in the background and return when it announces. Raises its failure, or UsageError."""
        folder = self.folder(name)
        if _alive(folder):
            raise UsageError(
                f"{self._kind} {name!r} is up already",
                f"end it with `perfkit {self._kind} down {name}`, or choose another --name",
            )
        self._root().mkdir(parents=True, exist_ok=True, mode=0o700)
        command = [sys.executable, "-m", "perfkit", self._kind, "up", "--foreground", "--name", name, *options]
        with tempfile.TemporaryFile() as errors:  # nameless: others may try to take the same name right now
            keeper = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                cwd="/",
            )
            with keeper, _output_of(keeper) as output:
                said = self._heard(output, errors)
                kept = self._read(folder)
                if kept is None or kept.pid != keeper.pid:  # another may have been quicker to take the name
                    status = keeper.wait()
                    errors.seek(0)
                    complaint = (errors.read() + said).decode(errors="replace")
                    raise self._complaint(complaint, UsageError if status == 2 else self._failure)
                keeper.returncode = 0  # it stays on purpose: nothing to wait for
                return kept

    def _heard(self, output: IO[bytes], errors: IO[bytes]) -> bytes:
        """What a keeper prints, to its end: it closes its output when all is up, or ends. Its progress is passed on."""
        shown = 0
        while True:
            ended = select.select([output], [], [], _LOOKS)[0]
            words = os.pread(errors.fileno(), 1 << 16, shown)
            whole = words[: words.rfind(b"\n") + 1]
            shown += len(whole)
            for line in whole.decode(errors="replace").splitlines(keepends=True):
                if line.startswith(f"{self._kind}: "):
                    sys.stderr.write(line)
            if ended:
                return output.read()

    @contextlib.contextmanager
    def kept(self, name: str) -> Iterator[Path]:
        """The keeper's own folder, locked for as long as it lives and removed afterwards. Raises UsageError."""
        folder = self.folder(name)
        with self._locked(folder):
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def write(self, folder: Path, kept: K) -> None:
        """Let others know what stands."""
        (folder / "state.json").write_bytes(msgspec.json.encode(kept))

    def chosen(self, name: str | None, *, every: bool) -> list[str]:
        """Which ones a person means: the named one, the only one, or all. Raises UsageError."""
        if name is not None:
            return [name]
        known = [each.name for each in self.ls()]
        if every or len(known) == 1:
            return known
        if not known:
            raise UsageError(f"no {self._kind} is up")
        raise UsageError(f"{len(known)} {self._kind}s are up: {', '.join(known)}", "name one, or say --all")

    def find(self, name: str) -> K:
        """The one of that name. Raises UsageError when there is none."""
        kept = self._read(self.folder(name))
        if kept is None:
            known = ", ".join(each.name for each in self.ls()) or "none"
            raise UsageError(f"no {self._kind} named {name!r} is up", f"up are: {known}")
        return kept

    def down(self, name: str) -> None:
        """End one and wait until it is gone. Raises UsageError when there is none of that name."""
        folder, kept = self.folder(name), self.find(name)
        os.kill(kept.pid, signal.SIGTERM)
        deadline = time.monotonic() + self._patience
        while _alive(folder):
            if time.monotonic() > deadline:
                os.kill(kept.pid, signal.SIGKILL)  # its lifeline takes the server with it
                deadline = float("inf")
            time.sleep(0.02)
        self._forget(folder)

    def folder(self, name: str) -> Path:
        """Where it is kept. Raises UsageError for a name that is none."""
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,62}", name):
            raise UsageError(f"{name!r} is no name for a {self._kind}", "use a-z, 0-9, '.', '_' and '-'")
        return self._root() / name

    def _locked(self, folder: Path) -> IO[str]:
        """The folder's lock, held as long as the file is open. Raises UsageError when another holds it."""
        while True:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with contextlib.suppress(FileNotFoundError):  # somebody took the folder for a dead one's and removed it
                file = (folder / "lock").open("w")
                if _taken(file) and _is_at(file, folder / "lock"):
                    return file
                file.close()
                if _alive(folder):
                    raise UsageError(f"{self._kind} {folder.name!r} is up already", "choose another --name")

    def _root(self) -> Path:
        return bundled.state_folder() / f"{self._kind}s"

    def _complaint(self, said: str, failure: type[PerfkitError]) -> PerfkitError:
        """Why the keeper ended, in its own words."""
        if not said.strip():
            return failure(f"the {self._kind} did not start, and could not say why", f"is {self._root()} full?")
        lines = said.splitlines()
        while len(lines) > 1 and not lines[0].startswith(_COMPLAINT):  # what came before is progress
            lines.pop(0)
        advice = lines[1].strip() if len(lines) > 1 and lines[1].startswith("  ") else ""
        return failure(lines[0].removeprefix(_COMPLAINT), advice)

    def _read(self, folder: Path) -> K | None:
        """What stands in a folder; None (and the folder gone) when its keeper is dead."""
        if not _alive(folder):
            self._forget(folder)
            return None
        try:
            return msgspec.json.decode((folder / "state.json").read_bytes(), type=self._known)
        except (OSError, msgspec.DecodeError):
            return None  # still starting

    def _forget(self, folder: Path) -> None:
        """Remove what a dead keeper left; not what another has taken meanwhile."""
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(FileNotFoundError):
                if not _taken(stack.enter_context((folder / "lock").open("r+"))):
                    return
            shutil.rmtree(folder, ignore_errors=True)


def close_output() -> None:
    """Whoever started this keeper in the background reads its output to the end: this is the end."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def _output_of(keeper: subprocess.Popen[bytes]) -> IO[bytes]:
    assert keeper.stdout is not None
    return keeper.stdout


def _alive(folder: Path) -> bool:
    try:
        with (folder / "lock").open("r+") as file:
            return not _taken(file)
    except OSError:
        return False


def _taken(file: IO[str]) -> bool:
    """Take a lock, unless another has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(file: IO[str], path: Path) -> bool:
    """Whether an open file is still the one of that name."""
    return os.path.samestat(os.fstat(file.fileno()), path.stat())
