"""The report in a real browser: ``nox -s report_browser`` fetches what it needs and runs this.

Needs Chromium at /usr/bin/chromium and, where NODE_PATH says, playwright-core and axe-core. Screenshots for a person to
look at are left in the folder that PERFKIT_SCREENSHOTS names.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from perfkit.commands.reporting import Asked, write_report
from support import whole_label
from support.artifacts import store_with_artifacts
from support.mischief import mischievous
from support.releases import store, two_releases
from support.samples import dead_head, link_sweep, one_client, size_sweep, slower_head, three_clients

LOOK = Path(__file__).with_name("look.cjs")
PAINT = 1000  # ms until something is to be seen
LARGEST = 5_000_000  # bytes of the page of 14 scenarios
PAGES = ("many", "mischief", "release", "sweeps", "whole")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What was met on each page, at each width and in each colours."""
    project = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        patch.setenv("XDG_STATE_HOME", str(project / "state"))
        _pages(project)
        (project / "whole").mkdir()
        patch.chdir(project / "whole")
        whole_label.build(project / "whole")
        write_report(Asked(names=(), release=False), "html", str(project / "whole.html"))
    shots = Path(os.environ.get("PERFKIT_SCREENSHOTS", str(project)))
    pages = [str(project / f"{page}.html") for page in PAGES]
    done = subprocess.run(["node", str(LOOK), str(shots), *pages], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (project / "whole.html").stat().st_size <= LARGEST
    facts: list[dict[str, Any]] = json.loads(done.stdout)
    assert len(facts) == 4 * len(PAGES)
    return facts


def _pages(project: Path) -> None:
    (project / "perfkit.toml").write_text("schema = 1\n")
    for name, made in (("slower", slower_head), ("dead", dead_head), ("one", one_client), ("three", three_clients)):
        result = made()
        named = msgspec.structs.replace(result.scenario, name=name)
        store_with_artifacts(project, msgspec.structs.replace(result, label="many", scenario=named))
    store_with_artifacts(project, mischievous(msgspec.structs.replace(dead_head(), label="mischief")))
    two_releases(project)
    for result in (*size_sweep(), *link_sweep()):
        name = result.scenario.name + str(len(result.scenario.at))
        scenario = msgspec.structs.replace(result.scenario, name=name, sweep=f"over {len(result.scenario.at)}")
        store(project, msgspec.structs.replace(result, label="sweeps", scenario=scenario))
    for page in ("many", "mischief", "sweeps"):
        write_report(Asked(names=(page,), release=False), "html", f"{page}.html")
    write_report(Asked(names=("v1", "v2"), release=True), "html", "release.html")


def told(found: list[dict[str, Any]], fact: str) -> dict[str, Any]:
    """One fact of each page."""
    return {f"{each['page']} {each['width']} {each['colours']}": each[fact] for each in found}


def none_of(found: list[dict[str, Any]], fact: str) -> None:
    assert {place: what for place, what in told(found, fact).items() if what} == {}


def test_nothing_is_said_on_the_console_and_nothing_runs(found: list[dict[str, Any]]) -> None:
    none_of(found, "said")
    none_of(found, "ran")


def test_nothing_is_fetched(found: list[dict[str, Any]]) -> None:
    none_of(found, "fetched")


def test_axe_finds_no_violation(found: list[dict[str, Any]]) -> None:
    none_of(found, "violations")


def test_nothing_moves_and_nothing_sticks_out(found: list[dict[str, Any]]) -> None:
    none_of(found, "shift")
    assert max(told(found, "overflow").values()) <= 0


def test_links_and_folds_and_pictures_work(found: list[dict[str, Any]]) -> None:
    none_of(found, "dead")
    none_of(found, "broken_images")
    assert all(told(found, "opened").values())
    assert all(told(found, "landed").values())
    assert min(told(found, "links").values()) >= 2


def test_colours_follow_preference_and_choice(found: list[dict[str, Any]]) -> None:
    for each in found:
        grounds = each["grounds"]
        assert grounds["light"] != grounds["dark"]
        assert grounds["auto"] == grounds[each["colours"]]


def test_something_is_to_be_seen_within_a_second(found: list[dict[str, Any]]) -> None:
    """The one time asserted here: it is the page's own promise, and 10 times what it takes on a slow machine."""
    assert max(told(found, "paint").values()) <= PAINT
