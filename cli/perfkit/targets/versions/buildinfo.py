"""What a Go program says of its making: the compiler, its own module, the modules it is built from.

The linker puts it into every binary; ``go version -m`` prints it. Read here without Go, which need not be installed.
"""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

_MAGIC: Final = b"\xff Go buildinf:"
_ALIGNED: Final = 16
_HEADER: Final = 32  # bytes, before the two strings
_INLINE: Final = 2  # flag: the strings follow the header, as since Go 1.18
_SENTINEL: Final = 16  # bytes around the second string


class BuildInfo(msgspec.Struct, frozen=True, kw_only=True):
    """``version`` is the main module's, ``(devel)`` where it was built from files; ``modules`` are path → version."""

    go: str
    module: str = ""
    version: str = ""
    modules: dict[str, str] = {}

    def parts(self) -> dict[str, str]:
        """What it is made of, by name."""
        return {"go": self.go.removeprefix("go"), **self.modules}


def read_build_info(program: Path) -> BuildInfo | None:
    """What stands in a binary; None where it is no Go program, or one of before Go 1.18. Raises OSError."""
    if program.stat().st_size == 0:
        return None
    with program.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at = content.find(_MAGIC)
        while at >= 0 and at % _ALIGNED:
            at = content.find(_MAGIC, at + 1)
        if at < 0 or not content[at + 15] & _INLINE:
            return None
        go, after = _text(content, at + _HEADER)
        module, _ = _text(content, after)
    return _parsed(go.decode(errors="replace"), module[_SENTINEL:-_SENTINEL].decode(errors="replace"))


def _text(content: mmap.mmap, at: int) -> tuple[bytes, int]:
    """A string with its length before it as a varint; and where it ends."""
    length = shift = 0
    while True:
        byte = content[at]
        at += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return content[at : at + length], at + length


def _parsed(go: str, text: str) -> BuildInfo:
    """Lines of tabs: ``mod PATH VERSION SUM``, ``dep PATH VERSION SUM``, after it ``=> PATH VERSION`` in its place."""
    own, modules, last = ("", ""), {}, ""
    for line in text.splitlines():
        match line.split("\t"):
            case ["mod", path, version, *_]:
                own = (path, version)
            case ["dep", path, version, *_]:
                modules[path], last = version, path
            case ["=>", path, version, *_] if last:
                modules[last] = version if path == last else f"{path} {version}"
    return BuildInfo(go=go, module=own[0], version=own[1], modules=modules)
