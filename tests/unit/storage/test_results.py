from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.errors import ResultError
from perfkit.model.result import Result
from perfkit.storage.journal import Entry, Journal
from perfkit.storage.pyperf_export import write_export
from perfkit.storage.results import load, load_all, load_all_latest, load_latest, read_result, write_result
from support.stored import make_header, make_result, make_scenario, make_trial, make_trials

if TYPE_CHECKING:
    from pathlib import Path


def store(project: Path, label: str = "before", scenario: str = "startup") -> Path:
    folder = project / "results" / "local" / label
    folder.mkdir(parents=True, exist_ok=True)
    return write_result(make_result(label=label, scenario=make_scenario(scenario)), folder)


def test_what_was_written_is_read_back(project: Path) -> None:
    path = store(project)
    assert path.name == "startup.perfkit.json"
    assert read_result(path) == make_result()


@given(st.integers(0, 20), st.booleans(), st.floats(0, 1e6))
def test_any_result_survives_its_file(blocks: int, complete: bool, elapsed: float) -> None:
    result = make_result(trials=make_trials(blocks), complete=complete, elapsed=elapsed)
    assert msgspec.json.decode(msgspec.json.encode(result), type=Result) == result


def test_a_result_cut_off_at_any_byte_is_one_clear_error(project: Path) -> None:
    path = store(project)
    data = path.read_bytes()
    for cut in range(0, len(data.rstrip()), 97):
        path.write_bytes(data[:cut])
        with pytest.raises(ResultError, match=r"startup\.perfkit\.json: (truncated|empty)$") as caught:
            read_result(path)
        assert "--resume" in caught.value.advice


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"hello", "not JSON: JSON is malformed"),
        (b'"\xff"', "not JSON: "),
        (b"[" * 100_000, "not JSON: "),
        (b"[]", "not a result of perfkit"),
        (b'{"a": 1}', "not a result of perfkit"),
        (b'{"schema": 1}', "not a result of perfkit"),
        (b'{"schema": "perfkit.result/2"}', "written as 'perfkit.result/2', but this perfkit reads 'perfkit.result/1'"),
        (b'{"schema": "perfkit.result/1"}', "corrupt: Object missing required field `label`"),
        (b'{"schema": "perfkit.journal/1"}', "not a result of perfkit"),
        (b'{"benchmarks": [], "version": "1.0"}', "made for pyperf, no result of perfkit"),
    ],
)
def test_what_is_no_result_is_one_clear_error(content: bytes, message: str, project: Path) -> None:
    path = project / "x.json"
    path.write_bytes(content)
    with pytest.raises(ResultError) as caught:
        read_result(path)
    assert caught.value.message.startswith(f"x.json: {message}")
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("change", [{"base": "gone"}, {"trials": (make_trial(0, "gone"),)}])
def test_a_result_that_contradicts_itself_is_one_clear_error(change: dict[str, Any], project: Path) -> None:
    path = write_result(make_result(**change), project)
    with pytest.raises(ResultError, match="corrupt: it speaks of a target 'gone'"):
        read_result(path)


def test_the_export_points_to_the_result_beside_it(project: Path) -> None:
    path = write_export(make_result(), project)
    assert path is not None
    with pytest.raises(ResultError) as caught:
        load(str(path))
    assert caught.value.advice == "try startup.perfkit.json"


def test_a_missing_file_is_one_clear_error(project: Path) -> None:
    with pytest.raises(ResultError, match=r"^nowhere/x\.json: cannot be read: No such file or directory$"):
        load("nowhere/x.json")


@pytest.mark.parametrize(
    "text",
    [
        "before",
        "results/local/before",
        "./results/local/before/",
        "results/local/before/startup.perfkit.json",
        "results/local/before/journal.jsonl",
    ],
)
def test_a_result_is_found_by_label_folder_or_file(text: str, project: Path) -> None:
    path = store(project)
    loaded = load(text)
    assert (loaded.path.resolve(), loaded.target) == (path, None)
    assert loaded.result == make_result()


@pytest.mark.parametrize("text", ["before#head", "results/local/before#head"])
def test_a_target_of_a_result_is_named_after_a_hash(text: str, project: Path) -> None:
    store(project)
    assert load(text).target == "head"


def test_an_unknown_target_gets_the_closest_name(project: Path) -> None:
    store(project)
    with pytest.raises(ResultError, match=r"^before has no target 'haed'$") as caught:
        load("before#haed")
    assert caught.value.advice == "did you mean 'head'?"


def test_a_hash_may_stand_in_a_path(project: Path) -> None:
    folder = project / "c#"
    folder.mkdir()
    write_result(make_result(), folder)
    assert load("./c#").target is None
    assert load("./c##base").target == "base"


def test_a_label_goes_before_a_folder_of_the_same_name(project: Path) -> None:
    path = store(project)
    (project / "before").mkdir()
    assert load("before").path == path
    with pytest.raises(ResultError, match=r"^before holds no result$"):
        load("./before")


def test_a_folder_that_is_no_label_is_taken_as_a_path(project: Path) -> None:
    (project / "mine").mkdir()
    path = write_result(make_result(), project / "mine")
    assert load("mine").path.resolve() == path


@pytest.mark.parametrize("text", ["nothing", "x" * 5000, "#", "#head", ""])
def test_what_is_nowhere_is_one_clear_error(text: str, project: Path) -> None:
    with pytest.raises(ResultError):
        load(text)


def test_a_label_of_several_scenarios_names_them(project: Path) -> None:
    for name in ("startup", "busy"):
        store(project, scenario=name)
    with pytest.raises(ResultError, match=r"^results/local/before holds several scenarios: busy, startup$") as caught:
        load("before")
    assert caught.value.advice == "name a file: results/local/before/busy.perfkit.json"


def test_a_run_that_was_killed_is_read_from_its_journal(project: Path) -> None:
    with Journal(project / "results" / "local" / "killed") as journal:
        journal.write(make_header(label="killed"))
        journal.write(Entry(scenario="startup", trial=make_trial()))
    loaded = load("killed")
    assert loaded.path == journal.path
    assert loaded.result.trials == (make_trial(),)
    assert not loaded.result.complete


def test_trials_that_a_killed_sitting_added_are_read_from_the_journal(project: Path) -> None:
    with Journal(project / "results" / "local" / "before") as journal:
        journal.write(make_header())
        for trial in make_trials(1):
            journal.write(Entry(scenario="startup", trial=trial))
        path = write_result(journal.records["startup"].result(), journal.folder)
        assert load("before").path == path
        journal.write(Entry(scenario="startup", trial=make_trial(4)))
    assert load("before").path == journal.path
    assert len(load("before").result.trials) == 5
    assert len(load(str(path)).result.trials) == 4


def test_a_killed_run_of_several_scenarios_says_how_to_finish_it(project: Path) -> None:
    with Journal(project / "results" / "local" / "killed") as journal:
        for name in ("startup", "busy"):
            journal.write(make_header(make_scenario(name)))
    with pytest.raises(ResultError, match=r"holds several scenarios: busy, startup$"):
        load("killed")


def test_the_latest_result_is_loaded_without_a_name(project: Path) -> None:
    store(project)
    assert load_latest().result == make_result()


def test_a_folder_anywhere_stands_for_all_its_scenarios_by_name(project: Path) -> None:
    folder = project / "elsewhere"
    folder.mkdir()
    for name in ("startup", "busy"):
        write_result(make_result(scenario=make_scenario(name)), folder)
    assert [each.result.scenario.name for each in load_all("./elsewhere")] == ["busy", "startup"]


def test_the_latest_label_stands_for_all_its_scenarios(project: Path) -> None:
    for name in ("startup", "busy"):
        store(project, scenario=name)
    assert [each.result.scenario.name for each in load_all_latest()] == ["busy", "startup"]


def test_a_scenario_that_only_the_journal_knows_is_there_too(project: Path) -> None:
    store(project)
    with Journal(project / "results" / "local" / "before") as journal:
        journal.write(make_header(make_scenario("busy")))
        journal.write(Entry(scenario="busy", trial=make_trial()))
    assert [each.path.name for each in load_all("before")] == ["journal.jsonl", "startup.perfkit.json"]


def test_two_results_of_one_scenario_in_a_folder_are_one_clear_error(project: Path) -> None:
    path = store(project)
    (path.parent / "copy.perfkit.json").write_bytes(path.read_bytes())
    with pytest.raises(ResultError, match=r"holds two results of scenario 'startup': copy\.perfkit\.json, startup"):
        load_all("before")


def test_a_folder_of_labels_says_which_to_name(project: Path) -> None:
    store(project)
    with pytest.raises(ResultError, match=r"^results/local holds no result$") as caught:
        load_all("results/local")
    assert caught.value.advice == "name one of the labels in it: before"


def test_a_result_of_a_perfkit_that_knew_no_windows_is_still_read(project: Path) -> None:
    path = store(project, "old")
    old = json.loads(path.read_bytes())
    for trial in old["trials"]:
        del trial["windows"], trial["origin_ns"]
    for metric in old["metrics"]:
        del metric["by"]
    path.write_text(json.dumps(old))
    assert [trial.windows for trial in read_result(path).trials] == [()] * len(old["trials"])
