from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.errors import ScenarioError, UsageError
from perfkit.model.faults import ApiFault
from perfkit.model.limits import Limit
from perfkit.model.scenario import ClusterSpec, Idle, Launch, Making, MetricLimit, Quit, Ready, Repeat, Strike
from perfkit.storage.scenarios import _steps, find_scenarios, override, read_scenarios, with_project_limits
from perfkit.storage.tables import Value
from support.stored import make_scenario

MINIMAL = 'schema = 1\ntitle = "t"\n[[step]]\ndo = "launch"\n'
BAD = tomllib.loads((Path(__file__).parent / "bad_scenarios.toml").read_text())["case"]

FULL = """
schema = 1
title = "Everything"
cluster = { kind = "mock", shape = "tiny", pods = 50, seed = 7 }
link.name = "direct"
repeat = { pairs = [2, 4], warmup = 3, max_time = "5 min", home = "kept" }

[[target]]
client = "lean"

[[target]]
name = "mine"
command = "./my-client --all 'two words'"
environment = { MODE = "fast" }
ready = { log = "^synced" }

[[step]]
do = "launch"
name = "start"
until = { api = "list pods" }
timeout = "1m30s"

[[step]]
do = "idle"
duration = "500 ms"

[[step]]
do = "quit"
timeout = "2 s"

[[limit]]
metric = "startup.ready"
limit = ["< 2 s", "+5 %"]

[[limit]]
metric = "api.requests"
limit = "+0"
"""


def write(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_how_a_kind_cluster_is_made_may_be_an_axis(project: Path) -> None:
    axis = '[matrix]\n"cluster.kubernetes" = ["v1.34.0", "v1.35.0"]\n'
    found = read_scenarios(write(project, f'{MINIMAL}{axis}[cluster]\nconfig = "workers"\nengine = "podman"\n'))
    made = [each.scenario.cluster.making for each in found]
    assert made == [Making(kubernetes=each, config="workers", engine="podman") for each in ("v1.34.0", "v1.35.0")]
    assert made[0].describe() == {"kubernetes": "v1.34.0", "config": "workers", "engine": "podman"}
    assert ClusterSpec().making.describe() == {}


@pytest.mark.parametrize("case", BAD, ids=[case["name"] for case in BAD])
def test_a_wrong_scenario_gets_one_line_with_file_key_found_and_allowed(case: dict[str, str], project: Path) -> None:
    write(project, case["scenario"], "bad.toml")
    with pytest.raises(ScenarioError) as caught:
        read_scenarios(project / "bad.toml")
    assert caught.value.message == f"bad.toml: {case['error']}"
    assert caught.value.advice == case.get("advice", "")
    assert "\n" not in caught.value.message + caught.value.advice


def test_there_are_at_least_25_wrong_scenarios() -> None:
    assert len({case["scenario"] for case in BAD}) >= 25


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"schema = 1\npods 5\n", "^bad.toml: not TOML: line 2, column 6: "),
        (b'title = "x"\ntitle = "y"\n', "^bad.toml: not TOML: line 2, column 12: "),
        (b'title = "x', "^bad.toml: not TOML: end of document: "),
        (b"title = \xff", "not UTF-8 text"),
        (b"a = " + b"[" * 5000, "nested too deeply"),
        (b"a = " + b"9" * 5000, "a number of too many digits"),
        (b"\x00\x01\x02", "not TOML: line 1, column 1"),
    ],
)
def test_what_is_no_toml_is_said_to_be_none(content: bytes, complaint: str, project: Path) -> None:
    (project / "bad.toml").write_bytes(content)
    with pytest.raises(ScenarioError, match=complaint):
        read_scenarios(project / "bad.toml")


def test_a_folder_in_place_of_a_file_is_said_to_be_unreadable(project: Path) -> None:
    with pytest.raises(ScenarioError, match=r"^\.: cannot be read: Is a directory$"):
        read_scenarios(project)


def test_a_file_outside_the_working_directory_is_named_in_full(
    tmp_path_factory: pytest.TempPathFactory, project: Path
) -> None:
    path = write(tmp_path_factory.mktemp("elsewhere"), "")
    with pytest.raises(ScenarioError, match=f"^{path}: "):
        read_scenarios(path)


def test_every_key_arrives_in_base_units(project: Path) -> None:
    (found,) = read_scenarios(write(project, FULL))
    scenario = found.scenario
    assert (scenario.name, scenario.title) == ("mine", "Everything")
    assert scenario.cluster == ClusterSpec(kind="mock", shape="tiny", pods=50, seed=7)
    assert scenario.repeat == Repeat(pairs=(2, 4), warmup=3, max_time=300.0, home="kept")
    assert scenario.steps == (
        Launch(name="start", until=Ready(kind="api", verb="list", resource="pods"), timeout=90.0),
        Idle(duration=0.5),
        Quit(timeout=2.0),
    )
    assert scenario.limits == (
        MetricLimit(metric="startup.ready", limits=(Limit.parse("< 2 s", "time"), Limit.parse("+5 %", "time"))),
        MetricLimit(metric="api.requests", limits=(Limit.parse("+0", "count"),)),
    )


def test_targets_stay_as_written(project: Path) -> None:
    lean, mine = read_scenarios(write(project, FULL))[0].targets
    assert (lean.name, lean.client, lean.command) == ("lean", "lean", ())
    assert mine.command == ("./my-client", "--all", "two words")
    assert mine.environment == {"MODE": "fast"}
    assert mine.ready == Ready(kind="log", pattern="^synced")
    assert read_scenarios(write(project, FULL))[0].scenario.targets == ()


def test_what_is_left_out_has_the_models_defaults(project: Path) -> None:
    scenario = read_scenarios(write(project, MINIMAL))[0].scenario
    assert scenario.cluster == ClusterSpec()
    assert scenario.repeat == Repeat()
    assert scenario.steps == (Launch(),)
    assert scenario.limits == ()


def test_the_shipped_startup_scenario_is_what_the_documentation_says(project: Path) -> None:
    (found,) = find_scenarios("startup")
    assert found.targets == ()
    assert found.scenario.cluster == ClusterSpec(shape="small")
    assert found.scenario.repeat == Repeat(max_time=100.0)
    assert found.scenario.steps == (Launch(timeout=30.0), Idle(name="settle", duration=0.2), Quit())


def test_a_projects_scenario_hides_the_shipped_one(project: Path) -> None:
    (project / "scenarios").mkdir()
    write(project / "scenarios", MINIMAL, "startup.toml")
    assert find_scenarios("startup")[0].scenario.title == "t"


@pytest.mark.parametrize("name", ["./mine.toml", "mine.toml"])
def test_a_path_is_taken_as_a_path(name: str, project: Path) -> None:
    write(project, MINIMAL)
    assert find_scenarios(name)[0].scenario.name == "mine"


@pytest.mark.parametrize(
    ("name", "advice"),
    [("startupp", "did you mean 'startup'?"), ("zzz", "scenarios are "), ("z" * 5000, "scenarios are ")],
)
def test_an_unknown_scenario_gets_the_closest_name(name: str, advice: str, project: Path) -> None:
    with pytest.raises(ScenarioError, match=f"^no scenario named '{name}'$") as caught:
        find_scenarios(name)
    assert caught.value.advice.startswith(advice)
    assert "startup" in caught.value.advice


def test_a_missing_file_is_said_to_be_missing(project: Path) -> None:
    with pytest.raises(ScenarioError, match=r"^nowhere/x\.toml: no such file$"):
        find_scenarios("nowhere/x.toml")


def test_a_file_name_that_cannot_name_results_is_refused(project: Path) -> None:
    path = write(project, MINIMAL, "my scenario.toml")
    with pytest.raises(ScenarioError, match="a scenario is called as its file"):
        read_scenarios(path)


def test_the_command_line_overrides_only_what_it_names(project: Path) -> None:
    scenario = make_scenario()
    changed = override(scenario, pods=50, seed=None, pairs=(1,), max_time=9.0)
    assert changed.cluster == ClusterSpec(pods=50)
    assert changed.repeat == Repeat(pairs=(1,), max_time=9.0)
    assert changed.steps == scenario.steps
    assert override(scenario) == scenario


def test_an_unknown_shape_on_the_command_line_gets_the_closest_name(project: Path) -> None:
    with pytest.raises(ScenarioError, match="no shape named 'smal'") as caught:
        override(make_scenario(), shape="smal")
    assert caught.value.advice == "did you mean 'small'?"


@pytest.mark.parametrize("pairs", [(), (0,), (3, 3), (5, 2)])
def test_trials_on_the_command_line_must_increase(pairs: tuple[int, ...], project: Path) -> None:
    with pytest.raises(UsageError, match="must increase from 1 up"):
        override(make_scenario(), pairs=pairs)


def test_a_scenarios_own_limit_goes_before_the_projects(project: Path) -> None:
    own = make_scenario().limits[0]
    theirs = MetricLimit(metric="startup.ready", limits=(Limit.parse("< 9 s", "time"),))
    more = MetricLimit(metric="api.requests", limits=(Limit.parse("+0", "count"),))
    assert with_project_limits(make_scenario(), (theirs, more)).limits == (own, more)


@given(st.lists(st.integers(2, 10_000), min_size=1, max_size=8, unique=True).map(sorted))
def test_any_increasing_numbers_of_pairs_are_taken(pairs: list[int]) -> None:
    assert override(make_scenario(), pairs=tuple(pairs)).repeat.pairs == tuple(pairs)


WORDS = st.sampled_from(["launch", "idle", "quit", "ready", "exit", "1 s", "-1 s", "", "a", "\0"])
OTHERS = st.sampled_from([0, 5, 1.5, True, float("nan"), [], ["x"], {}])
CONDITIONS = st.sampled_from([{"log": "("}, {"watch": "pods"}, {"api": "list pods"}, {"api": 3}, {"a": "b", "c": "d"}])
VALUES = WORDS | OTHERS | CONDITIONS
STEP = st.dictionaries(st.sampled_from(["do", "name", "until", "timeout", "duration", "x"]), VALUES)


@given(VALUES | st.lists(STEP | VALUES))
def test_whatever_stands_where_steps_should_gives_steps_or_a_clear_error(value: object) -> None:
    with suppress(ScenarioError):
        assert isinstance(_steps(Value("x.toml", "step", value))[0], Launch)


def test_faults_and_denials_are_read_in_words_and_as_tables(project: Path) -> None:
    text = """schema = 1
title = "t"
cluster.deny = ["list secrets"]
[[cluster.fault]]
kind = "latency"
delay = "50 ms"
p99 = "2 s"
[[step]]
do = "launch"
[[step]]
do = "fault"
name = "busy"
fault = "429 share=10% count=5"
[[step]]
do = "fault"
clear = true
"""
    scenario = read_scenarios(write(project, text))[0].scenario
    assert scenario.cluster.deny == ("list secrets",)
    assert scenario.cluster.fault == (ApiFault(kind="latency", delay=0.05, p99=2, distribution="lognormal"),)
    assert scenario.steps[1:] == (
        Strike(name="busy", fault=ApiFault(kind="429", share=0.1, count=5)),
        Strike(clear=True),
    )
