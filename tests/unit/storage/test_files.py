from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from perfkit.errors import StorageError
from perfkit.storage.files import encode, write_whole, writing


def refuse(number: int) -> object:
    def refusing(*_args: object) -> None:
        raise OSError(number, os.strerror(number))

    return refusing


def test_a_full_disk_leaves_the_old_file_and_no_draft(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = project / "x.json"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", refuse(errno.ENOSPC))
    with pytest.raises(StorageError) as caught:
        write_whole(path, b"new", kept="the journal has it")
    assert caught.value.message == "x.json: cannot be written: No space left on device"
    assert caught.value.advice == "free some space; the journal has it"
    assert path.read_text() == "old"
    assert sorted(p.name for p in project.iterdir()) == ["perfkit.toml", "x.json"]


def test_what_is_written_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for content in (b"a much longer old text", b"new"):
        write_whole(path, content)
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_an_error_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"No such file or directory$"):
        write_whole(tmp_path / "nowhere" / "x.json", b"")


def test_the_device_that_is_always_full_is_reported(tmp_path: Path) -> None:
    """/dev/full is the kernel's own full disk."""
    with pytest.raises(StorageError, match="No space left"), writing(Path("/dev/full")):
        Path("/dev/full").write_bytes(b"x")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EDQUOT])
def test_each_refusal_comes_with_what_to_do(number: int, tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught, writing(tmp_path):
        raise OSError(number, os.strerror(number))
    assert caught.value.advice


def test_text_of_arbitrary_bytes_is_refused_by_name(tmp_path: Path) -> None:
    argument = b"\xff".decode(errors="surrogateescape")  # as in sys.argv
    with pytest.raises(StorageError, match="is not UTF-8 text"):
        encode({"command": [argument]}, tmp_path)
