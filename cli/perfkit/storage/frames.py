"""A file in the lines of a log: compressed, in pieces, with a checksum that tells whether all of it arrived.

Other lines may stand between; a log that was cut or rotated away gives nothing rather than a part.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from typing import TYPE_CHECKING, Final

from perfkit.errors import ResultError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MARK: Final = "perfkit-part"
_LENGTH: Final = 4000  # characters of a piece: lines of more than 16 KiB are split by some runtimes
_FRAME: Final = re.compile(rf"{_MARK} (\d+)/(\d+) ([0-9a-f]{{64}}) ([A-Za-z0-9+/=]*)")


def framed(content: bytes) -> Iterator[str]:
    """The lines that stand for ``content``."""
    text = base64.b64encode(zlib.compress(content, 9)).decode()
    pieces = [text[at : at + _LENGTH] for at in range(0, len(text), _LENGTH)]
    digest = hashlib.sha256(content).hexdigest()
    for number, piece in enumerate(pieces, start=1):
        yield f"{_MARK} {number}/{len(pieces)} {digest} {piece}"


def unframed(lines: Iterable[str]) -> bytes:
    """What stands in the lines of a log. Raises ResultError: nothing, or not all of it."""
    found = [match.groups() for match in map(_FRAME.search, lines) if match]
    if not found:
        raise ResultError("its log holds no result")
    _, total, digest, _ = found[-1]
    pieces = {int(number): piece for number, _, own, piece in found if own == digest}
    if pieces.keys() != set(range(1, int(total) + 1)):
        raise ResultError(f"its log holds {len(pieces)} of {total} pieces of its result")
    try:
        content = zlib.decompress(base64.b64decode("".join(pieces[number] for number in sorted(pieces))))
    except (ValueError, zlib.error):
        content = b""
    if hashlib.sha256(content).hexdigest() != digest:
        raise ResultError("its log holds a result whose checksum is another")
    return content
