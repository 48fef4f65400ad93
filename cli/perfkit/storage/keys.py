"""Keys as a person writes them, ``:pods<Enter>``, as the bytes that a terminal sends for them."""

from __future__ import annotations

import re
from typing import Final

from perfkit.errors import ScenarioError
from perfkit.storage.names import did_you_mean

NAMED: Final = {
    "Enter": "\r",
    "Esc": "\x1b",
    "Tab": "\t",
    "S-Tab": "\x1b[Z",
    "BS": "\x7f",
    "Space": " ",
    "lt": "<",
    "Up": "\x1b[A",
    "Down": "\x1b[B",
    "Right": "\x1b[C",
    "Left": "\x1b[D",
    "Home": "\x1b[H",
    "End": "\x1b[F",
    "Insert": "\x1b[2~",
    "Del": "\x1b[3~",
    "PageUp": "\x1b[5~",
    "PageDown": "\x1b[6~",
    **{f"F{n}": f"\x1bO{'PQRS'[n - 1]}" for n in range(1, 5)},
    **{f"F{n}": f"\x1b[{code}~" for n, code in zip(range(5, 13), (15, 17, 18, 19, 20, 21, 23, 24), strict=True)},
}

_KEY = re.compile(r"<([^<>]*)>|<")
_CONTROL = re.compile(r"C-([a-z@\[\\\]^_])", re.IGNORECASE)


def parse_keys(written: str) -> str:
    """``:q<Enter>`` → ``:q`` and a carriage return.

    Raises:
        ScenarioError: a name in angle brackets that is no key.
    """
    return _KEY.sub(lambda match: _key(match[1] or ""), written)


def _key(name: str) -> str:
    if name in NAMED:
        return NAMED[name]
    if control := _CONTROL.fullmatch(name):
        return chr(ord(control[1].upper()) & 0x1F)
    if name.startswith("A-") and len(name) == 3:
        return f"\x1b{name[2]}"
    allowed = ", ".join(f"<{key}>" for key in NAMED)
    advice = f"{did_you_mean(name, NAMED)} keys are {allowed}, <C-c> and <A-x>; a < is written <lt>"
    raise ScenarioError(f"<{name}> is no key", advice.strip())
