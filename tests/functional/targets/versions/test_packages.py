"""``pip:``: environments made by uv and by pip, from wheels in a folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from perfkit.errors import PerfkitError, StorageError, TargetError, UsageError
from perfkit.model.sources import Package
from perfkit.targets import tools
from perfkit.targets.resolve import resolve
from perfkit.targets.versions import packages
from perfkit.targets.versions.packages import Installer, Pip, Uv
from perfkit.targets.versions.store import Kept
from support.published_versions import only_from, wheel

pytestmark = pytest.mark.functional

Had = Callable[..., Kept]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two releases of ``thing``, the newer of which needs ``helper``; and a cache of our own."""
    folder = tmp_path / "wheels"
    wheel(folder, "thing", "1.0", "helper<2")
    wheel(folder, "thing", "1.1", "helper")
    wheel(folder, "helper", "1.5")
    wheel(folder, "helper", "2.0")
    for name, value in {**only_from(folder), "XDG_CACHE_HOME": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    return folder


def _uv() -> Installer:
    program = shutil.which("uv", path=os.pathsep.join((os.environ.get("PATH", ""), str(Path(sys.executable).parent))))
    if program is None:
        pytest.skip("uv is not on this machine")
    return Uv(program)


@pytest.fixture(params=[Pip, _uv], ids=["pip", "uv"])
def by(request: pytest.FixtureRequest) -> Callable[[], Installer]:
    installer: Installer = request.param()
    return lambda: installer


def _had(requirement: str, by: Callable[[], Installer], *besides: str) -> Kept:
    return packages.had(Package(requirement, besides), lambda _: None, by)


def _must_not_be_asked() -> Installer:
    raise AssertionError("the cache knows it")


def test_a_release_with_all_it_needs_is_installed_once_and_then_found(index: Path, by: Callable[[], Installer]) -> None:
    kept = _had("thing==1.0", by)
    assert kept.made.version == "1.0"
    assert {name: kept.made.parts[name] for name in ("helper", "thing")} == {"helper": "1.5", "thing": "1.0"}
    assert kept.made.hashes == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (index / "helper-1.5-py3-none-any.whl", index / "thing-1.0-py3-none-any.whl")
    }
    program = packages.python_of(kept.folder / packages.ENVIRONMENT).with_name("thing")
    assert subprocess.run([program], capture_output=True, text=True, check=True).stdout == "thing 1.0\n"
    assert list(kept.folder.rglob("thing.*.pyc")), "compiled, so that the first start is like any other"
    assert _had("thing==1.0", _must_not_be_asked) == kept


def test_a_request_without_a_version_means_the_newest_each_time(index: Path) -> None:
    by = _uv
    assert _had("thing", by).made.parts["helper"] == "2.0"
    wheel(index, "thing", "1.2")
    newer = _had("thing", by)
    assert newer.made.version == "1.2"
    assert _had("thing==1.2", by).folder == newer.folder, "one environment of the same files, however it was asked for"


def test_what_is_added_goes_into_the_same_environment(index: Path) -> None:
    assert _had("thing==1.1", _uv, "helper==1.5").made.parts["helper"] == "1.5"


def _nothing(_: Path) -> None:
    """All is well but for what is asked for."""


def _damaged(index: Path) -> None:
    (index / "thing-1.0-py3-none-any.whl").write_bytes(b"not a wheel")


@pytest.mark.parametrize(
    ("by", "requirement", "mischief", "error"),
    [
        (_uv, "thing==9", _nothing, UsageError),
        (Pip, "thing==9", _nothing, UsageError),
        (_uv, "nosuch==1", _nothing, UsageError),
        (_uv, "thing==1.0", _damaged, TargetError),
    ],
)
def test_what_goes_wrong_is_one_line_and_leaves_nothing(
    index: Path,
    tmp_path: Path,
    by: Callable[[], Installer],
    requirement: str,
    mischief: Callable[[Path], None],
    error: type[PerfkitError],
) -> None:
    mischief(index)
    with pytest.raises(error) as caught:
        _had(requirement, by)
    assert caught.value.message.startswith(f"pip:{requirement}: ")
    assert "\n" not in caught.value.message + caught.value.advice
    assert list((tmp_path / "cache").glob("perfkit/targets/pip/*/")) == []


def test_an_index_that_is_not_there_is_told_so(
    index: Path, by: Callable[[], Installer], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in only_from(index):
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(TargetError, match="the package index cannot be reached"):
        _had("thing==1.0", by)


def test_a_full_disk_is_told_so(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = tools.Done(2, ["ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"])
    monkeypatch.setattr(packages, "run_tool", lambda *_: full)
    with pytest.raises(StorageError, match="No space left on device") as caught:
        _had("thing==1.0", Pip)
    assert "cache prune" in caught.value.advice


def test_a_client_of_the_project_runs_in_the_environment(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its recipe says which distribution it is made of; the target is named after it and its version."""
    clients = tmp_path / "fixtures" / "clients"
    clients.mkdir(parents=True)
    (clients / "mine.toml").write_text(
        'schema = 1\ntitle = "Mine"\ncommand = ["{python}", "{dir}/mine.py"]\n'
        'requires = { module = "thing", advice = "pip install thing" }\ntoolchain = ["helper"]\n'
    )
    (tmp_path / "perfkit.toml").write_text("schema = 1\n")
    monkeypatch.chdir(tmp_path)
    for written in ("pip:thing==1.0", "mine@1.0"):
        spec = resolve(written)
        assert (spec.name, spec.program, spec.version, spec.origin) == ("mine@1.0", "mine", "1.0", written)
        assert spec.command[0].startswith(str(tmp_path / "cache"))
        assert spec.command[1] == f"{clients}/mine.py"
        assert list(spec.toolchain) == ["python", "helper"]
        assert spec.dependencies == {"thing": "1.0"}


def test_a_program_of_the_distribution_is_found_first(index: Path) -> None:
    spec = resolve("pip:thing==1.1 -- thing --flag")
    assert spec.command[0].endswith("/environment/bin/thing")
    assert spec.command[1:] == ("--flag",)
    assert spec.name == "thing@1.1"


def test_a_distribution_that_no_client_is_made_of_needs_a_command(index: Path) -> None:
    with pytest.raises(UsageError, match="no client is made of it") as caught:
        resolve("pip:thing==1.0")
    assert "-- PROGRAM" in caught.value.advice
