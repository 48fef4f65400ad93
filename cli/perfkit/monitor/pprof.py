"""Stacks written as pprof's profile.proto, for ``go tool pprof``, Speedscope, Pyroscope or Parca."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

T = TypeVar("T")
Place = tuple[str, str, int]  # function, file, line
Stack = tuple[Place, ...]  # innermost first

_SAMPLE_TYPE, _SAMPLE, _LOCATION, _FUNCTION, _STRINGS, _DURATION, _PERIOD_TYPE, _PERIOD = 1, 2, 4, 5, 6, 10, 11, 12


def encode(
    types: Sequence[tuple[str, str]], stacks: Mapping[Stack, Sequence[int]], *, duration_ns: int = 0, period: int = 0
) -> bytes:
    """A compressed profile. ``types`` are names with units, such as ``("cpu", "nanoseconds")``: a value of each.

    ``period`` is what lies between two samples, in the unit of the last type.
    """
    texts = _Numbers[str]()
    texts[""]
    functions, places = _Numbers[tuple[str, str]](first=1), _Numbers[Place](first=1)
    samples = [
        _bytes(_SAMPLE, _packed(1, map(places.__getitem__, stack)) + _packed(2, values))
        for stack, values in stacks.items()
    ]
    parts = [_bytes(_SAMPLE_TYPE, _value_type(texts, *each)) for each in types] + samples
    for (function, file, line), number in places.numbers.items():
        told = _number(1, functions[function, file]) + _number(2, line)
        parts.append(_bytes(_LOCATION, _number(1, number) + _bytes(4, told)))
    for (function, file), number in functions.numbers.items():
        name = texts[function]
        parts.append(
            _bytes(_FUNCTION, _number(1, number) + _number(2, name) + _number(3, name) + _number(4, texts[file]))
        )
    parts.append(_number(_DURATION, duration_ns))
    if period:
        parts += [_bytes(_PERIOD_TYPE, _value_type(texts, *types[-1])), _number(_PERIOD, period)]
    parts += [_bytes(_STRINGS, text.encode(errors="replace")) for text in texts.numbers]
    return gzip.compress(b"".join(parts), mtime=0)


class _Numbers(Generic[T]):
    """Things, numbered as they come."""

    def __init__(self, first: int = 0) -> None:
        self.numbers: dict[T, int] = {}
        self._first = first

    def __getitem__(self, thing: T) -> int:
        return self.numbers.setdefault(thing, self._first + len(self.numbers))


def _value_type(texts: _Numbers[str], name: str, unit: str) -> bytes:
    return _number(1, texts[name]) + _number(2, texts[unit])


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value) if value else b""


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _packed(field: int, values: Iterable[int]) -> bytes:
    return _bytes(field, b"".join(map(_varint, values)))
