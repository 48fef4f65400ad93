"""The cache of versions, used by several processes at once and by some that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perfkit.errors import StorageError
from perfkit.targets.versions import store
from perfkit.targets.versions.store import Made

pytestmark = pytest.mark.functional

# Makes a version: says so, and goes on when told.
MAKER = """
import sys
from pathlib import Path
from perfkit.targets.versions import store

def make(folder: Path) -> store.Made:
    (folder / "half").write_text("x")
    print("making", flush=True)
    sys.stdin.readline()
    (folder / "whole").write_text("x")
    return store.Made(source="x", version="1")

kept = store.keep("pip", "k", make, lambda text: print(text, flush=True))
print("have", sorted(path.name for path in kept.folder.iterdir()), flush=True)
sys.stdin.readline()
"""
WHOLE = "have ['half', 'made.json', 'whole']"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "perfkit" / "targets"


class Maker:
    """Another perfkit that makes the same version."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", MAKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self) -> None:
        self.process.communicate("\n", timeout=30)


def _make(folder: Path) -> Made:
    (folder / "whole").write_text("y")
    return Made(source="y", version="2")


def _keep() -> store.Kept:
    return store.keep("pip", "k", _make, lambda _: None)


def test_two_at_once_make_it_once() -> None:
    making = Maker()
    assert making.says() == "making"
    waiting = Maker()
    try:
        assert waiting.says().startswith("waiting for another perfkit")
        making.go_on()
        assert making.says() == WHOLE
        assert waiting.says() == WHOLE, "it was there, and nothing was made again"
    finally:
        making.end()
        waiting.end()


def test_half_of_one_is_never_used(cache: Path) -> None:
    maker = Maker()
    assert maker.says() == "making"
    maker.process.send_signal(signal.SIGKILL)
    maker.end()
    assert (cache / "pip" / "k" / "half").exists()
    assert store.find("pip", "k") is None
    kept = _keep()
    assert sorted(path.name for path in kept.folder.iterdir()) == ["made.json", "whole"]


def test_what_another_uses_is_not_pruned(cache: Path) -> None:
    maker = Maker()
    assert maker.says() == "making"
    maker.go_on()
    assert maker.says() == WHOLE
    assert list(store.prune(0.0, lambda _: None)) == []
    maker.end()
    forgotten: list[store.Kept] = []
    ((kept, size),) = store.prune(0.0, forgotten.append)
    assert forgotten == [kept]
    assert size >= 2
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_only_what_was_not_used_for_so_long_is_pruned_and_halves_always(cache: Path) -> None:
    maker = Maker()
    maker.says()
    maker.go_on()
    maker.says()
    maker.end()
    (cache / "pip" / "other").mkdir()
    assert list(store.prune(3600.0, lambda _: None)) == []
    assert not (cache / "pip" / "other").exists()
    long_ago = time.time() - 7200
    os.utime(cache / "pip" / "k" / "made.json", (long_ago, long_ago))
    assert [kept.made.source for kept, _ in store.prune(3600.0, lambda _: None)] == ["x"]


def test_a_failure_leaves_nothing_and_the_next_makes_it(cache: Path) -> None:
    def fail(folder: Path) -> Made:
        (folder / "half").write_text("x")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.keep("pip", "k", fail, lambda _: None)
    assert not (cache / "pip" / "k").exists()
    assert _keep().made.version == "2"


def test_a_full_disk_says_how_to_make_room() -> None:
    def fill(_: Path) -> Made:
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="No space left on device") as caught:
        store.keep("pip", "k", fill, lambda _: None)
    assert "perfkit cache prune" in caught.value.advice


def test_a_record_that_cannot_be_read_is_half_of_one(cache: Path) -> None:
    (cache / "pip" / "k").mkdir(parents=True)
    (cache / "pip" / "k" / "made.json").write_text("{")
    assert _keep().made.version == "2"
