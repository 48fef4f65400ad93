"""Noise floors on disk: found again where machine, experiment, method and program are the same, and only there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perfkit.errors import StorageError
from perfkit.storage.noise import find_noise, stored_noise, write_noise
from support.noise import make_noise
from support.stored import make_fingerprint

if TYPE_CHECKING:
    from pathlib import Path

MACHINE = make_fingerprint().machine


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "perfkit" / "noise"


def test_what_was_written_is_found() -> None:
    noise = make_noise()
    write_noise(noise)
    assert find_noise(noise.fingerprint, "client") == noise


def test_nothing_is_found_where_nothing_was_measured() -> None:
    assert find_noise(make_fingerprint(), "client") is None
    assert stored_noise(MACHINE).noise == ()


@pytest.mark.parametrize("kind", ["machine", "experiment", "method"])
def test_another_machine_experiment_or_method_has_no_floor(kind: str) -> None:
    write_noise(make_noise())
    assert find_noise(make_fingerprint(**{kind: {"other": "1"}}), "client") is None


def test_another_program_has_no_floor() -> None:
    write_noise(make_noise())
    assert find_noise(make_fingerprint(), "another") is None


def test_another_kernel_or_load_keeps_the_floor() -> None:
    write_noise(make_noise())
    assert find_noise(make_fingerprint(context={"kernel": "7.0", "load": "busy"}), "client") is not None


def test_measuring_again_replaces(state: Path) -> None:
    write_noise(make_noise())
    again = make_noise(created="2026-02-28T00:00:00Z")
    write_noise(again)
    assert find_noise(again.fingerprint, "client") == again
    assert len(list(state.iterdir())) == 1


def test_the_newest_is_listed_first_and_other_machines_are_not() -> None:
    old, new = make_noise(program="a"), make_noise(program="b", created="2026-02-28T00:00:00Z")
    for noise in (old, new, make_noise(fingerprint=make_fingerprint(machine={"cpu": "Ada 2"}))):
        write_noise(noise)
    assert stored_noise(MACHINE).noise == (new, old)


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b"[]", b'{"schema": "perfkit.floor/1"}', b"[" * 100_000])
def test_a_damaged_file_is_told_and_hides_no_result(damage: bytes) -> None:
    noise = make_noise()
    path = write_noise(noise)
    path.write_bytes(damage)
    assert find_noise(noise.fingerprint, "client") is None
    (problem,) = stored_noise(MACHINE).problems
    assert path.name in problem


def test_a_file_of_a_newer_perfkit_is_told() -> None:
    path = write_noise(make_noise())
    path.write_bytes(path.read_bytes().replace(b"perfkit.floor/1", b"perfkit.floor/9"))
    (problem,) = stored_noise(MACHINE).problems
    assert "'perfkit.floor/9'" in problem


def test_where_nothing_can_be_written_one_line_says_so(state: Path) -> None:
    state.parent.mkdir(parents=True)
    state.write_text("a file in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        write_noise(make_noise())
