"""``perfkit report`` on stored results: what is on the page, in which order, and that nothing gets out of its text."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from perfkit.commands.reporting import Asked, write_report
from perfkit.errors import Exit, ResultError, UsageError
from perfkit.model.catalogue import BY_NAME
from perfkit.model.limits import Limit
from perfkit.model.scenario import MetricLimit
from support.artifacts import store_with_artifacts
from support.mischief import EVIL, mischievous
from support.pages import Element, read, strays
from support.releases import release, store, two_releases
from support.samples import dead_head, link_sweep, one_client, sample_result, size_sweep, slower_head, three_clients

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.model.result import Result


def written(capsysbinary: pytest.CaptureFixture[bytes], *names: str, format_: str = "html", **more: Any) -> str:
    assert write_report(Asked(names=names, release=more.pop("release", False), **more), format_, "-") is Exit.OK
    return capsysbinary.readouterr().out.decode()


@pytest.fixture
def report(project: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Any:
    """Stores results and reads the page that is made of them."""

    def made(*results: Result, names: tuple[str, ...] = (), **more: Any) -> Element:
        for result in results:
            store(project, result)
        page = read(written(capsysbinary, *names, **more))
        assert strays(page) == []
        return page

    return made


def verdicts(page: Element) -> list[list[str]]:
    """The rows of the first table."""
    body = page.all("table")[0].all("tbody")[0]
    return [[" ".join(cell.text.split()) for cell in row.all("td")] for row in body.all("tr")]


def labelled(result: Result, scenario: str) -> Result:
    named = msgspec.structs.replace(result.scenario, name=scenario)
    return msgspec.structs.replace(result, scenario=named)


def figure(page: Element, title: str) -> Element:
    return next(each for each in page.all("figure") if each.all("h3")[0].text == title)


def test_verdicts_stand_first_the_gravest_on_top(report: Any) -> None:
    found = [slower_head(), dead_head(), one_client(), three_clients()]
    found.append(sample_result({"base": {}, "head": {}}, base="base"))
    names = ["slower", "dead", "broken", "ranked", "alike"]
    page = report(*(labelled(result, name) for result, name in zip(found, names, strict=True)))
    rows = verdicts(page)
    assert [row[0] for row in rows] == ["dead", "slower", "broken", "ranked", "alike"]
    assert [row[1] for row in rows] == ["FAILED", "REGRESSED", "EXCEEDED", "EXCEEDED", "ok"]
    assert rows[0][3] == "head: not ready (watch pods) within 30 s"
    assert rows[1][3] == "api.requests +50 % (exact)"
    assert rows[2][3].endswith(", limit < 2 s")
    assert rows[3][3] == "cpu.seconds of kubernetes"


def test_a_ranking_is_told_in_its_order(report: Any) -> None:
    ranking = three_clients()
    ranking = msgspec.structs.replace(ranking, scenario=msgspec.structs.replace(ranking.scenario, limits=()))
    ((_, word, _, told),) = verdicts(report(ranking))
    assert word == "measured"
    assert re.fullmatch(r"by startup.ready: lean, lightkube \(5.0 ×\), kubernetes \(\d\d ×\)", told)


def test_each_trial_is_a_dot_within_the_picture_and_in_the_table(report: Any) -> None:
    page = report(slower_head())
    strip = figure(page, "cpu.seconds")
    dots = [dot for dot in strip.all("circle") if dot.attributes["class"] == "dot"]
    assert len(dots) == 30
    assert all(0 <= float(dot.attributes["cx"].rstrip("%")) <= 100 for dot in dots)
    rows = [[cell.text for cell in row.all("td")] for row in strip.all("tbody")[0].all("tr")]
    assert [(row[0], row[-1]) for row in rows] == [("base", "15"), ("head", "15")]


def test_a_limit_is_a_line_or_told_where_it_is_far(report: Any) -> None:
    near = figure(report(slower_head()), "cpu.seconds")
    assert near.all("line", "limit")
    assert "Limit < 2 s." in near.text
    far = msgspec.structs.replace(
        slower_head().scenario,
        limits=(MetricLimit(metric="cpu.seconds", limits=(Limit("<", 50.0, written="< 50 s"),)),),
    )
    page = report(msgspec.structs.replace(slower_head(), label="far", scenario=far), names=("far",))
    assert not figure(page, "cpu.seconds").all("line", "limit")
    assert "Limit < 50 s, beyond this axis." in figure(page, "cpu.seconds").text


def test_of_very_many_trials_some_are_drawn_and_it_is_said(report: Any) -> None:
    page = report(sample_result({"slow": {}}, blocks=400))
    strip = figure(page, "startup.ready")
    assert len(strip.all("circle", "dot")) == 100
    assert "Of up to 400 trials 100 are drawn, evenly by rank." in strip.text
    assert "All trials; the first 60 of 400" in page.text


def test_what_never_varies_is_a_line_not_a_picture(report: Any) -> None:
    page = report(one_client())
    assert "api.requests 2" in page.text
    assert "api.requests" not in [each.all("h3")[0].text for each in page.all("figure")]


def test_changes_are_drawn_with_interval_and_verdict(report: Any) -> None:
    strip = figure(report(slower_head()), "Changes, base → head")
    words = [each.attributes["aria-label"] for each in strip.all("svg") if "aria-label" in each.attributes]
    assert any(each.startswith("cpu.seconds: +31 %, interval +30") and each.endswith("REGRESSED") for each in words)
    assert "api.requests: +50 %, interval exact, limit +0: REGRESSED" in words


def test_every_picture_is_told_in_words_and_has_a_table(project: Path, report: Any) -> None:
    store_with_artifacts(project, slower_head())
    for result in size_sweep(base="kubernetes"):
        store(project, result)
    page = report()
    assert len(page.all("figure")) > 20
    for each in page.all("figure"):
        title = each.all("h3")[0].text
        assert each.all("table") or each.all("pre"), title
        for picture in each.all("svg"):
            known = picture.attributes.get("aria-label") or picture.attributes.get("aria-hidden") == "true"
            assert known or picture.attributes.get("preserveaspectratio") == "none", title


def test_a_sweep_is_one_chapter_with_curves(report: Any) -> None:
    page = report(*size_sweep())
    assert [row[:2] for row in verdicts(page)] == [["sizes", "EXCEEDED"]]
    curve = figure(page, "cpu.seconds over cluster.pods")
    assert len(curve.all("polyline")) == 3
    assert [row.all("td")[0].text for row in curve.all("tbody")[0].all("tr")] == ["100", "1,000", "10,000"]
    assert "axis is logarithmic" in curve.text


def test_a_sweep_with_failed_cells_and_cells_that_never_ran_is_told(report: Any) -> None:
    page = report(*link_sweep())
    (row,) = verdicts(page)
    assert row[1] == "FAILED"
    assert "far at 1,000 · 50 ms: not ready" in row[3]


def test_a_trial_is_looked_at_closely(project: Path, report: Any) -> None:
    store_with_artifacts(project, one_client())
    page = report()
    requests = figure(page, "API requests of slow, trial 20")
    assert [each.text for each in requests.all("div", "who")] == ["GET /api", "list pods", "list pods", "watch pods"]
    assert len(requests.all("rect", "open")) == 1
    assert [row.all("td")[6].text for row in requests.all("tbody")[0].all("tr")] == ["200", "503", "200", "200"]
    cpu, memory = figure(page, "CPU of slow, trial 20"), figure(page, "Memory of slow, trial 20")
    assert "At most 25 %." in cpu.text
    assert "Resident memory, the highest in each 50 ms. At most 19.1 MiB." in memory.text
    assert {"launch", "quiet"} <= {each.text for each in cpu.all("text")}
    rows = [[cell.text for cell in row.all("td")] for row in cpu.all("tbody")[0].all("tr")]
    assert ["quiet", "500 ms", "2 s", "25 %", "25 %"] in rows
    screen = figure(page, "Last screen of slow, trial 20")
    assert screen.all("img")[0].attributes["width"] == "352"
    assert "web-1  1/1" in screen.all("pre")[0].text


def test_many_requests_are_cut_and_it_is_said(project: Path, report: Any) -> None:
    store_with_artifacts(project, one_client(), requests=300)
    requests = figure(report(), "API requests of slow, trial 20")
    assert "The first 40 of 300 requests are shown." in requests.text
    assert len(requests.all("tbody")[0].all("tr")) == 40


def test_without_artifacts_there_is_a_report_nevertheless(report: Any) -> None:
    titles = [each.all("h3")[0].text for each in report(one_client()).all("figure")]
    assert not any(title.startswith(("API requests", "CPU of", "Last screen")) for title in titles)


def test_damaged_artifacts_are_left_out(project: Path, report: Any) -> None:
    path = store_with_artifacts(project, one_client())
    for name in path.parent.glob("*.artifacts/*"):
        name.write_bytes(b"\xff\x00 nonsense")
    titles = [each.all("h3")[0].text for each in report().all("figure")]
    assert "startup.ready" in titles
    assert not any(title.startswith(("API requests", "CPU of")) for title in titles)


def test_profiles_become_flamegraphs_with_their_functions(project: Path, report: Any) -> None:
    folder = store(project, one_client()).parent / "startup.profiles"
    folder.mkdir()
    (folder / "slow.py-spy.folded").write_text(f"main;hot{EVIL} 90\nmain;cold 10\n")
    (folder / "slow.memray.bin").write_bytes(b"no profile at all \xff\x00")
    (folder / "slow.py-spy.svg").write_text("<svg/>")
    page = report()
    (profile,) = [each for each in page.all("figure") if each.all("h3")[0].text.startswith("Profile")]
    assert profile.all("h3")[0].text == "Profile slow.py-spy"
    calls = {" ".join(each.text.split()[:1]): each.attributes for each in profile.all("svg", "call")}
    assert list(calls) == ["all", "main", "hot<script>window.ran", "cold"]
    assert calls["cold"]["width"] == "10.00%"
    first = [cell.text for cell in profile.all("tbody")[0].all("tr")[0].all("td")]
    assert first[0].startswith("hot<script>")
    assert "90 %" in first
    assert page.all("script") == []


def test_what_targets_and_clusters_say_stays_text(project: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    result = mischievous(dead_head())
    store_with_artifacts(project, result, text=f"pod {EVIL}", output=EVIL)
    text = written(capsysbinary)
    page = read(text)
    assert page.all("script") == []
    assert [each.attributes["src"][:26] for each in page.all("img")] == ["data:image/svg+xml;base64,"] * len(
        page.all("img")
    )
    assert not [name for each in every(page) for name in each.attributes if name.startswith("on")]
    assert EVIL in " ".join(each.text for each in page.all("pre"))
    assert EVIL in page.text.replace("  ", " ")
    note = written(capsysbinary, format_="markdown")
    assert "<script>" not in note
    assert "<img" not in note.replace("\\<", "")


def every(element: Element) -> list[Element]:
    return [each for child in element.children for each in (child, *every(child))]


def test_the_page_forbids_whatever_it_does_not_need(report: Any) -> None:
    (policy,) = [each for each in report(one_client()).all("meta") if "http-equiv" in each.attributes]
    assert policy.attributes["content"].startswith("default-src 'none';")
    assert "script" not in policy.attributes["content"]


def test_several_labels_are_one_page_and_told_apart(report: Any) -> None:
    page = report(release("v1", {"lean": {}}), release("v2", {"lean": {}}), names=("v1", "v2"))
    assert {row[0] for row in verdicts(page)} == {"startup (v1)", "startup (v2)"}


def test_the_order_of_trials_in_the_file_changes_nothing(project: Path, capsysbinary: Any) -> None:
    result = slower_head()
    store(project, result)
    first = written(capsysbinary)
    trials = list(result.trials)
    random.Random(1).shuffle(trials)
    store(project, msgspec.structs.replace(result, trials=tuple(trials)))
    second = written(capsysbinary)
    assert verdicts(read(first)) == verdicts(read(second))


# ---- two releases


def test_a_release_says_what_changed_by_verdict(project: Path, report: Any) -> None:
    two_releases(project)
    page = report(names=("v1", "v2"), release=True)
    assert page.all("h1")[0].text == "v1 → v2: what changed"
    assert [row[:3] for row in verdicts(page)] == [["busy", "REGRESSED", "lean"], ["startup", "improved", "lean"]]
    titles = [each.text for each in page.all("h3")]
    assert titles.index("Regressed") < titles.index("Improved") < titles.index("No worse than its limit")
    assert "! only in v1: scenario idle" in page.text
    assert {each.text for each in figure(page, "startup.ready").all("div", "who")} == {"v1", "v2"}


def test_a_release_note_has_the_numbers(project: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    two_releases(project)
    lines = written(capsysbinary, "v1", "v2", release=True, format_="markdown").splitlines()
    assert lines[0] == "### v1 → v2: what changed"
    assert lines[2:5] == [
        "| scenario | verdict | target | because of |",
        "|:--|--:|--:|--:|",
        lines[4],
    ]
    assert lines[4].startswith("| busy | REGRESSED | lean | startup.ready +20 % (")
    regressed = lines[lines.index("**Regressed**") : lines.index("**Improved**")]
    assert any(line.startswith("| busy · startup.ready | 689 ms | 826 ms | +20 % |") for line in regressed)


def test_a_release_compares_sweeps_cell_by_cell(report: Any) -> None:
    before, after = size_sweep(("lean",)), size_sweep(("lean",))
    faster = [
        msgspec.structs.replace(
            result,
            label="v2",
            trials=tuple(
                msgspec.structs.replace(trial, values={**trial.values, "cpu.seconds": trial.values["cpu.seconds"] / 2})
                for trial in result.trials
            ),
        )
        for result in after
    ]
    page = report(
        *(msgspec.structs.replace(result, label="v1") for result in before), *faster, names=("v1", "v2"), release=True
    )
    assert [row[0] for row in verdicts(page)] == ["sizes"]
    change = figure(page, "Changes of cpu.seconds")
    assert [each.text for each in change.all("div", "who")] == ["100", "1,000", "10,000"]
    assert {each.text for each in change.all("div", "told")} == {"−50 %"}


@pytest.mark.parametrize("names", [(), ("v1",), ("v1", "v2", "v1")])
def test_a_release_is_about_two(project: Path, names: tuple[str, ...]) -> None:
    two_releases(project)
    with pytest.raises(UsageError, match="about two results"):
        write_report(Asked(names=names, release=True), "html", "-")


def test_there_must_be_a_result(project: Path) -> None:
    with pytest.raises(ResultError):
        write_report(Asked(names=("nothing",), release=False), "html", str(project / "report.html"))
    assert not (project / "report.html").exists()


def test_other_metrics_are_drawn_where_they_are_asked_for(report: Any) -> None:
    page = report(slower_head(), metrics=("startup.first_request",))
    assert figure(page, "startup.first_request").all("circle")
    assert BY_NAME["startup.first_request"].help in page.text
