"""``perfkit report`` as a person meets it: where the page goes, what it is made of, mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perfkit.profilers.files import write_profile
from support.artifacts import store_with_artifacts
from support.commandline import perfkit
from support.pages import read, strays
from support.profiles import cpu_profile
from support.releases import two_releases
from support.samples import slower_head

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.functional


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    (folder / "perfkit.toml").write_text("schema = 1\n")
    two_releases(folder)
    kept = store_with_artifacts(folder, slower_head()).parent / "startup.profiles"
    kept.mkdir()
    for target, parse in (("base", 100), ("head", 350)):
        write_profile(cpu_profile({"main;parse": parse, "main": 300}), kept / f"{target}.py-spy.speedscope.json")
    return folder


def test_the_latest_label_becomes_a_page_beside_the_project(project: Path) -> None:
    done = perfkit(project, "report")
    assert done.stdout == ""
    assert done.stderr == "wrote report.html\n"
    page = read((project / "report.html").read_text())
    assert strays(page) == []
    assert page.all("title")[0].text == "perfkit: a-label"
    compared = "py-spy, base → head: cpu 400 ms → 650 ms (+250 ms) · by self"
    assert {"cpu.seconds", "Start of head", "Profile head.py-spy", compared} <= {each.text for each in page.all("h3")}


def test_a_page_can_go_to_stdout_and_to_any_path(project: Path) -> None:
    text = perfkit(project, "report", "v1", "-o", "-").stdout
    perfkit(project, "report", "v1", "-o", "elsewhere.html")
    assert (project / "elsewhere.html").read_text() == text


def test_results_are_named_as_for_compare(project: Path) -> None:
    by_label = perfkit(project, "report", "v1", "-o", "-").stdout
    by_folder = perfkit(project, "report", "results/local/v1", "-o", "-").stdout
    by_file = perfkit(project, "report", "results/local/v1/busy.perfkit.json", "-o", "-").stdout
    assert by_label == by_folder
    assert by_file.count('<section class="chapter"') < by_label.count('<section class="chapter"')


def test_a_release_note_goes_to_stdout(project: Path) -> None:
    done = perfkit(project, "report", "--release", "v1", "v2", "--format", "markdown")
    assert done.stdout.startswith("### v1 → v2: what changed\n")
    assert "| busy · startup.ready | 689 ms | 826 ms | +20 % |" in done.stdout
    assert done.stderr == ""


def test_a_regression_fails_no_report(project: Path) -> None:
    assert "REGRESSED" in perfkit(project, "report", "a-label", "-o", "-").stdout


def test_mistakes_are_told_in_a_line(project: Path) -> None:
    assert "--release is about two results, not 1" in perfkit(project, "report", "--release", "v1", code=2).stderr
    assert "no result labelled 'v3'" in perfkit(project, "report", "v3", code=2).stderr
    assert "is one target" in perfkit(project, "report", "v1#lean", code=2).stderr
    assert "cannot be written" in perfkit(project, "report", "v1", "-o", "no/such/folder/x.html", code=2).stderr
