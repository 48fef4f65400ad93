"""Profiles in files: what a file is shows in its first bytes, what to write in its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from perfkit.errors import ResultError, UsageError
from perfkit.model import pprof
from perfkit.profilers import folded, importtime, memray_capture, speedscope
from perfkit.storage.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from perfkit.model.profile import Profile

ENDINGS: Final = (
    *(".speedscope.json", ".folded", ".collapsed", ".pb.gz", ".pprof", ".prof"),
    *(".memray", ".memray.bin", ".importtime"),
)
FORMATS: Final[Mapping[str, Callable[[Profile], bytes]]] = {
    "speedscope": speedscope.write,
    "pprof": pprof.write,
    "folded": lambda profile: folded.write(profile).encode(errors="replace"),
}
WRITTEN: Final = {
    (".json",): "speedscope",
    (".pb.gz", ".pprof", ".prof"): "pprof",
    (".folded", ".collapsed"): "folded",
}
_FORMAT: Final = re.compile(r"\.(?:speedscope\.json|folded|collapsed|pb\.gz|pprof|prof|bin)$")
GZIP: Final = b"\x1f\x8b"


def profiles_in(folder: Path) -> dict[str, Path]:
    """``TARGET[.STEP].TOOL`` → the profile of that name in a folder, which need not be there; each once."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    # Of memray's capture and what was read of it (.bin, .pb.gz) the later one stays, which is read in no time.
    return {_FORMAT.sub("", path.name): path for path in files if path.name.endswith(ENDINGS)}


def read_profile(path: Path) -> Profile:
    """A profile in any format we know. Raises ResultError."""
    try:
        return _read(path)
    except OSError as error:
        raise ResultError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise ResultError(f"{path}: {error}", "it must be speedscope, pprof, folded stacks or memray's") from None


def _read(path: Path) -> Profile:
    with path.open("rb") as file:
        start = file.read(16)
        if start.startswith(memray_capture.MAGIC):
            return memray_capture.read(path)
        data = start + file.read()
    if not data:
        raise ValueError("it is empty")
    if data.lstrip()[:1] == b"{":
        return speedscope.read(data)
    if data.startswith(GZIP) or b"\0" in data[:4096]:
        return pprof.read(data)
    if importtime.MARK in data[:4096]:
        return importtime.read(data.decode(errors="replace"))
    return folded.read(data.decode())


def in_format(profile: Profile, name: str) -> bytes:
    """What a file of the format holds. Raises UsageError: there is no such format."""
    if name not in FORMATS:
        raise UsageError(f"no format {name!r} of profiles", f"there are {', '.join(FORMATS)}")
    return FORMATS[name](profile)


def write_profile(profile: Profile, path: Path) -> None:
    """Write it in the format that the file's name says. Raises UsageError, StorageError."""
    for endings, name in WRITTEN.items():
        if path.name.endswith(endings):
            write_whole(path, in_format(profile, name))
            return
    raise UsageError(f"{path}: no format has this ending", "use .speedscope.json, .pb.gz or .folded")
