"""The journal of a label: ``journal.jsonl``, one line an event, synced line by line. It is the truth; results derive.

Lines are JSON objects with a ``type``: ``header`` (a scenario's run begins), ``trial``, ``stopped`` (a sitting ended),
``resumed`` (another began). A run of several scenarios keeps them in one journal; every line names its scenario.
"""

from __future__ import annotations

import fcntl
import os
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, Self

import msgspec

from perfkit.errors import ResultError, StorageError
from perfkit.model.metrics import Metric  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.model.result import Fingerprint, Result, Trial
from perfkit.model.scenario import Repeat, Scenario  # noqa: TC001
from perfkit.storage.files import another_version, encode, shown, sync_folder, uninterrupted, writing

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

SCHEMA: Final = "perfkit.journal/1"
NAME: Final = "journal.jsonl"


class Header(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="header"):
    """First line of a scenario's run: what was about to be measured, resolved to the last default."""

    schema: Literal["perfkit.journal/1"] = SCHEMA
    run: str  # the run's id, as in the targets' environment
    label: str
    created: str  # UTC, ISO 8601
    scenario: Scenario
    scenario_hash: str
    seed: int  # of the order of trials within blocks
    base: str | None
    commit: str = ""
    fingerprint: Fingerprint
    metrics: tuple[Metric, ...]  # with the sources actually used


class Entry(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="trial"):
    """A finished trial, warm-ups too."""

    scenario: str
    trial: Trial


class Stopped(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="stopped"):
    """A sitting ended in order. Missing after a kill; trials may follow it after a ``resumed``."""

    scenario: str
    reason: Literal["decided", "pairs", "max_time", "interrupted", "target_failed"]
    elapsed: float  # seconds of wall clock of the sitting


class Resumed(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="resumed"):
    """Another sitting of the same run began, perhaps with more time or trials."""

    scenario: str
    at: str  # UTC, ISO 8601
    repeat: Repeat


Line = Header | Entry | Stopped | Resumed


class Record(msgspec.Struct, kw_only=True):
    """What a journal tells of one scenario's run, folded from its lines."""

    header: Header
    repeat: Repeat
    trials: list[Trial] = []
    stopped: str = ""  # why the last sitting ended; empty: it was killed, or still runs
    elapsed: float = 0.0

    def add(self, line: Entry | Stopped | Resumed) -> None:
        """Take one more line into account."""
        match line:
            case Entry():
                self.trials.append(line.trial)
            case Stopped():
                self.stopped, self.elapsed = line.reason, line.elapsed
            case Resumed():
                self.stopped, self.repeat = "", line.repeat

    def result(self) -> Result:
        """The result that these lines amount to."""
        header = self.header
        return Result(
            label=header.label,
            created=header.created,
            scenario=msgspec.structs.replace(header.scenario, repeat=self.repeat),
            scenario_hash=header.scenario_hash,
            seed=header.seed,
            base=header.base,
            commit=header.commit,
            fingerprint=header.fingerprint,
            metrics=header.metrics,
            trials=tuple(self.trials),
            complete=self.stopped not in {"", "interrupted"},
            stopped=self.stopped,
            elapsed=self.elapsed,
        )


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """A journal as read. ``end`` is where the last whole line ends, ``lost`` how many bytes of a cut-off one follow."""

    records: dict[str, Record]
    end: int
    lost: int = 0

    @property
    def warning(self) -> str:
        """What to tell a person about the reading, or nothing."""
        return "the last line of the journal was cut off; the trial in it counts as not run" if self.lost else ""


def read_journal(path: Path) -> Contents:
    """Read a journal; a last line that a kill cut off is left out and counted.

    Raises:
        ResultError: there is none, it is no journal, or a line other than a cut-off last one is corrupt.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ResultError(f"{shown(path)}: no such file") from None
    except OSError as error:
        raise ResultError(f"{shown(path)}: cannot be read: {error.strerror}") from None
    return parse(data, shown(path))


def parse(data: bytes, file: str) -> Contents:
    """The same for bytes already read; ``file`` is what errors call them."""
    records: dict[str, Record] = {}
    end = 0
    lines = [line + b"\n" for line in data.split(b"\n")]
    last = lines.pop()[:-1]  # what follows the last newline: nothing, unless a kill cut a line off
    for number, raw in enumerate([*lines, *filter(None, [last])], start=1):
        try:
            line = _DECODER.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if raw is last:
                break
            raise ResultError(f"{file}: line {number}: {_complaint(raw, error)}") from None
        _check(records, line, f"{file}: line {number}")
        _fold(records, line)
        end += len(raw)
    return Contents(records=records, end=end, lost=len(data) - end)


class Journal:
    """A journal open for writing, by one engine at a time. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        """Open or begin the journal of a label's folder. Raises StorageError: another engine holds it, or no access."""
        self.folder = folder
        self.path = folder / NAME
        with writing(self.path):
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            with writing(self.path):
                self._lock()
                sync_folder(folder)
        except StorageError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @cached_property
    def contents(self) -> Contents:
        """What it held when first looked at; what a kill left of a last line is then cut off.

        Read late, so that a corrupt journal can still be cleared.

        Raises:
            ResultError: what is in it is corrupt.
        """
        contents = read_journal(self.path)
        self._mend(contents.end)
        return contents

    @property
    def records(self) -> dict[str, Record]:
        """Scenario name → its run so far, kept current by ``write``. Raises ResultError when the journal is corrupt."""
        return self.contents.records

    def write(self, line: Line) -> None:
        """Append one line and wait until the disk has it.

        Raises:
            StorageError: it cannot be written; everything before it is kept, nothing of it is.
            ResultError: what is in it already is corrupt.
        """
        data = encode(line, self.path) + b"\n"
        _check(self.records, line, shown(self.path))
        with uninterrupted():
            self._write(data)
            _fold(self.records, line)

    def _write(self, data: bytes) -> None:
        with writing(self.path, self._kept()):
            end = os.lseek(self._file, 0, os.SEEK_END)
            try:
                self._append(data)
            except OSError:
                os.ftruncate(self._file, end)
                raise

    def clear(self) -> None:
        """Forget everything written so far: the label is begun anew."""
        with writing(self.path):
            os.ftruncate(self._file, 0)
        self.contents = Contents(records={}, end=0)

    def close(self) -> None:
        """Let go of the file and its lock. May be called twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _append(self, data: bytes) -> None:
        """One write as a rule; a disk that fills up may take a part first and refuse the rest."""
        while data:
            data = data[os.write(self._file, data) :]
        os.fsync(self._file)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StorageError(
                f"another perfkit is writing {shown(self.path)}", "wait for it to end, or choose another --label"
            ) from None

    def _mend(self, end: int) -> None:
        """Drop a cut-off last line; end a whole one whose newline alone is missing."""
        with writing(self.path):
            os.ftruncate(self._file, end)
            if end and os.pread(self._file, 1, end - 1) != b"\n":
                os.lseek(self._file, 0, os.SEEK_END)
                self._append(b"\n")

    def _kept(self) -> str:
        finished = sum(len(record.trials) for record in self.records.values())
        return f"finished trials kept: {finished}; go on with perfkit run --resume" if finished else ""


class Ledger:
    """The engine's view of a journal: the trials of one scenario."""

    def __init__(self, journal: Journal, scenario: str) -> None:
        self._journal = journal
        self._scenario = scenario

    @property
    def trials(self) -> list[Trial]:
        """All trials so far, those of earlier sittings too, in order of execution."""
        return self._journal.records[self._scenario].trials

    def append(self, trial: Trial) -> None:
        """Keep a trial for good. Raises StorageError."""
        self._journal.write(Entry(scenario=self._scenario, trial=trial))


_DECODER: Final = msgspec.json.Decoder(Line)


def _check(records: dict[str, Record], line: Line, place: str) -> None:
    """Whether a line can follow what is there: one header a scenario, before all else of it."""
    if isinstance(line, Header):
        if line.scenario.name in records:
            raise ResultError(f"{place}: a second header of scenario {line.scenario.name!r}")
    elif line.scenario not in records:
        raise ResultError(f"{place}: a {line.__struct_config__.tag} of scenario {line.scenario!r} before its header")


def _fold(records: dict[str, Record], line: Line) -> None:
    if isinstance(line, Header):
        records[line.scenario.name] = Record(header=line, repeat=line.scenario.repeat)
    else:
        records[line.scenario].add(line)


def _complaint(raw: bytes, error: Exception) -> str:
    """What is wrong with a line: another version's, or not ours at all."""
    return another_version(raw, SCHEMA) or f"corrupt: {error}"
