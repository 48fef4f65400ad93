"""Output where the encoding lacks a sign: the nearest ASCII, as wide where tables need it, and never an error."""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import TextIO

HANDLER: Final = "perfkit.plain"
UNKNOWN: Final = "?"
SIGNS: Final = {
    **dict(zip("−–·→…×±✓✗µ│├┤─┼¦●◆◀▶▲▼↗↘", "--->~x~vxu|[]-+:ox<>^v/\\", strict=True)),
    **dict(zip("└■", "+#", strict=True)),
    **dict(zip("▁▂▃▄▅▆▇█", "_.,-=+*#", strict=True)),
    "≥": ">=",
    "≤": "<=",
    "α": "alpha",
    "ρ": "rho",
}


def write_plainly(*streams: TextIO) -> None:
    """Let these streams put the nearest ASCII where their encoding has no such sign."""
    codecs.register_error(HANDLER, _nearest)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)


def _nearest(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(SIGNS.get(sign, UNKNOWN) for sign in error.object[error.start : error.end]), error.end
