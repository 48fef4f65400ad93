from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.errors import ResultError, StorageError
from perfkit.model.scenario import Repeat
from perfkit.storage.journal import Entry, Journal, Ledger, Resumed, Stopped, parse, read_journal
from support.stored import CREATED, make_header, make_scenario, make_trial, make_trials

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STOPPED = Stopped(scenario="startup", reason="pairs", elapsed=12.5)


def fill(folder: Path, blocks: int = 2) -> Path:
    """A journal of a run of ``startup`` that has not ended."""
    with Journal(folder) as journal:
        journal.write(make_header())
        ledger = Ledger(journal, "startup")
        for trial in make_trials(blocks):
            ledger.append(trial)
    return folder / "journal.jsonl"


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    with Journal(tmp_path / "before") as journal:
        journal.write(make_header())
        for trial in make_trials(2):
            Ledger(journal, "startup").append(trial)
        journal.write(STOPPED)
        kept = journal.records
    contents = read_journal(tmp_path / "before" / "journal.jsonl")
    assert contents.records == kept
    assert contents.warning == ""
    record = contents.records["startup"]
    assert record.header == make_header()
    assert tuple(record.trials) == make_trials(2)
    assert (record.stopped, record.elapsed) == ("pairs", 12.5)


def test_a_trial_is_one_line_in_one_write_and_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def noting(name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def call(*args: Any) -> Any:
            done.append(name)
            return real(*args)

        return call

    with Journal(tmp_path) as journal:
        journal.write(make_header())
        for name in ("write", "fsync"):
            monkeypatch.setattr(os, name, noting(name))
        Ledger(journal, "startup").append(make_trial())
    assert done == ["write", "fsync"]
    assert journal.path.read_bytes().count(b"\n") == 2


def test_a_kill_at_any_byte_of_the_last_line_loses_that_line_only(tmp_path: Path) -> None:
    data = fill(tmp_path).read_bytes()
    start = data.rindex(b"\n", 0, len(data) - 1) + 1
    for cut in range(start, len(data) - 1):
        contents = parse(data[:cut], "journal.jsonl")
        assert len(contents.records["startup"].trials) == 5
        assert (contents.end, contents.lost) == (start, cut - start)
        assert bool(contents.warning) == (cut > start)
    for cut in (len(data) - 1, len(data)):  # without its newline the line is whole nevertheless
        assert len(parse(data[:cut], "journal.jsonl").records["startup"].trials) == 6


def test_a_journal_cut_off_anywhere_can_be_gone_on_with(tmp_path: Path) -> None:
    path = fill(tmp_path)
    data = path.read_bytes()
    start = data.rindex(b"\n", 0, len(data) - 1) + 1
    for cut in range(start, len(data) + 1):
        path.write_bytes(data[:cut])
        with Journal(tmp_path) as journal:
            before = len(journal.records["startup"].trials)
            Ledger(journal, "startup").append(make_trial(99))
        contents = read_journal(path)
        assert [trial.index for trial in contents.records["startup"].trials][before:] == [99]
        assert contents.lost == 0


def test_a_journal_killed_within_its_header_holds_no_run(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"type":"head')
    assert read_journal(path).records == {}
    with Journal(tmp_path) as journal:
        journal.write(make_header())
    assert list(read_journal(path).records) == ["startup"]


def test_a_tail_of_zeros_after_a_crash_of_the_machine_is_a_cut_off_line(tmp_path: Path) -> None:
    path = fill(tmp_path)
    with path.open("ab") as file:
        file.write(bytes(512))
    contents = read_journal(path)
    assert (len(contents.records["startup"].trials), contents.lost) == (6, 512)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"{\n", "line 4: corrupt: "),
        (b"\n", "line 4: corrupt: "),
        (b"\xff\n", "line 4: corrupt: "),
        (b"[" * 100_000 + b"\n", "line 4: corrupt: "),
        (b'{"type":"dance"}\n', "line 4: corrupt: Invalid value 'dance'"),
        (
            b'{"type":"trial","scenario":"other","trial":{"index":0,"block":0,"order":0,"target":"a"}}\n',
            "before",
        ),
        (
            b'{"type":"header","schema":"perfkit.journal/2"}\n',
            "line 4: written as 'perfkit.journal/2', but this perfkit",
        ),
    ],
)
def test_any_other_corruption_is_named_by_its_line(line: bytes, complaint: str, tmp_path: Path) -> None:
    path = fill(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], line, *lines[3:]]))
    with pytest.raises(ResultError, match=r"journal\.jsonl: line 4") as caught:
        read_journal(path)
    assert complaint in caught.value.message
    with Journal(tmp_path) as journal, pytest.raises(ResultError, match="line 4"):
        Ledger(journal, "startup").append(make_trial())


def test_a_second_header_of_a_scenario_is_corruption(tmp_path: Path) -> None:
    path = fill(tmp_path)
    with path.open("ab") as file:
        file.write(path.read_bytes().splitlines(keepends=True)[0])
    with pytest.raises(ResultError, match="line 8: a second header of scenario 'startup'"):
        read_journal(path)


@given(st.binary())
def test_arbitrary_bytes_are_read_or_refused_with_a_line_number(data: bytes) -> None:
    try:
        contents = parse(data, "journal.jsonl")
    except ResultError as error:
        message = error.message
    else:
        message = "" if contents.records == {} else "records out of nothing"
    assert message == "" or message.startswith("journal.jsonl: line ")


def test_a_missing_journal_is_an_error_of_one_line(project: Path) -> None:
    with pytest.raises(ResultError, match=r"^results/journal\.jsonl: no such file$"):
        read_journal(project / "results" / "journal.jsonl")


def test_a_folder_in_place_of_a_journal_is_an_error_of_one_line(project: Path) -> None:
    (project / "journal.jsonl").mkdir()
    with pytest.raises(ResultError, match=r"^journal\.jsonl: cannot be read: Is a directory$"):
        read_journal(project / "journal.jsonl")
    with pytest.raises(StorageError, match=r"^journal\.jsonl: cannot be written: Is a directory$"):
        Journal(project)


def test_a_second_engine_on_the_same_label_is_told_so(project: Path) -> None:
    with Journal(project), pytest.raises(StorageError) as caught:
        Journal(project)
    assert caught.value.message == "another perfkit is writing journal.jsonl"
    assert caught.value.advice == "wait for it to end, or choose another --label"
    Journal(project).close()


def test_reading_needs_no_lock(tmp_path: Path) -> None:
    path = fill(tmp_path)
    with Journal(tmp_path):
        assert read_journal(path).records


def fail_after(count: int) -> object:
    """A disk with room for ``count`` more bytes."""
    left = count
    write = os.write

    def limited(descriptor: int, data: bytes) -> int:
        nonlocal left
        if left == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = write(descriptor, data[:left])
        left -= written
        return written

    return limited


@pytest.mark.parametrize("room", [0, 1, 100])
def test_a_full_disk_keeps_every_finished_trial(room: int, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fill(project)
    before = path.read_bytes()
    with Journal(project) as journal:
        with monkeypatch.context() as full:
            full.setattr(os, "write", fail_after(room))
            with pytest.raises(StorageError) as caught:
                Ledger(journal, "startup").append(make_trial(99))
        assert path.read_bytes() == before
        Ledger(journal, "startup").append(make_trial(100))
    assert caught.value.message == "journal.jsonl: cannot be written: No space left on device"
    assert caught.value.advice == "free some space; finished trials kept: 6; go on with perfkit run --resume"
    assert [trial.index for trial in read_journal(path).records["startup"].trials][-1] == 100


def test_a_disk_that_fails_to_sync_takes_the_line_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fill(tmp_path)
    before = path.read_bytes()
    with Journal(tmp_path) as journal:
        monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.EIO, "Input/output error")))
        with pytest.raises(StorageError, match="Input/output error"):
            Ledger(journal, "startup").append(make_trial(99))
        assert len(journal.records["startup"].trials) == 6
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_an_error_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file")
    with pytest.raises(StorageError, match="cannot be written"):
        Journal(tmp_path / "results" / "local" / "x")


def test_one_journal_holds_the_scenarios_of_one_run(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        for name in ("startup", "busy"):
            journal.write(make_header(make_scenario(name)))
        for index, name in enumerate(("startup", "busy", "startup")):
            Ledger(journal, name).append(make_trial(index))
    records = read_journal(journal.path).records
    assert {name: [trial.index for trial in record.trials] for name, record in records.items()} == {
        "startup": [0, 2],
        "busy": [1],
    }


def test_clearing_forgets_all_even_what_is_corrupt(tmp_path: Path) -> None:
    fill(tmp_path).write_text("no journal\n")
    with Journal(tmp_path) as journal:
        journal.clear()
        assert journal.records == {}
        journal.write(make_header(label="again"))
    assert read_journal(journal.path).records["startup"].header.label == "again"


def test_a_line_out_of_place_is_refused_before_it_is_written(tmp_path: Path) -> None:
    path = fill(tmp_path)
    before = path.read_bytes()
    with Journal(tmp_path) as journal:
        for line in (make_header(), Entry(scenario="other", trial=make_trial())):
            with pytest.raises(ResultError):
                journal.write(line)
    assert path.read_bytes() == before


def test_a_killed_run_is_an_incomplete_result(tmp_path: Path) -> None:
    result = read_journal(fill(tmp_path)).records["startup"].result()
    assert (result.complete, result.stopped, result.trials) == (False, "", make_trials(2))


@pytest.mark.parametrize(("reason", "complete"), [("pairs", True), ("max_time", True), ("interrupted", False)])
def test_why_a_run_ended_says_whether_it_is_complete(reason: str, complete: bool, tmp_path: Path) -> None:
    fill(tmp_path)
    with Journal(tmp_path) as journal:
        journal.write(msgspec.structs.replace(STOPPED, reason=reason))
        assert journal.records["startup"].result().complete is complete


def test_a_resumed_run_is_open_again_with_what_it_may_spend_now(tmp_path: Path) -> None:
    fill(tmp_path)
    more = Repeat(max_time=1800.0)
    with Journal(tmp_path) as journal:
        journal.write(STOPPED)
        journal.write(Resumed(scenario="startup", at=CREATED, repeat=more))
    result = read_journal(journal.path).records["startup"].result()
    assert result.scenario.repeat == more
    assert not result.complete


TRIALS = st.builds(
    make_trial,
    index=st.integers(0, 2**31),
    target=st.text(st.characters(codec="utf-8")),
    block=st.integers(-5, 10_000),
    outcome=st.sampled_from(["ok", "exited", "timeout", "not_started", "cluster_failed"]),
    reason=st.text(st.characters(codec="utf-8")),
    values=st.dictionaries(st.text(st.characters(codec="utf-8")), st.floats(allow_nan=False, allow_infinity=False)),
    warnings=st.lists(st.text(st.characters(codec="utf-8"))).map(tuple),
)


@given(TRIALS)
def test_any_trial_survives_the_journal(trial: object) -> None:
    line = msgspec.json.encode(Entry(scenario="startup", trial=trial))  # type: ignore[arg-type]
    head = msgspec.json.encode(make_header())
    assert parse(head + b"\n" + line + b"\n", "j").records["startup"].trials == [trial]
