"""Churn as people write it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from perfkit.errors import ScenarioError
from perfkit.model.churn import Churn
from perfkit.model.scenario import Rescale, Stir
from perfkit.storage.churn import parse_churn
from perfkit.storage.scenarios import read_scenarios

HEAD = 'schema = 1\ntitle = "t"\n[[step]]\ndo = "launch"\n[[step]]\n'


def step(folder: Path, text: str) -> object:
    path = folder / "s.toml"
    path.write_text(HEAD + text)
    return read_scenarios(path)[0].scenario.steps[1]


def test_a_churn_step_is_read(tmp_path: Path) -> None:
    read = step(
        tmp_path,
        'do = "churn"\nname = "busy"\nrate = "20 /s"\nduration = "10 s"\nmix = { status = 3, replace = 1 }\n'
        'skew = 0.8\nhot = 5\nnamespace = "default"\nburst = 100\nevery = "2 s"\n',
    )
    churn = Churn(rate=20, mix={"status": 3, "replace": 1}, skew=0.8, hot=5, namespace="default", burst=100, every=2.0)
    assert read == Stir(name="busy", churn=churn, duration=10.0)


def test_a_scale_step_is_read(tmp_path: Path) -> None:
    assert step(tmp_path, 'do = "scale"\ndeployment = "default/web"\nreplicas = 0\n') == Rescale(
        deployment="default/web", replicas=0
    )
    assert step(tmp_path, 'do = "scale"\npods = -100\ntimeout = "5 s"\n') == Rescale(pods=-100, timeout=5.0)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('do = "churn"\nduration = "1 s"\n', "step[1]: churn has a rate (0 is one), or bursts"),
        ('do = "churn"\nrate = "20 /s"\n', "step[1]: a churn step has a 'duration', or background = true"),
        ('do = "churn"\nrate = 20\nduration = "1 s"\n', "step[1].rate: found 20"),
        ('do = "churn"\nrate = "20 s"\nduration = "1 s"\n', 'step[1].rate: found "20 s"'),
        ('do = "churn"\nrate = "9 /s"\nmix = {quake = 1}\nduration = "1 s"\n', "step[1].mix.quake: no kind of change"),
        ('do = "churn"\nrate = "9 /s"\nskew = 2\nduration = "1 s"\n', "step[1]: skew must be from 0 to 1"),
        ('do = "churn"\nrate = "9 /s"\nburst = 2\nduration = "1 s"\n', "step[1]: burst and every come together"),
        ('do = "scale"\n', "step[1]: a scale step says deployment and replicas, or pods"),
        ('do = "scale"\npods = 1\nreplicas = 2\n', "step[1]: a scale step says deployment and replicas, or pods"),
        ('do = "scale"\ndeployment = "web"\nreplicas = 2\n', 'step[1].deployment: found "web"'),
    ],
)
def test_a_wrong_step_is_told(tmp_path: Path, text: str, error: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        step(tmp_path, text)
    assert error in str(caught.value)


@pytest.mark.parametrize(
    ("words", "churn"),
    [
        ("20/s", Churn(rate=20)),
        ("off", None),
        ("rate=60/min", Churn(rate=1)),
        ("100/s skew=0.5 hot=3 namespace=default", Churn(rate=100, skew=0.5, hot=3, namespace="default")),
        ("burst=100 every=5s status=1", Churn(burst=100, every=5.0, mix={"status": 1})),
    ],
)
def test_words_of_a_command_line_are_read(words: str, churn: Churn | None) -> None:
    assert parse_churn(words) == churn


@pytest.mark.parametrize("words", ["", "20", "20 s", "20/s skew=2", "20/s quake=1", "20/s hot=x", "burst=5"])
def test_wrong_words_are_told_with_what_would_do(words: str) -> None:
    with pytest.raises(ScenarioError, match="is no churn") as caught:
        parse_churn(words)
    assert "20/s" in caught.value.advice


def test_what_is_stored_of_a_churn_is_the_same_when_it_is_read_again() -> None:
    stored = msgspec.json.encode(Churn(rate=20.0))
    assert msgspec.json.encode(msgspec.json.decode(stored, type=Churn)) == stored
