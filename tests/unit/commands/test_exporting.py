from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from perfkit.commands.exporting import export_one
from perfkit.errors import Exit, ResultError, StorageError, UsageError
from perfkit.model.result import Result
from perfkit.storage.results import write_result
from support.stored import make_result


def store(project: Path, result: Result) -> None:
    folder = project / "results" / "local" / result.label
    folder.mkdir(parents=True)
    write_result(result, folder)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one result, that is also the working directory."""
    (tmp_path / "perfkit.toml").write_text("schema = 1\n")
    monkeypatch.chdir(tmp_path)
    store(tmp_path, make_result())
    return tmp_path


@pytest.mark.parametrize("name", ["before", None, "results/local/before/startup.perfkit.json"])
def test_a_result_named_in_any_way_goes_to_stdout_and_nothing_else_does(
    name: str | None, project: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert export_one(name, "bencher", "-") == Exit.OK
    out, err = capsysbinary.readouterr()
    assert list(json.loads(out)) == ["startup/base", "startup/head"]
    assert err == b""


def test_one_target_is_exported_alone(project: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    export_one("before#head", "csv", "-")
    rows = capsysbinary.readouterr().out.decode().splitlines()[1:]
    assert {row.split(",")[4] for row in rows} == {"head"}
    assert len(rows) == 3 * 7


def test_a_run_that_was_interrupted_is_exported_and_said_to_be(
    project: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    store(project, make_result(label="half", complete=False, stopped="interrupted"))
    export_one("half", "csv", "-")
    assert capsysbinary.readouterr().err == b"! half is not complete: exported is what has finished so far\n"


def test_a_file_is_replaced_and_named_on_stderr(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("out.csv").write_text("old")
    export_one("before", "csv", "out.csv")
    assert Path("out.csv").read_text().startswith("scenario,label,")
    assert capsys.readouterr() == ("", "wrote out.csv\n")
    assert sorted(path.name for path in project.iterdir()) == ["out.csv", "perfkit.toml", "results"]


def test_a_link_stays_a_link(project: Path) -> None:
    Path("true.csv").touch()
    Path("link.csv").symlink_to("true.csv")
    export_one("before", "csv", "link.csv")
    assert Path("link.csv").is_symlink()
    assert Path("true.csv").read_text().startswith("scenario,label,")


def test_a_pipe_is_written_into_and_stays_one(project: Path) -> None:
    os.mkfifo("pipe")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(Path("pipe").read_text()), daemon=True)
    reader.start()
    export_one("before", "csv", "pipe")
    reader.join(timeout=30)
    assert read[0].startswith("scenario,label,")
    assert Path("pipe").is_fifo()


@pytest.mark.parametrize("output", ["no/such/folder.csv", "results", "/dev/full", "x" * 300])
def test_a_file_that_cannot_be_written_is_one_clear_error(output: str, project: Path) -> None:
    with pytest.raises(StorageError, match=f"^{output}.*: cannot be written: "):
        export_one("before", "csv", output)


def test_the_format_is_looked_at_before_the_result_is(project: Path) -> None:
    with pytest.raises(UsageError, match="no format named 'prometheus'"):
        export_one("no-such-label", "prometheus", "-")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("befor", "no result labelled 'befor'"),
        ("before#tail", "before has no target 'tail'"),
        ("gone.perfkit.json", "gone.perfkit.json: cannot be read"),
    ],
)
def test_a_result_that_is_not_there_is_one_clear_error_and_leaves_no_file(
    name: str, message: str, project: Path
) -> None:
    with pytest.raises(ResultError, match=message):
        export_one(name, "csv", "out.csv")
    assert not Path("out.csv").exists()
