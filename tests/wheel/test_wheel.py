"""The installed wheel, apart from the checkout: data is in it, and the main job runs. ``nox -s wheel`` runs this."""

from __future__ import annotations

import importlib.resources
import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.wheel

CHECKOUT = Path(__file__).resolve().parents[2]


def perfkit(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("perfkit")
    done = subprocess.run([program, *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done


def test_the_package_is_the_installed_one_and_not_the_checkout() -> None:
    package = Path(str(importlib.resources.files("perfkit")))
    assert not package.is_relative_to(CHECKOUT / "cli")
    assert (package / "py.typed").is_file()


def test_all_scenarios_clients_and_shapes_are_in_the_wheel(tmp_path: Path) -> None:
    listed = perfkit(tmp_path, "list", "scenarios", "clients", "shapes").stdout
    shipped = [*CHECKOUT.glob("scenarios/*.toml"), *CHECKOUT.glob("fixtures/[cs]*/*.toml")]
    assert len(shipped) > 8
    for path in shipped:
        assert path.stem in listed


def test_every_data_file_is_in_the_wheel() -> None:
    package = Path(str(importlib.resources.files("perfkit")))
    tracked = ["git", "-C", str(CHECKOUT), "ls-files", "scenarios", "fixtures", "cli/perfkit"]
    for name in subprocess.run(tracked, capture_output=True, text=True, check=True).stdout.splitlines():
        installed = name.removeprefix("cli/perfkit/") if name.startswith("cli/") else f"_data/{name}"
        assert (package / installed).is_file(), name


def test_a_bundled_client_runs_against_the_mock(tmp_path: Path) -> None:
    done = perfkit(tmp_path, "run", "-t", "lean", "-t", "lightkube", "-r", "1", "--shape", "tiny", "-o", "json")
    (result,) = json.loads(done.stdout)["results"]
    assert result["sections"][0]["rows"][0]["base"]["failed"] == 0
    assert (tmp_path / "results" / "local" / result["label"] / "startup.perfkit.json").is_file()
