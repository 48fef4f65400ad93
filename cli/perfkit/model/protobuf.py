"""As much of protobuf's wire format as profiles need: varints, length-delimited fields, packed numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_WIDTH: Final = {FIXED64: 8, FIXED32: 4}
_VARINTS: Final = re.compile(rb"[\x80-\xff]*.", re.DOTALL)  # quicker than to say that the last byte is small
_MASK: Final = (1 << 64) - 1


class Numbers(dict[bytes, int]):
    """Varint → number, each worked out once: profiles repeat theirs. Raises ValueError for one that is cut off."""

    def __missing__(self, varint: bytes) -> int:
        if varint[-1] & 0x80:
            raise ValueError("a number is cut off")
        number = 0
        for shift, byte in enumerate(varint):
            number |= (byte & 0x7F) << (7 * shift)
        self[varint] = number & _MASK
        return self[varint]


NUMBERS: Final = Numbers()


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message: number, and its varint or its bytes. Raises ValueError where it is cut off."""
    at, end = 0, len(data)
    while at < end:
        key, at = (data[at], at + 1) if data[at] < 0x80 else varint(data, at)  # most are short: a call less
        kind = key & 7
        if kind in _WIDTH:
            size = _WIDTH[kind]
        elif kind in {VARINT, BYTES}:
            size, at = (data[at], at + 1) if at < end and data[at] < 0x80 else varint(data, at)
        else:
            raise ValueError(f"no such wire type: {kind}")
        if kind == VARINT:
            yield key >> 3, size
            continue
        after = at + size
        if after > end:
            raise ValueError("a field ends beyond its message")
        yield key >> 3, data[at:after]
        at = after


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at ``at``, and where the next thing is. Raises ValueError where it is cut off."""
    number = shift = 0
    try:
        while (byte := data[at]) & 0x80:
            number |= (byte & 0x7F) << shift
            shift += 7
            at += 1
    except IndexError:
        raise ValueError("a number is cut off") from None
    return number | byte << shift, at + 1


def varints(data: bytes) -> list[bytes]:
    """Packed numbers, each still a varint."""
    return _VARINTS.findall(data)


def numbers(field: int | bytes) -> list[int]:
    """A repeated number's field: packed, or one of them."""
    return [field] if isinstance(field, int) else [NUMBERS[each] for each in varints(field)]


def signed(number: int) -> int:
    """An int64 as it is meant."""
    return number - (1 << 64) if number >> 63 else number


def encode_varint(number: int) -> bytes:
    """A number, as an int64 where it is negative."""
    number &= _MASK
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def number_field(number: int, value: int) -> bytes:
    """A field that is a number; nothing where it is 0, as is usual."""
    return encode_varint(number << 3 | VARINT) + encode_varint(value) if value else b""


def bytes_field(number: int, value: bytes) -> bytes:
    """A field that is a message or a text."""
    return encode_varint(number << 3 | BYTES) + encode_varint(len(value)) + value


def packed_field(number: int, values: Iterable[int]) -> bytes:
    """A field of packed numbers."""
    return bytes_field(number, b"".join(map(encode_varint, values)))
