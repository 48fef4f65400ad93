"""Which populations were begun where: written before the first object is made, forgotten after the last is gone.

Whoever made one holds the lock of its file as long as it lives: what nobody holds was left behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
from typing import IO, TYPE_CHECKING

import msgspec

from perfkit import bundled

if TYPE_CHECKING:
    from pathlib import Path


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A population ``owner`` on the cluster ``server``, reached by a context of a kubeconfig (a path)."""

    owner: str
    server: str
    kubeconfig: str
    context: str


_held: dict[Begun, IO[bytes]] = {}


def write(begun: Begun) -> None:
    """Remember it, and that we hold it. Raises OSError; BlockingIOError where another process holds it."""
    path = _path(begun)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise
    file.truncate(0)
    file.write(msgspec.json.encode(begun))
    file.flush()
    _held[begun] = file


def forget(begun: Begun) -> None:
    """It is removed."""
    _path(begun).unlink(missing_ok=True)
    release(begun)


def release(begun: Begun) -> None:
    """Hold it no more: it is left to whoever removes what was left behind."""
    if (file := _held.pop(begun, None)) is not None:
        file.close()


def abandoned() -> list[Begun]:
    """All that were begun and not removed, and that no process holds."""
    found = []
    for path in sorted(_folder().glob("*.json")):
        with contextlib.suppress(OSError, msgspec.DecodeError), path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            found.append(msgspec.json.decode(file.read(), type=Begun))
    return found


def _folder() -> Path:
    return bundled.state_folder() / "populations"


def _path(begun: Begun) -> Path:
    place = hashlib.sha256(begun.server.encode()).hexdigest()[:12]
    return _folder() / f"{begun.owner}@{place}.json"
