"""Steps that change objects, manifests and quiet, as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfkit.errors import ScenarioError
from perfkit.model.objects import Batch
from perfkit.model.scenario import Ready, Submit, Wait
from perfkit.storage.ready import parse_ready
from perfkit.storage.scenarios import ScenarioFile, read_scenarios

HEAD = 'schema = 1\ntitle = "t"\n'
MANIFEST = 'manifest = { apiVersion = "example.com/v1", kind = "Widget", metadata = { name = "w-{n}" } }\n'
STEP = '[[step]]\ndo = "launch"\n[[step]]\n'
OBJECTS = 'do = "objects"\ncount = 10\nrate = "5 /s"\n'


def read(folder: Path, text: str) -> ScenarioFile:
    path = folder / "s.toml"
    path.write_text(HEAD + text)
    return read_scenarios(path)[0]


def test_a_step_that_changes_objects_is_read(tmp_path: Path) -> None:
    step = read(
        tmp_path, f'{STEP}{OBJECTS}{MANIFEST}act = "touch"\nnamespace = "team"\nname = "more"\n'
    ).scenario.steps[1]
    manifest = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w-{n}"}}
    batch = Batch(act="touch", manifest=manifest, count=10, rate=5.0, namespace="team")
    assert step == Submit(name="more", batch=batch)
    assert batch.seconds == 2


def test_each_object_has_its_number_in_all_its_texts() -> None:
    manifest = {"metadata": {"name": "w-{n}", "labels": {"n": "{n}{n}"}}, "spec": {"list": ["{n}", 1, {"a": "{n}"}]}}
    batch = Batch(manifest=manifest, count=20, rate=1)
    assert batch.object(12) == {
        "metadata": {"name": "w-12", "labels": {"n": "1212"}},
        "spec": {"list": ["12", 1, {"a": "12"}]},
    }
    assert batch.object(3)["spec"]["list"] is not manifest["spec"]["list"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('do = "objects"\nrate = "5 /s"\n' + MANIFEST, "step[1]: the key 'count' is missing"),
        (OBJECTS, "step[1]: the key 'manifest' is missing"),
        (OBJECTS.replace("5 /s", "0 /s") + MANIFEST, "step[1].rate: found"),
        (OBJECTS.replace("5 /s", "2000 /s") + MANIFEST, "at most 1,000"),
        (OBJECTS.replace("10", "0") + MANIFEST, "step[1].count: found 0"),
        (OBJECTS + MANIFEST + 'act = "make"\n', "step[1].act: found"),
        (OBJECTS + MANIFEST.replace('kind = "Widget", ', ""), "step[1].manifest: the key 'kind' is missing"),
        (OBJECTS + MANIFEST.replace('name = "w-{n}"', ""), "step[1].manifest.metadata: the key 'name' is missing"),
        (
            OBJECTS + MANIFEST.replace("w-{n}", "w"),
            "step[1].manifest.metadata.name: found 'w', one name for 10 objects",
        ),
        (OBJECTS + MANIFEST.replace("w-{n}", "w/{n}"), "step[1].manifest.metadata.name: found"),
        (OBJECTS + MANIFEST.replace("{ name", '{ namespace = "x", name'), "the namespace is a key of the step"),
        (OBJECTS + MANIFEST + 'namespace = "No"\n', "step[1].namespace: found"),
    ],
)
def test_a_step_that_cannot_be_is_told(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path, STEP + text)
    assert complaint in caught.value.message


def test_an_axis_may_be_the_number_of_objects(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(f'{HEAD}{STEP}name = "burst"\n{OBJECTS}{MANIFEST}[matrix]\n"burst/count" = [1, 7]\n')
    steps = [file.scenario.steps[1] for file in read_scenarios(path)]
    assert [step.batch.count for step in steps if isinstance(step, Submit)] == [1, 7]


def test_quiet_is_a_condition(tmp_path: Path) -> None:
    step = read(tmp_path, f'{STEP}do = "wait"\nuntil = {{ quiet = "2 s" }}\n').scenario.steps[1]
    assert step == Wait(until=Ready(kind="quiet", seconds=2.0))
    assert str(parse_ready("quiet 500ms", "--ready")) == "quiet for 0.5 s"
    with pytest.raises(ScenarioError, match="duration"):
        read(tmp_path, f'{STEP}do = "wait"\nuntil = {{ quiet = 2 }}\n')


@pytest.mark.parametrize("written", ['"widgets"', '["widgets"]'])
def test_manifests_are_found_like_other_fixtures(tmp_path: Path, written: str) -> None:
    assert read(tmp_path, f"cluster.manifests = {written}\n{STEP}{OBJECTS}{MANIFEST}").scenario.cluster.files == (
        "widgets",
    )


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ('"widget"', "cluster.manifests: no manifest named 'widget'"),
        ('["widgets", "./none.yaml"]', "cluster.manifests[1]: ./none.yaml: no such file or folder"),
        ("7", "cluster.manifests: found 7"),
    ],
)
def test_manifests_that_are_not_there_are_told(tmp_path: Path, written: str, complaint: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path, f"cluster.manifests = {written}\n{STEP}{OBJECTS}{MANIFEST}")
    assert complaint in caught.value.message
