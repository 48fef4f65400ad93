"""Versions that were made, in the user's cache: each once, whole or not at all, by one perfkit at a time.

A version is a folder with what was made and, written last, ``made.json``. A folder without it is half of one and is
never used. A lock beside the folder is held exclusively by whoever makes or removes it, and shared by those who use it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import time
from pathlib import Path  # noqa: TC003 - msgspec reads annotations at run time
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from perfkit import bundled
from perfkit.errors import StorageError
from perfkit.targets.claims import remove_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


PROGRAMS: Final = "bin"  # folder of a version that is a program

_RECORD: Final = "made.json"
_held: Final[list[int]] = []  # descriptors of locks of what this process uses, until it ends


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a version once it is there. ``parts``: what it is made of, by name; ``hashes``: by file."""

    source: str  # as written
    version: str
    parts: dict[str, str] = {}
    hashes: dict[str, str] = {}
    made: float = 0.0  # seconds since the epoch
    repository: str = ""  # of a work tree, which git must be told to forget


class Kept(NamedTuple):
    """A version in the cache."""

    folder: Path
    made: Made


def find(kind: str, key: str) -> Kept | None:
    """The version of that key, if it is whole; it stays until this process ends. Raises StorageError."""
    folder = _root() / kind / key
    if _read(folder) is None:
        return None
    try:
        lock = _open(folder)
        fcntl.flock(lock, fcntl.LOCK_SH)
        made = _read(folder) if _is_current(lock, folder) else None
        if made is None:
            os.close(lock)
            return None
        os.utime(folder / _RECORD)
    except OSError as error:
        raise _unusable(folder, error) from error
    _held.append(lock)
    return Kept(folder, made)


def keep(kind: str, key: str, make: Callable[[Path], Made], tell: Callable[[str], None]) -> Kept:
    """The same; ``make`` puts it into an empty folder where it is not there yet.

    Raises what ``make`` raises, and StorageError.
    """
    folder = _root() / kind / key
    while (found := find(kind, key)) is None:
        try:
            with _closing(_open(folder)) as lock:
                if not _taken(lock):
                    tell(f"waiting for another perfkit that makes {folder.name}")
                    fcntl.flock(lock, fcntl.LOCK_SH)  # shared: whoever made it holds it on, to use it
                elif _is_current(lock, folder) and _read(folder) is None:
                    _make(folder, make)
        except OSError as error:
            raise _unusable(folder, error) from error
    return found


def digest(*parts: str) -> str:
    """A key made of several texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def file_hash(path: Path) -> str:
    """SHA-256, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remembered(request: str) -> str:
    """The key that a request stood for when it was resolved; empty: never, or not to be read."""
    try:
        return (_root() / "requests" / request).read_text(encoding="utf-8")
    except OSError:
        return ""


def remember(request: str, key: str) -> None:
    """What a request stands for from now on. Raises StorageError."""
    path = _root() / "requests" / request
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, key.encode())
    except OSError as error:
        raise _unusable(path, error) from error


def versions() -> Iterator[Kept]:
    """All that are whole."""
    for path in sorted(_root().glob(f"*/*/{_RECORD}")):
        made = _read(path.parent)
        if made is not None:
            yield Kept(path.parent, made)


def prune(unused: float, forget: Callable[[Kept], None]) -> Iterator[tuple[Kept, int]]:
    """Remove what was not used for so many seconds and is not in use, each told to ``forget`` first; halves, too.

    Yields each with the bytes it took.
    """
    oldest = time.time() - unused
    for kept in list(versions()):
        with _closing(_open(kept.folder)) as lock:
            if _taken(lock) and last_used(kept) <= oldest:
                taken = size(kept.folder)
                forget(kept)
                _remove(kept.folder)
                yield kept, taken
    for folder in _halves():
        with _closing(_open(folder)) as lock:
            if _taken(lock) and _read(folder) is None:
                _remove(folder)


def last_used(kept: Kept) -> float:
    """Seconds since the epoch."""
    return (kept.folder / _RECORD).stat().st_mtime


def size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    walked: Iterable[tuple[str, list[str], list[str]]] = os.walk(folder)
    return sum(os.lstat(os.path.join(at, name)).st_size for at, _, names in walked for name in names)  # noqa: PTH118


def _root() -> Path:
    return bundled.cache_folder() / "targets"


def _make(folder: Path, make: Callable[[Path], Made]) -> None:
    """Make it where it will stay: an environment can't be moved. A half goes on every way out."""
    remove_tree(folder)
    folder.mkdir(mode=0o700)
    try:
        made = msgspec.structs.replace(make(folder), made=time.time())
        _write(folder / _RECORD, msgspec.json.encode(made))
    except BaseException:
        remove_tree(folder)
        raise


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, also when the machine goes down."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _read(folder: Path) -> Made | None:
    try:
        return msgspec.json.decode((folder / _RECORD).read_bytes(), type=Made)
    except (OSError, msgspec.DecodeError):
        return None


def _halves() -> list[Path]:
    return [each for each in _root().glob("*/*/") if each.parent.name != "requests" and not (each / _RECORD).exists()]


def _remove(folder: Path) -> None:
    remove_tree(folder)
    _lock_of(folder).unlink(missing_ok=True)


# ---- locks


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _open(folder: Path) -> int:
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(_lock_of(folder), os.O_RDWR | os.O_CREAT, 0o600)


@contextlib.contextmanager
def _closing(lock: int) -> Iterator[int]:
    try:
        yield lock
    finally:
        os.close(lock)


def _taken(lock: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _is_current(lock: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lock), _lock_of(folder).stat())
    except FileNotFoundError:
        return False


def _unusable(path: Path, error: OSError) -> StorageError:
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    advice = "make room: perfkit cache prune --all" if full else "XDG_CACHE_HOME may name another place"
    return StorageError(f"{path}: {error.strerror or error}", advice)
