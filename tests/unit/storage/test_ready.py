from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.errors import PerfkitError, ScenarioError
from perfkit.model.scenario import Ready
from perfkit.storage.ready import VERBS, parse_ready, read_ready, read_until
from perfkit.storage.tables import Value

RESOURCES = st.from_regex(r"[a-z][a-z0-9.-]{0,20}", fullmatch=True)


def value(data: object) -> Value:
    return Value("x.toml", "ready", data)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("exit", Ready(kind="exit")),
        ("watch", Ready(kind="watch", resource="pods")),
        ({"watch": "nodes"}, Ready(kind="watch", resource="nodes")),
        ({"api": "list deployments.apps"}, Ready(kind="api", verb="list", resource="deployments.apps")),
        ({"log": r"synced \d+"}, Ready(kind="log", pattern=r"synced \d+")),
    ],
)
def test_each_form_is_read(written: object, meant: Ready) -> None:
    assert read_ready(value(written)) == meant
    assert read_until(value(written)) == meant


def test_until_ready_is_the_targets_own_condition() -> None:
    assert read_until(value("ready")) is None


def test_a_target_cannot_be_ready_when_it_is_ready() -> None:
    with pytest.raises(ScenarioError, match='found "ready"'):
        read_ready(value("ready"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("exit", Ready(kind="exit")),
        (" watch nodes ", Ready(kind="watch", resource="nodes")),
        ("api list pods", Ready(kind="api", verb="list", resource="pods")),
        ("log all .* synced", Ready(kind="log", pattern="all .* synced")),
    ],
)
def test_an_option_takes_the_same_forms_as_words(written: str, meant: Ready) -> None:
    assert parse_ready(written, "--ready") == meant


@pytest.mark.parametrize("written", ["", "reddy", "log (", "api", "api lits pods", "exit now"])
def test_a_wrong_option_is_named(written: str) -> None:
    with pytest.raises(PerfkitError, match=r"^--ready"):
        parse_ready(written, "--ready")


@given(st.sampled_from(VERBS), RESOURCES)
def test_what_a_condition_shows_is_what_an_option_reads(verb: str, resource: str) -> None:
    for ready in (Ready(kind="api", verb=verb, resource=resource), Ready(kind="watch", resource=resource)):
        assert parse_ready(str(ready), "--ready") == ready
