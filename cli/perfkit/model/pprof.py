"""pprof's profile.proto, as Go programs write it and ``go tool pprof``, Pyroscope and Parca read it."""

from __future__ import annotations

import gzip
import zlib
from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.model.profile import Frame, Profile, ProfileBuilder, Stack, Unit, ValueType
from perfkit.model.protobuf import (
    BYTES,
    NUMBERS,
    VARINT,
    bytes_field,
    fields,
    number_field,
    numbers,
    packed_field,
    signed,
    varint,
    varints,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

Found = dict[int, list["int | bytes"]]

SAMPLE_TYPE, SAMPLE, LOCATION, FUNCTION, STRINGS = 1, 2, 4, 5, 6
COMMENT: Final = 13
DEFAULT_TYPE: Final = 14
DOUBT: Final = "doubtful: "  # begins comments that are doubts of ours; others' comments are none
LOCATIONS, VALUES = 1, 2  # of a sample
PACKED_LOCATIONS, PACKED_VALUES = LOCATIONS << 3 | BYTES, VALUES << 3 | BYTES
UNITS: Final[Mapping[str, tuple[Unit, int]]] = {
    "nanoseconds": ("nanoseconds", 1),
    "microseconds": ("nanoseconds", 1_000),
    "milliseconds": ("nanoseconds", 1_000_000),
    "seconds": ("nanoseconds", 1_000_000_000),
    "bytes": ("bytes", 1),
    "kilobytes": ("bytes", 1024),
    "megabytes": ("bytes", 1024**2),
}
COUNTED: Final = ("samples", "sample")  # the type that says how many looks there were


def read(data: bytes) -> Profile:
    """A profile.proto, compressed or not. Raises ValueError."""
    try:
        return _profile(_sections(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data))
    except (EOFError, zlib.error, gzip.BadGzipFile, IndexError, KeyError, UnicodeDecodeError) as error:
        raise ValueError(f"no pprof profile, or a damaged one: {error!r}") from None


def _profile(found: Found) -> Profile:
    types, factors = _types(found)
    builder = ProfileBuilder(types)
    _add_samples(builder, found, factors)
    names = [each.name for each in types]
    profile = builder.profile(shown=_shown(found, names))
    counted = next((names.index(name) for name in COUNTED if name in names), None)
    samples = sum(values[counted] for values in profile.stacks.values()) if counted is not None else 0
    return msgspec.structs.replace(profile, samples=samples, doubts=_doubts(found))


def _doubts(found: Found) -> tuple[str, ...]:
    """Comments are numbers of texts."""
    comments = [_text(found, number) for field in found.get(COMMENT, []) for number in numbers(field)]
    return tuple(comment.removeprefix(DOUBT) for comment in comments if comment.startswith(DOUBT))


def _sections(data: bytes) -> Found:
    found: Found = defaultdict(list)
    for number, value in fields(data):
        found[number].append(value)
    if not found[SAMPLE_TYPE] or not found[STRINGS]:
        raise ValueError("no pprof profile")
    return found


def _types(found: Found) -> tuple[list[ValueType], tuple[int, ...]]:
    types, factors = [], []
    for each in found[SAMPLE_TYPE]:
        name, unit = (_text(found, _number(each, number)) for number in (1, 2))
        ours, factor = UNITS.get(unit, ("count", 1))
        types.append(ValueType(name, ours))
        factors.append(factor)
    return types, tuple(factors)


def _shown(found: Found, names: list[str]) -> str:
    """The type that the file says is meant, else the last one, as pprof has it."""
    said = found.get(DEFAULT_TYPE, [0])[0]
    name = _text(found, said) if isinstance(said, int) else ""
    return name if name in names else names[-1]


def _add_samples(builder: ProfileBuilder, found: Found, factors: tuple[int, ...]) -> None:
    by_number = _locations(builder, found)
    inlined = any(len(frames) > 1 for frames in by_number.values())
    known = _ByVarint(by_number if inlined else {number: frames[0] for number, frames in by_number.items()})
    joined = chain.from_iterable if inlined else iter  # without them it is quicker by a tenth
    frames, values = known.__getitem__, _Values(factors)
    for sample in found[SAMPLE]:
        assert isinstance(sample, bytes)
        locations, measured = _sample(sample)
        named = varints(locations)
        named.reverse()
        builder.add_numbers(tuple(joined(map(frames, named))), values[measured])


def _sample(sample: bytes) -> tuple[bytes, bytes]:
    """A sample's locations, innermost first, and its values, both still varints. Raises ValueError, IndexError."""
    locations = values = b""
    at, end = 0, len(sample)
    while at < end:
        key = sample[at]
        size = sample[at + 1]
        start = at + 2
        if size & 0x80:
            size, start = varint(sample, at + 1)
        if key == PACKED_LOCATIONS:
            at = start + size
            locations += sample[start:at]
        elif key == PACKED_VALUES:
            at = start + size
            values += sample[start:at]
        elif key & 7 == VARINT:  # one that is not packed
            if key >> 3 == LOCATIONS:
                locations += sample[at + 1 : start]
            elif key >> 3 == VALUES:
                values += sample[at + 1 : start]
            at = start
        else:  # a label
            at = start + size
    if at > end:
        raise ValueError("a field ends beyond its sample")
    return locations, values


class _Values(dict[bytes, tuple[int, ...]]):
    """Values as a sample has them → in our units; each worked out once, since samples repeat theirs."""

    def __init__(self, factors: tuple[int, ...]) -> None:
        super().__init__()
        self._factors = factors

    def __missing__(self, packed: bytes) -> tuple[int, ...]:
        found = numbers(packed)
        if len(found) != len(self._factors):
            raise ValueError(f"a sample has {len(found)} values, not {len(self._factors)}")
        self[packed] = tuple(signed(number) * factor for number, factor in zip(found, self._factors, strict=True))
        return self[packed]


class _ByVarint(dict[bytes, Any]):
    """Location, as the varint that samples name it by → what it has by its number."""

    def __init__(self, by_number: Mapping[int, Any]) -> None:
        super().__init__()
        self._by_number = by_number

    def __missing__(self, name: bytes) -> Any:
        self[name] = self._by_number[NUMBERS[name]]
        return self[name]


def _locations(builder: ProfileBuilder, found: Found) -> dict[int, Stack]:
    """The frames of each location, outermost first; inlined calls are several."""
    functions = dict(_function(each, found) for each in found[FUNCTION])
    by_number: dict[int, Stack] = {}
    for each in found[LOCATION]:
        number = address = 0
        lines: list[int] = []
        for field, value in _fields(each):
            if field == 1 and isinstance(value, int):
                number = value
            elif field == 3 and isinstance(value, int):
                address = value
            elif field == 4:
                function = functions.get(_number(value, 1), ("?", ""))
                lines.append(builder.frame(Frame(*function, signed(_number(value, 2)))))
        by_number[number] = tuple(reversed(lines)) or (builder.frame(Frame(f"0x{address:x}")),)
    return by_number


def _function(data: int | bytes, found: Found) -> tuple[int, tuple[str, str]]:
    known = {number: value for number, value in _fields(data) if isinstance(value, int)}
    return known.get(1, 0), (_text(found, known.get(2, 0)), _text(found, known.get(4, 0)))


def _fields(data: int | bytes) -> list[tuple[int, int | bytes]]:
    if isinstance(data, int):
        raise ValueError("a number where a message should be")  # noqa: TRY004 - the file is wrong, not the code
    return list(fields(data))


def _number(data: int | bytes, wanted: int) -> int:
    """The first number of a field of a message; 0 where it has none."""
    return next((numbers(value)[0] for number, value in _fields(data) if number == wanted), 0)


def _text(found: Found, place: int) -> str:
    text = found[STRINGS][place]
    return text.decode() if isinstance(text, bytes) else ""


# ---- writing


def write(profile: Profile) -> bytes:
    """The profile as a compressed profile.proto; the same profile gives the same bytes."""
    strings = _Strings()
    parts = [
        bytes_field(SAMPLE_TYPE, number_field(1, strings(each.name)) + number_field(2, strings(each.unit)))
        for each in profile.values
    ]
    parts += [
        bytes_field(SAMPLE, packed_field(LOCATIONS, (frame + 1 for frame in reversed(stack))) + packed_field(2, values))
        for stack, values in profile.stacks.items()
    ]
    functions: dict[tuple[str, str], int] = {}
    for number, frame in enumerate(profile.frames, 1):
        function = functions.setdefault((frame.function, frame.file), len(functions) + 1)
        line = number_field(1, function) + number_field(2, frame.line)
        parts.append(bytes_field(LOCATION, number_field(1, number) + bytes_field(4, line)))
    for (name, file), number in functions.items():
        texts = number_field(2, strings(name)) + number_field(3, strings(name)) + number_field(4, strings(file))
        parts.append(bytes_field(FUNCTION, number_field(1, number) + texts))
    parts += [number_field(COMMENT, strings(f"{DOUBT}{doubt}")) for doubt in profile.doubts]
    default = number_field(DEFAULT_TYPE, strings(profile.shown))
    parts += [bytes_field(STRINGS, text.encode(errors="replace")) for text in strings.places]
    return gzip.compress(b"".join([*parts, default]), mtime=0)


class _Strings:
    """The table of texts; the empty one comes first, as the format wants it."""

    def __init__(self) -> None:
        self.places = {"": 0}

    def __call__(self, text: str) -> int:
        return self.places.setdefault(text, len(self.places))
