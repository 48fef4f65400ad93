"""``perfkit compare`` on stored results: golden pages in every format, what is matched, refused and explained."""

from __future__ import annotations

import csv
import io
import json
import os
import random
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest

from perfkit.commands.comparing import Asked, compare_all
from perfkit.commands.formats import CheckOutput
from perfkit.errors import Exit, NotComparableError, PerfkitError, ResultError, ScenarioError, UsageError
from perfkit.storage.results import read_result
from perfkit.views import console
from support.releases import many_releases, release, store, two_releases
from support.samples import dead_head, slower_head, three_clients

GOLDEN = Path(__file__).parent / "golden"


def asked(*words: str, **more: Any) -> Asked:
    given: dict[str, Any] = {"limits": (), "explain": False, "plot": True, "fails": False, "strict": False}
    return Asked(words=words, output=more.pop("output", CheckOutput.TABLE), **given | more)


def show(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, asked_: Asked, width: int = 80
) -> tuple[Exit, str]:
    monkeypatch.setenv("COLUMNS", str(width))
    console.stdout.cache_clear()
    code = compare_all(asked_)
    console.stdout.cache_clear()
    return code, capsys.readouterr().out


def check(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text(), f"{name} has changed"


@pytest.fixture
def releases(project: Path) -> Path:
    two_releases(project)
    many_releases(project)
    store(project, msgspec.structs.replace(slower_head(), label="pair"))
    store(project, msgspec.structs.replace(three_clients(), label="three"))
    store(project, msgspec.structs.replace(dead_head(), label="dead"))
    return project


PAGES = {
    "two-releases": asked("v1", "v2"),
    "one-scenario": asked("r0", "r2", explain=True),
    "one-run": asked("pair#base", "pair#head", "memory.peak", "api.requests", explain=True),
    "many-releases": asked("r0", "r1", "r2", "r3", "r4", "r5"),
    "clients-of-one-run": asked("three#lightkube", "three#lean", "three#kubernetes"),
    "dead-head": asked("dead", explain=True),
}


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("page", PAGES)
def test_the_page_on_a_terminal(
    page: str, width: int, releases: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, text = show(capsys, monkeypatch, PAGES[page], width)
    check(f"{page}.{width}.txt", text)


@pytest.mark.parametrize("page", PAGES)
def test_tables_and_plots_fit_80_columns(
    page: str, releases: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, text = show(capsys, monkeypatch, PAGES[page])
    prose = (" · ", " since ", "REGRESSED: ", "! ", "of ", "another: ")
    assert [line for line in text.splitlines() if len(line) > 80 and not any(word in line for word in prose)] == []


@pytest.mark.parametrize("page", ["two-releases", "one-run", "many-releases"])
@pytest.mark.parametrize("output", [CheckOutput.MARKDOWN, CheckOutput.CSV, CheckOutput.GITHUB, CheckOutput.JUNIT])
def test_the_page_for_others(
    page: str,
    output: CheckOutput,
    releases: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    _, text = show(capsys, monkeypatch, replace(PAGES[page], output=output))
    check(f"{page}.{output}", text)
    if output == CheckOutput.JUNIT:
        assert ET.fromstring(text).tag == "testsuites"
    if output == CheckOutput.CSV:
        assert len({len(row) for row in csv.reader(io.StringIO(text))}) == 1


def as_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str, **more: Any
) -> dict[str, Any]:
    _, text = show(capsys, monkeypatch, asked(*words, output=CheckOutput.JSON, **more))
    document: dict[str, Any] = json.loads(text)
    assert document["schema"] == "perfkit.compare/1"
    return document


def test_json_holds_the_scenarios_worst_first_and_what_is_only_on_one_side(
    releases: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    document = as_json(capsys, monkeypatch, "v1", "v2", explain=True)
    assert [entry["scenario"] for entry in document["results"]] == ["busy", "startup"]
    assert [entry["sections"][0]["overall"] for entry in document["results"]] == ["regressed", "improved"]
    assert "! only in v1: scenario idle" in document["results"][0]["notes"]
    (explained,) = document["results"][0]["explanations"]
    assert explained["metric"] == "startup.ready"
    assert {"samples", "scale", "estimate", "interval", "limit", "rule", "more"} <= explained["parts"].keys()


def test_json_of_several_versions_holds_each_against_the_first_and_the_one_before(
    releases: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (entry,) = as_json(capsys, monkeypatch, "r0", "r2", "r3")["results"]
    assert [version["name"] for version in entry["versions"]] == ["r0", "r2", "r3"]
    (section,) = entry["sections"]
    cpu = next(row for row in section["rows"] if row["metric"]["name"] == "cpu.seconds")
    assert [judged and judged["verdict"] for judged in cpu["against_first"]] == [None, "regressed", "improved"]
    assert [judged and judged["verdict"] for judged in cpu["against_previous"]] == [None, "regressed", "improved"]
    assert (cpu["best"], cpu["worst"]) == (2, 1)


def test_results_of_two_sessions_fail_nothing_unless_asked(
    releases: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert show(capsys, monkeypatch, asked("r0", "r2"))[0] == Exit.OK
    assert show(capsys, monkeypatch, asked("r0", "r2", fails=True))[0] == Exit.REGRESSED
    assert show(capsys, monkeypatch, asked("pair"))[0] == Exit.REGRESSED
    assert show(capsys, monkeypatch, asked("r0", "r1", strict=True))[0] == Exit.UNCLEAR


def test_a_head_whose_every_trial_fails_fails_between_sessions_too(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store(project, release("good", {"lean": {}}))
    store(project, release("dead", {"lean": {}}, failing="lean"))
    assert show(capsys, monkeypatch, asked("good", "dead"))[0] == Exit.REGRESSED
    assert show(capsys, monkeypatch, asked("dead", "good"))[0] == Exit.TARGET_FAILED


def test_a_limit_of_the_command_line_replaces_those_of_its_metric(
    releases: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def verdict(*limits: str) -> str:
        (entry,) = as_json(capsys, monkeypatch, "pair", limits=limits)["results"]
        rows = entry["sections"][0]["rows"]
        return str(next(row for row in rows if row["metric"]["name"] == "cpu.seconds")["verdict"])

    assert verdict() == "regressed"
    assert verdict("cpu.seconds=+40 %") == "ok"
    assert verdict("cpu.seconds=+40 %", "cpu.seconds=+100 ms") == "regressed"
    assert show(capsys, monkeypatch, asked("pair", limits=("cpu.seconds=+40 %", "api.requests=+60 %")))[0] == Exit.OK
    assert show(capsys, monkeypatch, asked("r0", limits=("cpu.seconds=< 100 ms",)))[0] == Exit.REGRESSED


def test_scenarios_that_must_not_be_compared_are_named_and_leave_a_doubt(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    two_releases(project)
    path = project / "results/local/v2/busy.perfkit.json"
    other = read_result(path)
    fingerprint = msgspec.structs.replace(other.fingerprint, experiment={"cluster.pods": "7"})
    store(project, msgspec.structs.replace(other, fingerprint=fingerprint))
    code, text = show(capsys, monkeypatch, asked("v1", "v2"))
    assert code == Exit.UNCLEAR
    assert "! busy, client: not comparable: experiment cluster.pods: 1000 against 7" in text
    with pytest.raises(NotComparableError):
        compare_all(asked("./results/local/v1/busy.perfkit.json", "./results/local/v2/busy.perfkit.json"))


def test_of_many_versions_one_that_must_not_be_compared_is_left_out(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    many_releases(project)
    other = read_result(project / "results/local/r1/startup.perfkit.json")
    fingerprint = msgspec.structs.replace(other.fingerprint, method={"pass": "trace"})
    store(project, msgspec.structs.replace(other, fingerprint=fingerprint))
    code, text = show(capsys, monkeypatch, asked("r0", "r1", "r2", "r3"))
    assert code == Exit.UNCLEAR
    assert "r0 → r2 → r3" in text
    assert "! r1#lean left out: not comparable: method pass: not recorded against trace" in text


def test_on_another_machine_only_what_the_server_counted_is_compared(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for label, cpu in (("here", "Ada 1"), ("there", "Ada 2")):
        result = release(label, {"lean": {"api.requests": 2.0 if label == "there" else 1.0}})
        fingerprint = msgspec.structs.replace(result.fingerprint, machine={"cpu": cpu})
        store(project, msgspec.structs.replace(result, fingerprint=fingerprint))
    _, text = show(capsys, monkeypatch, asked("here", "there", "cpu.seconds", explain=True))
    assert "! cpu.seconds: not compared: another machine (cpu: Ada 1 against Ada 2)" in text
    assert "  refused   another machine" in text
    assert any(line.startswith("api.requests") and line.endswith("REGRESSED") for line in text.splitlines())


MISTAKES: list[tuple[Asked, type[PerfkitError], str]] = [
    (asked("v1", "nowhere"), ResultError, "no result labelled 'nowhere'"),
    (asked("v1", "v1"), UsageError, "twice the same target of the same run: v1#lean"),
    (asked("r0", "r2", "r0"), UsageError, "twice the same target"),
    (asked("r0#lean"), UsageError, "one target: compare it with what?"),
    (asked("r0#leen", "r2"), ResultError, "r0 has no target 'leen'"),
    (asked("r0", "r2", "memory.peek", explain=True), ResultError, "no result labelled 'memory.peek'"),
    (asked("r0", explain=True), UsageError, "nothing is compared"),
    (asked("three", "pair", explain=True, limits=("memory=+5 %",)), UsageError, "unknown metric 'memory'"),
    (asked("pair", limits=("memory.peak=+5 s",)), UsageError, "is a time, but the metric is a number of bytes"),
    (asked("pair", limits=("memory.peak=-5 %",)), ScenarioError, "bounds its better side"),
    (asked("results", "r0"), ResultError, "results holds no result"),
    (asked("./results/local", "r0"), ResultError, "holds no result"),
]


@pytest.mark.parametrize(("asked_", "kind", "said"), MISTAKES, ids=[said for _, _, said in MISTAKES])
def test_a_mistake_is_one_clear_line(asked_: Asked, kind: type[PerfkitError], said: str, releases: Path) -> None:
    with pytest.raises(kind) as caught:
        compare_all(asked_)
    assert said in caught.value.message
    assert "\n" not in caught.value.message + caught.value.advice


def test_advice_names_what_was_meant(releases: Path) -> None:
    def advice(*words: str) -> str:
        with pytest.raises(PerfkitError) as caught:
            compare_all(asked(*words, explain=True))
        return caught.value.advice

    assert advice("r0", "memory.peek") == "or a metric: did you mean 'memory.peak'?"
    assert advice("./results/local", "r0").startswith("name one of the labels in it: ")


@pytest.mark.parametrize("seed", range(3))
def test_nothing_depends_on_the_order_of_files_or_trials(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same results written in another order, listed in another order, with their trials in another order."""
    chance = random.Random(seed)
    listing = Path.glob
    pages = []
    for name in ("plain", "shuffled"):
        project = tmp_path / name
        project.mkdir()
        (project / "perfkit.toml").touch()
        monkeypatch.chdir(project)
        two_releases(project)
        if name == "shuffled":
            rewrite(project, chance)
            monkeypatch.setattr(Path, "glob", lambda self, pattern: shuffled(chance, listing(self, pattern)))
        pages.append(show(capsys, monkeypatch, asked("v1", "v2", explain=True)))
        pages.append(show(capsys, monkeypatch, asked("v2", "v1", output=CheckOutput.CSV)))
    assert pages[:2] == pages[2:]


def shuffled(chance: random.Random, items: Any) -> list[Any]:
    found = list(items)
    chance.shuffle(found)
    return found


def rewrite(project: Path, chance: random.Random) -> None:
    for path in shuffled(chance, sorted(project.glob("results/local/*/*.perfkit.json"))):
        result = read_result(path)
        path.unlink()
        store(project, msgspec.structs.replace(result, trials=tuple(shuffled(chance, result.trials))))
