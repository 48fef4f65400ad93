"""Reading the mock's record of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from perfkit.model.requests import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_DECODER = msgspec.json.Decoder(Entry)


def read_requests(path: Path) -> list[Entry]:
    """The requests of a record in order of arrival. Raises OSError."""
    return in_order(path.read_bytes().splitlines())


def in_order(lines: Iterable[bytes]) -> list[Entry]:
    """The requests of some lines by arrival; of several lines of one the last counts, a broken line is left out."""
    found: dict[int, Entry] = {}
    for line in lines:
        try:
            entry = _DECODER.decode(line)
        except msgspec.DecodeError:
            continue
        found[entry.number] = entry
    return [found[number] for number in sorted(found)]
