"""Writing that either happens wholly or says why not."""

from __future__ import annotations

import errno
import os
import signal
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

ADVICE: Final = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some of your quota",
    errno.EACCES: "check the folder's permissions",
    errno.EPERM: "check the folder's permissions",
    errno.EROFS: "the file system is mounted read-only",
}


@contextmanager
def writing(path: Path, kept: str = "") -> Iterator[None]:
    """Turn what the system refuses into one clear line. ``kept`` says what is safe nevertheless."""
    try:
        yield
    except OSError as error:
        advice = "; ".join(filter(None, (ADVICE.get(error.errno or 0, ""), kept)))
        raise StorageError(f"{shown(path)}: cannot be written: {error.strerror or error}", advice) from error


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait: a line on disk and what is known of it in memory must not come apart."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def encode(value: Any, path: Path) -> bytes:
    """``value`` as one line of JSON, for ``path``. Raises StorageError for text that no JSON can hold."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError as error:  # a command line or an environment of arbitrary bytes
        raise StorageError(f"{shown(path)}: cannot be written: {error.object!r} is not UTF-8 text") from None


def write_whole(path: Path, data: bytes, kept: str = "") -> None:
    """Replace ``path`` at one stroke: a reader, or a crash, sees the old file or the new one, never half of one.

    Raises:
        StorageError: no space, no permission; the old file is untouched.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with writing(path, kept):
        try:
            with draft.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError:
            with suppress(OSError):
                draft.unlink()
            raise
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names created in ``folder`` survive a crash of the machine."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def shown(path: Path) -> str:
    """A path as a person would type it from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def another_version(raw: bytes, schema: str) -> str:
    """What is wrong with JSON that says it has another schema than ``schema``; empty: that is not what is wrong."""
    try:
        found = str(msgspec.json.decode(raw).get("schema", ""))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, AttributeError):
        return ""
    return f"written as {found!r}, but this perfkit reads {schema!r}" if found not in {"", schema} else ""
