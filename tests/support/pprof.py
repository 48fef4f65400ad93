"""A reader of profile.proto that knows as much as tests ask, written apart from what writes it."""

from __future__ import annotations

import gzip
from collections import Counter


def _message(data: bytes) -> list[tuple[int, int | bytes]]:
    found: list[tuple[int, int | bytes]] = []
    at = 0

    def varint() -> int:
        nonlocal at
        number = shift = 0
        while True:
            byte = data[at]
            at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    while at < len(data):
        key = varint()
        assert key & 7 in {0, 2}
        if key & 7 == 0:
            found.append((key >> 3, varint()))
        else:
            size = varint()
            found.append((key >> 3, data[at : at + size]))
            at += size
    return found


def _packed(data: int | bytes) -> list[int]:
    assert isinstance(data, bytes)
    found, number, shift = [], 0, 0
    for byte in data:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            found.append(number)
            number = shift = 0
    return found


def _numbers(data: int | bytes) -> dict[int, int | bytes]:
    assert isinstance(data, bytes)
    return dict(_message(data))


def stacks(data: bytes) -> tuple[list[str], Counter[tuple[str, ...]]]:
    """The names of the values, and function names of each stack (innermost first) → its first value."""
    parts = _message(gzip.decompress(data))
    texts = [value.decode() for number, value in parts if number == 6 and isinstance(value, bytes)]
    assert texts[0] == ""

    def text(place: int | bytes) -> str:
        assert isinstance(place, int)
        return texts[place]

    functions = {each[1]: text(each[2]) for number, value in parts if number == 5 for each in [_numbers(value)]}
    places = {
        each[1]: functions[_numbers(each[4])[1]] for number, value in parts if number == 4 for each in [_numbers(value)]
    }
    found: Counter[tuple[str, ...]] = Counter()
    for number, value in parts:
        if number == 2:
            sample = _numbers(value)
            found[tuple(places[place] for place in _packed(sample[1]))] += _packed(sample[2])[0]
    return [text(_numbers(value)[1]) for number, value in parts if number == 1], found
