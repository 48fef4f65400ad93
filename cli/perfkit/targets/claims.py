"""Temporary folders that tell whether their owner still lives: it holds a lock that ends with it, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from perfkit.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def claimed_folder(kind: str) -> Iterator[Path]:
    """A new, empty folder of mode 0700 in the temporary folder, locked while in use and removed afterwards.

    Raises:
        StorageError: it can't be made.
    """
    try:
        folder, lock = _claim(kind)
    except OSError as error:
        where = tempfile.gettempdir()
        raise StorageError(f"{where}: no folder can be made: {error.strerror}", "TMPDIR may name another") from error
    try:
        yield folder
    finally:
        remove_tree(folder)
        os.close(lock)


def abandoned(kind: str) -> Iterator[Path]:
    """Folders of that kind, and of this user, whose owner is gone. Each is locked while the caller sees to it."""
    for folder in sorted(Path(tempfile.gettempdir()).glob(f"{_prefix(kind)}*")):
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            if os.fstat(lock).st_uid == os.geteuid() and _take(lock):
                yield folder
        finally:
            os.close(lock)


def remove_tree(folder: Path) -> None:
    """Remove a folder with all that is in it, read-only parts too. What resists is left for the next sweep."""
    folders = [str(folder)]
    for each in folders:  # grows as it is walked; no recursion, however deep it goes
        with contextlib.suppress(OSError):
            os.chmod(each, stat.S_IRWXU)  # noqa: PTH101 - trees may be huge: no Path for each entry
            folders.extend(_emptied(each))
    for each in reversed(folders):
        with contextlib.suppress(OSError):
            os.rmdir(each)  # noqa: PTH106


def _emptied(folder: str) -> Iterator[str]:
    """The folders in it; all else is removed. Raises OSError."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield entry.path
            else:
                _unlink(entry.path)


def _unlink(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)  # noqa: PTH108


def _prefix(kind: str) -> str:
    return f"perfkit-{kind}-"


def _claim(kind: str) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_prefix(kind)))
        with contextlib.suppress(FileNotFoundError):  # a sweeper was quicker than we, and took it for abandoned
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            if _take(lock):
                return folder, lock
            os.close(lock)


def _take(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
