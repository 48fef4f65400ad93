"""``perfkit export`` as a person and a shell meet it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from perfkit.profilers.files import read_profile, write_profile
from perfkit.storage.exports.registry import FORMATS
from perfkit.storage.results import write_result
from support.profiles import cpu_profile, told
from support.samples import dead_head
from support.stored import make_result

pytestmark = pytest.mark.functional


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "perfkit.toml").write_text("schema = 1\n")
    for result in (make_result(), dead_head()):
        folder = tmp_path / "results" / "local" / result.label
        folder.mkdir(parents=True)
        write_result(result, folder)
    return tmp_path


def export(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "perfkit", "export", *words],
        cwd=folder,
        capture_output=True,
        timeout=60,
        env={**os.environ, **environment},
        check=False,
    )
    assert b"Traceback" not in done.stderr
    return done


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_the_same_on_stdout_and_in_a_file_whatever_the_locale(name: str, project: Path) -> None:
    shown = export(project, "a-label", "--format", name, PYTHONIOENCODING="ascii")
    filed = export(project, "a-label", "--format", name, "-o", "out", LC_ALL="C")
    assert (shown.returncode, shown.stderr) == (0, b"")
    assert (filed.returncode, filed.stdout, filed.stderr) == (0, b"", b"wrote out\n")
    assert (project / "out").read_bytes() == shown.stdout != b""


def test_pyperf_opens_what_was_exported(project: Path) -> None:
    export(project, "before", "--format", "pyperf", "-o", "out.json")
    done = subprocess.run(
        [sys.executable, "-m", "pyperf", "stats", "out.json"], cwd=project, capture_output=True, text=True, check=True
    )
    assert "base startup.ready" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("before", "--format", "openmetric"),
            b"perfkit: no format named 'openmetric'\n  did you mean 'openmetrics'?\n",
        ),
        (("befor", "--format", "csv"), b"perfkit: no result labelled 'befor'\n  did you mean 'before'?\n"),
        (("before", "--format", "csv", "-o", "a/b"), b"perfkit: a/b: cannot be written: No such file or directory\n"),
        (("before",), b"--format"),
    ],
    ids=str,
)
def test_a_mistake_is_one_clear_line(words: tuple[str, ...], said: bytes, project: Path) -> None:
    done = export(project, *words)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr


def test_the_help_names_every_format_and_is_quick_to_load(project: Path) -> None:
    code = (
        "import sys, contextlib\n"
        "sys.argv = ['perfkit', 'export', '--help']\n"
        "with contextlib.suppress(SystemExit):\n"
        "    from perfkit.__main__ import main; main()\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True)
    assert not [name for name in FORMATS if name not in done.stdout]
    assert not [name for name in done.stderr.split() if name.startswith("perfkit.storage.exports")]


def test_a_profile_is_written_in_the_format_of_other_viewers(tmp_path: Path) -> None:
    profile = cpu_profile({"main (app.py:1);parse (app.py:9)": 30, "main (app.py:1)": 20})
    write_profile(profile, tmp_path / "a.speedscope.json")
    assert export(tmp_path, "a.speedscope.json", "-f", "pprof", "-o", "b.pb.gz").returncode == 0
    assert export(tmp_path, "b.pb.gz", "-f", "folded").stdout.splitlines()[0].startswith(b"main")
    assert export(tmp_path, "b.pb.gz", "-f", "speedscope", "-o", "c.speedscope.json").returncode == 0
    assert told(read_profile(tmp_path / "c.speedscope.json")) == told(profile)
    for words, said in (
        (("a.speedscope.json", "-f", "csv"), b"there are speedscope, pprof, folded"),
        (("none.pb.gz", "-f", "pprof"), b"none.pb.gz: cannot be read: No such file"),
    ):
        done = export(tmp_path, *words)
        assert done.returncode == 2
        assert said in done.stderr
