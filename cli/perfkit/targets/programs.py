"""Programs by their names: where they are, and what tells versions of one program from other programs."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from perfkit.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTERPRETER: Final = re.compile(r"(?:python|pypy|node|nodejs|deno|bun|ruby|perl|bash|dash|zsh|sh|java)[\d.]*")
_MODULE: Final = ("-m", "-jar")  # the next word is what is run
_CODE: Final = ("-c", "-e")  # the next word is code without a name
_WITH_VALUE: Final = ("-X", "-W", "-r", "--require", "-cp", "-I")  # the next word is the option's


def find_program(word: str, search: str, folder: Path) -> Path:
    """The absolute path of what a shell in ``folder`` would start for ``word``; ``search`` is a PATH.

    Raises:
        TargetError: it does not exist, or can't be executed.
    """
    if "/" not in word:
        found = shutil.which(word, path=search)
        if found is None:
            raise TargetError(f"{word}: no such program on PATH", "install it, or give its path")
        return folder / found
    path = folder / word
    if not path.exists():
        raise TargetError(f"{word}: no such file", f"looked for in {folder}" if not word.startswith("/") else "")
    if path.is_dir():
        raise TargetError(f"{word}: a folder, not a program")
    if not os.access(path, os.X_OK):
        raise TargetError(f"{word}: not executable", f"chmod +x {word}, or name its interpreter first")
    return path


def program_of(words: Sequence[str]) -> str:
    """What a command runs: ``k9s`` of ``./old/k9s -A``, ``tui.py`` of ``python -X dev tui.py``."""
    name = PurePath(words[0]).name
    if not _INTERPRETER.fullmatch(name):
        return name
    rest = iter(words[1:])
    for word in rest:
        if word in _CODE:
            break
        if word in _MODULE:
            return PurePath(next(rest, name)).name
        if word in _WITH_VALUE:
            next(rest, None)
        elif not word.startswith("-"):
            return PurePath(word).name
    return name
