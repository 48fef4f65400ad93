"""Names by address in executables made up here, laid out as Go's linker does."""

from __future__ import annotations

import contextlib
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.profilers import perf_script
from perfkit.profilers.go_symbols import FunctionTable, go_program
from support.profiles import few, told

if TYPE_CHECKING:
    from pathlib import Path

TEXT = 0x401000
functions = st.lists(st.tuples(st.text("abc./()*", min_size=1), st.integers(1, 1 << 20)), min_size=1, max_size=40)


def pclntab(named: list[tuple[str, int]], *, magic: int = 0xFFFFFFF1, text: int = 0) -> bytes:
    """A table of functions of that name and size, one after the other."""
    names, pairs, bodies, entry = b"", b"", b"", 0
    for name, size in named:
        place = 8 * len(named) + 4 + len(bodies)
        pairs += struct.pack("<II", entry, place)
        bodies += struct.pack("<Ii", entry, len(names))
        names += name.encode() + b"\0"
        entry += size
    lines = 72 + len(names)
    header = struct.pack("<IHBBQQQ5Q", magic, 0, 1, 8, len(named), 0, text, 72, lines, lines, lines, lines)
    return header + names + pairs + struct.pack("<I", entry) + bodies


def executable(table: bytes, name: str = ".gopclntab", module: bytes = b"") -> bytes:
    """An ELF file whose code lies at TEXT and at offset 0x1000."""
    parts = {".text": (TEXT, b"\xc3" * 64), name: (0, table), **({".go.module": (0, module)} if module else {})}
    names = b"\0" + b"".join(each.encode() + b"\0" for each in parts) + b".shstrtab\0"
    body, headers = b"", struct.pack("<IIQQQQ", 0, 0, 0, 0, 0, 0).ljust(64, b"\0")
    for each, (address, content) in (*parts.items(), (".shstrtab", (0, names))):
        at = names.index(each.encode() + b"\0")
        fields = (at, 1, 0, address, 0x1000 + len(body), len(content))
        headers += struct.pack("<IIQQQQ", *fields).ljust(64, b"\0")
        body += content
    where = 0x1000 + len(body)
    elf = b"\x7fELF\x02\x01".ljust(0x20, b"\0") + struct.pack("<QQ", 0x40, where) + b"\0" * 6
    elf += struct.pack("<HHHHH", 56, 1, 64, len(parts) + 2, len(parts) + 1)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0x1000, TEXT, TEXT, 64, 64, 0x1000)
    return (elf + segment).ljust(0x1000, b"\0") + body + headers


@few
@given(functions, st.sampled_from([0xFFFFFFF0, 0xFFFFFFF1]), st.sampled_from([0, TEXT]))
def test_every_address_of_a_function_has_its_name(named: list[tuple[str, int]], magic: int, text: int) -> None:
    table = FunctionTable(pclntab(named, magic=magic, text=text), TEXT)
    at = TEXT
    assert table.name(at - 1) == ""
    for name, size in named:
        assert [table.name(at), table.name(at + size - 1)] == [name, name]
        at += size
    assert table.name(at) == ""


@few
@given(st.binary(max_size=200), st.integers(0, 250))
def test_what_is_damaged_is_no_table(noise: bytes, cut: int) -> None:
    whole = pclntab([("main.main", 16)])
    for table in (noise, whole[: min(cut, len(whole) - 1)]):
        with contextlib.suppress(ValueError, struct.error):
            FunctionTable(table, TEXT).name(TEXT)


def test_a_stripped_program_is_named_by_offsets_of_its_file(tmp_path: Path) -> None:
    table = pclntab([("main.main", 32), ("main.hot", 32)])
    module = b"\0" * 176 + struct.pack("<Q", TEXT + 16)  # C has the first 16 bytes
    for name, content, at in (
        ("plain", executable(table), 0x1020),
        ("pie", executable(table, ".data.rel.ro.gopclntab"), 0x1020),
        ("with_c", executable(table, module=module), 0x1030),
    ):
        (tmp_path / name).write_bytes(content)
        program = go_program(str(tmp_path / name))
        assert program
        assert [program.name_at(at - 1), program.name_at(at), program.name_at(5)] == ["main.main", "main.hot", ""]


@pytest.mark.parametrize("content", [b"", b"#!/bin/sh\n", b"\x7fELF\x02\x01", executable(b"none")[:0x1010]])
def test_what_is_no_go_program_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "it").write_bytes(content)
    assert go_program(str(tmp_path / "it")) is None
    assert go_program(str(tmp_path / "missing")) is None


def test_perfs_unknown_functions_of_a_go_program_are_named_and_no_longer_doubtful(tmp_path: Path) -> None:
    path = tmp_path / "client"
    path.write_bytes(executable(pclntab([("main.main", 32), ("k8s.io/client-go/rest.Do", 32)])))
    text = f"client 5000000 \n\t  1025 [unknown] ({path})\n\t  1003 [unknown] ({path})\n\n"
    profile = perf_script.read(text)
    ((stack, value),) = told(profile).items()
    assert [(frame.function, frame.package) for frame in stack] == [
        ("main.main", "main"),
        ("k8s.io/client-go/rest.Do", "k8s.io/client-go/rest"),
    ]
    assert (value, profile.doubts) == ((5_000_000,), ())
