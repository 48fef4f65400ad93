"""Names of a Go program's functions by address, also of a stripped one: its runtime needs its pclntab at all times.

The table's layout is Go's internal/abi and runtime/symtab.go; this reads those of Go 1.18 and later, of 64 bits.
A call that was inlined counts for the function that it was inlined into.
"""

from __future__ import annotations

import mmap
import struct
from bisect import bisect_right
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

Bytes = bytes | mmap.mmap

ELF_64_LITTLE: Final = b"\x7fELF\x02\x01"
LOADED: Final = 1  # the kind of segment that is mapped
MAGICS: Final = frozenset({0xFFFFFFF0, 0xFFFFFFF1})  # of Go 1.18, of Go 1.20
PCLNTAB: Final = ".gopclntab"  # in a section of that name, or of one that ends so
MODULE: Final = ".go.module"  # moduledata, where it has a section of its own (Go 1.26)
TEXT_IN_MODULE: Final = 22 * 8  # where moduledata says where the text begins


class _Section(NamedTuple):
    name: str
    address: int
    offset: int
    size: int


class _Segment(NamedTuple):
    offset: int
    address: int
    size: int


class FunctionTable:
    """The functions of a pclntab; ``text`` is the address that its entries count from, unless it says so itself.

    Raises ValueError and struct.error where it is none that we know.
    """

    def __init__(self, table: bytes, text: int) -> None:
        magic, _, _, width, functions, _, start = struct.unpack_from("<IHBBQQQ", table)
        names, _, _, _, lines = struct.unpack_from("<5Q", table, 32)
        if magic not in MAGICS or width != 8 or lines + 8 * functions + 4 > len(table):
            raise ValueError(f"no pclntab that we know (0x{magic:08x})")
        self._table, self._names, self._lines = table, names, lines
        self._text = start or text  # Go 1.26 no longer writes it
        # Entry and place of each function in turn, then the end of the last one.
        pairs = memoryview(table)[lines : lines + 8 * functions + 4].cast("I")
        self._entries, self._places = pairs[::2], pairs[1::2]

    def name(self, address: int) -> str:
        """The function that an address is in; empty: in none."""
        number = bisect_right(self._entries, address - self._text) - 1
        return self._name(number) if 0 <= number < len(self._places) else ""

    def __iter__(self) -> Iterator[str]:
        """The names of all functions, by address."""
        return map(self._name, range(len(self._places)))

    def _name(self, number: int) -> str:
        (place,) = struct.unpack_from("<i", self._table, self._lines + self._places[number] + 4)
        start = self._names + place
        return self._table[start : self._table.index(b"\0", start)].decode(errors="replace")


class GoProgram:
    """An executable file of a Go program."""

    def __init__(self, segments: tuple[_Segment, ...], functions: FunctionTable) -> None:
        self._segments = segments
        self.functions = functions

    def name_at(self, offset: int) -> str:
        """The function whose code lies at an offset of the file, as ``perf script`` prints it; empty: none does."""
        for segment in self._segments:
            if segment.offset <= offset < segment.offset + segment.size:
                return self.functions.name(offset - segment.offset + segment.address)
        return ""


@cache
def go_program(path: str) -> GoProgram | None:
    """The Go program in a file; None: it is no such, or not there."""
    try:
        with Path(path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _program(data)
    except (OSError, ValueError, struct.error):
        return None


def _program(data: Bytes) -> GoProgram | None:
    if data[:6] != ELF_64_LITTLE:
        return None
    sections = list(_sections(data))
    table = next((each for each in sections if each.name.endswith(PCLNTAB)), None)
    if table is None:
        return None
    functions = FunctionTable(data[table.offset : table.offset + table.size], _text(data, sections))
    return GoProgram(tuple(_segments(data)), functions)


def _text(data: Bytes, sections: list[_Section]) -> int:
    """Where the text of Go begins: after that of C, where the program has both."""
    by_name = {section.name: section for section in sections}
    if module := by_name.get(MODULE):
        (text,) = struct.unpack_from("<Q", data, module.offset + TEXT_IN_MODULE)
        return int(text)
    return by_name[".text"].address if ".text" in by_name else 0


def _sections(data: Bytes) -> Iterator[_Section]:
    (headers,) = struct.unpack_from("<Q", data, 0x28)
    size, count, naming = struct.unpack_from("<HHH", data, 0x3A)
    (names,) = struct.unpack_from("<Q", data, headers + naming * size + 0x18)
    for number in range(count):
        name, _, _, address, offset, length = struct.unpack_from("<IIQQQQ", data, headers + number * size)
        end = data.find(b"\0", names + name)
        yield _Section(data[names + name : end].decode(errors="replace"), address, offset, length)


def _segments(data: Bytes) -> Iterator[_Segment]:
    (headers,) = struct.unpack_from("<Q", data, 0x20)
    size, count = struct.unpack_from("<HH", data, 0x36)
    for number in range(count):
        kind, _, offset, address, _, length = struct.unpack_from("<IIQQQQ", data, headers + number * size)
        if kind == LOADED:
            yield _Segment(offset, address, length)
