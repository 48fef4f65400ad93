"""Which file of a release is the one for a machine; what a Go program says of its making."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfkit.targets.versions.buildinfo import BuildInfo, read_build_info
from perfkit.targets.versions.releases import Asset, chosen

K9S = (
    "checksums.sha256",
    "k9s_Darwin_amd64.tar.gz",
    "k9s_Darwin_arm64.tar.gz",
    "k9s_Linux_amd64.tar.gz",
    "k9s_Linux_amd64.tar.gz.sbom.json",
    "k9s_Linux_arm64.tar.gz",
    "k9s_Linux_armv7.tar.gz",
    "k9s_Linux_s390x.tar.gz",
    "k9s_Windows_amd64.zip",
    "k9s_linux_amd64.deb",
    "k9s_linux_amd64.rpm",
)
RUST = (
    "kdash-linux-musl.tar.gz",
    "tool-v1-x86_64-unknown-linux-gnu.tar.gz",
    "tool-v1-x86_64-unknown-linux-gnu.tar.gz.sha256",
    "tool-v1-x86_64-unknown-linux-musl.tar.gz",
    "tool-v1-x86_64-apple-darwin.tar.gz",
    "tool-v1-x86_64-pc-windows-msvc.zip",
)
SEVERAL = ("cli-helper-linux-amd64", "cli-linux-amd64", "server-linux-amd64")


@pytest.mark.parametrize(
    ("names", "host", "program", "expected"),
    [
        (K9S, ("linux", "x86_64"), "k9s", "k9s_Linux_amd64.tar.gz"),
        (K9S, ("linux", "aarch64"), "k9s", "k9s_Linux_arm64.tar.gz"),
        (K9S, ("darwin", "arm64"), "k9s", "k9s_Darwin_arm64.tar.gz"),
        (K9S, ("linux", "riscv64"), "k9s", None),
        (RUST, ("linux", "x86_64"), "tool", "tool-v1-x86_64-unknown-linux-gnu.tar.gz"),
        (SEVERAL, ("linux", "x86_64"), "server", "server-linux-amd64"),
        (SEVERAL, ("linux", "x86_64"), "cli", "cli-linux-amd64"),
        ((), ("linux", "x86_64"), "k9s", None),
    ],
)
def test_the_file_for_a_machine(
    names: tuple[str, ...], host: tuple[str, str], program: str, expected: str | None
) -> None:
    found = chosen([Asset(name) for name in names], host, program)
    assert (found and found.name) == expected


def _string(text: bytes) -> bytes:
    """With its length before it, as a varint."""
    length, head = len(text), b""
    while length >= 0x80:
        head += bytes([length & 0x7F | 0x80])
        length >>= 7
    return head + bytes([length]) + text


def _binary(go: str, lines: str) -> bytes:
    """What the linker writes, somewhere in a file, at a multiple of 16; an accidental magic before it is not."""
    header = b"\xff Go buildinf:" + bytes([8, 2]) + b"\0" * 16
    module = b"<" * 16 + lines.encode() + b">" * 16
    return b"\x7fELF" + b"\xff Go buildinf:" + b"\0" * 46 + header + _string(go.encode()) + _string(module)


def test_what_a_go_program_says_of_its_making(tmp_path: Path) -> None:
    program = tmp_path / "k9s"
    lines = [
        "path\tgithub.com/derailed/k9s",
        "mod\tgithub.com/derailed/k9s\tv0.50.16\th1:abc=",
        "dep\tk8s.io/client-go\tv0.34.1\th1:abc=",
        "dep\texample.com/old\tv1.0.0",
        "=>\texample.com/new\tv2.0.0\th1:abc=",
        "dep\texample.com/pinned\tv1.0.0",
        "=>\texample.com/pinned\tv1.1.0\th1:abc=",
        "build\t-buildmode=exe",
        *(f"dep\texample.com/{number}\tv1.0.{number}\th1:abc=" for number in range(40)),
    ]
    program.write_bytes(_binary("go1.25.1", "\n".join(lines)))
    found = read_build_info(program)
    assert found is not None
    assert (found.go, found.module, found.version) == ("go1.25.1", "github.com/derailed/k9s", "v0.50.16")
    assert found.modules["k8s.io/client-go"] == "v0.34.1"
    assert found.modules["example.com/old"] == "example.com/new v2.0.0"
    assert found.modules["example.com/pinned"] == "v1.1.0"
    assert found.parts()["go"] == "1.25.1"
    assert len(found.modules) == 43


@pytest.mark.parametrize("content", [b"", b"#!/bin/sh\n", b"\x7fELF" + b"\0" * 100])
def test_other_programs_say_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "program").write_bytes(content)
    assert read_build_info(tmp_path / "program") is None


def test_no_modules_is_no_difference() -> None:
    assert BuildInfo(go="go1.26").parts() == {"go": "1.26"}
