"""What a bisection knows: ``results/local/<label>/bisect.json``, replaced at one stroke after every step.

Beside it each sitting (a run of the good commit and another, side by side) has a folder of its own with journal and
result, so that no finished trial is lost: a sitting that was killed is read from its journal.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from perfkit.errors import ResultError, StorageError
from perfkit.model.bisection import Crossing, Threshold  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.model.result import complete_blocks
from perfkit.model.scenario import Scenario  # noqa: TC001
from perfkit.storage import journal, labels
from perfkit.storage.files import another_version, encode, shown, sync_folder, write_whole, writing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perfkit.model.result import Result, Trial

NAME: Final = "bisect.json"
SCHEMA: Final = "perfkit.bisection/1"

Find = Literal["regressed", "improved"]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question about one commit: has it the change? ``answer`` is None before there is one, and where ``skipped``.

    ``proof``: the last one, which only shows the commit found beside its parent.
    """

    commit: str
    base: str  # the commit it is compared with
    proof: bool = False
    sittings: tuple[str, ...] = ()  # folders
    answer: Crossing | None = None
    skipped: str = ""  # why there is no answer


class Bisection(msgspec.Struct, frozen=True, kw_only=True):
    """A bisection as begun, and what was asked so far; the first question is whether the bad commit is bad."""

    schema: Literal["perfkit.bisection/1"] = SCHEMA
    label: str
    created: str  # UTC, ISO 8601
    good: tuple[str, str]  # commit, and as it was named
    bad: tuple[str, str]
    metric: str
    find: Find
    first_parent: bool
    build: str | None
    keep: bool
    scenario: Scenario  # with one target: what lies in the project, whose like is run in each work tree
    machine: dict[str, str]
    threshold: Threshold | None = None  # once the ends are known to differ
    asked: tuple[Asked, ...] = ()


class Book:
    """A bisection on disk, open for one perfkit at a time."""

    def __init__(self, folder: Path, bisection: Bisection) -> None:
        self.folder = folder
        self.now = bisection

    def keep(self, **changes: object) -> None:
        """Change what is known, and have it on disk. Raises StorageError."""
        self.now = msgspec.structs.replace(self.now, **changes)
        path = self.folder / NAME
        write_whole(path, msgspec.json.format(encode(self.now, path), indent=1) + b"\n")

    def update(self, asked: Asked) -> None:
        """Keep the newest state of the last question. Raises StorageError."""
        self.keep(asked=(*self.now.asked[:-1], asked))

    def new_sitting(self) -> str:
        """The name of a folder for one more sitting about the last question, told before anything is in it."""
        asked = self.now.asked[-1]
        number = 1 + sum(len(each.sittings) for each in self.now.asked)
        name = f"{number:03d}-{asked.commit[:7]}"
        self.update(msgspec.structs.replace(asked, sittings=(*asked.sittings, name)))
        return name

    def result(self, asked: Asked) -> Result | None:
        """All pairs about one question as one result, its sittings' one after another; None before the first.

        Raises:
            ResultError: a journal is corrupt.
        """
        found = [result for name in asked.sittings if (result := self._sitting(name)) is not None]
        if not found:
            return None
        blocks = [block for result in found for block in _blocks(result)]
        trials = tuple(
            msgspec.structs.replace(trial, block=number) for number, block in enumerate(blocks) for trial in block
        )
        return msgspec.structs.replace(
            found[-1], label=self.now.label, trials=trials, elapsed=sum(result.elapsed for result in found)
        )

    def _sitting(self, name: str) -> Result | None:
        path = self.folder / name / journal.NAME
        if not path.is_file():
            return None
        record = journal.read_journal(path).records.get(self.now.scenario.name)
        return None if record is None else record.result()


def _blocks(result: Result) -> list[list[Trial]]:
    names = [target.name for target in result.scenario.targets]
    return [[block[name] for name in names] for block in complete_blocks(result.trials, names)]


def begin(bisection: Bisection) -> Book:
    """A book for a new bisection; nothing is on disk yet. Raises StorageError: the label is taken."""
    folder = labels.new_folder(bisection.label)
    if (folder / NAME).exists():
        raise StorageError(f"label {bisection.label!r} exists in {shown(folder)}", "choose another --label")
    return Book(folder, bisection)


def find(label: str | None) -> Book:
    """The bisection of that label, else the one written to last. Raises ResultError: none, or it cannot be read."""
    root = labels.results_folder() / "local"
    paths = [root / labels.check_label(label) / NAME] if label else list(root.glob(f"*/{NAME}"))
    paths = [path for path in paths if path.is_file()]
    if not paths:
        raise ResultError(f"no bisection {f'labelled {label!r}' if label else f'in {shown(root)}'} to go on with")
    path = max(paths, key=lambda each: (each.stat().st_mtime, each.parent.name))
    return Book(path.parent, _read(path))


def _read(path: Path) -> Bisection:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ResultError(f"{shown(path)}: cannot be read: {error.strerror}") from None
    try:
        return _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        complaint = another_version(raw, SCHEMA) or f"corrupt: {error}"
        raise ResultError(f"{shown(path)}: {complaint}", "begin the bisection anew") from None


@contextmanager
def held(book: Book) -> Iterator[Book]:
    """Keep other engines off its folder. Raises StorageError: another one is at it."""
    with writing(book.folder):
        book.folder.mkdir(parents=True, exist_ok=True)
        sync_folder(book.folder.parent)
        lock = os.open(book.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _lock(lock, book.folder)
        yield book
    finally:
        os.close(lock)


def _lock(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StorageError(f"another perfkit is bisecting in {shown(folder)}", "wait for it to end") from None


_DECODER: Final = msgspec.json.Decoder(Bisection)
