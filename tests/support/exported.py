"""Results to export: with failures, and with names that no format expects."""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st

from perfkit.model.catalogue import CATALOGUE
from perfkit.model.result import Result, Trial
from support.stored import make_result, make_scenario, make_trial

ODD = 'we"ird\n\\ né|`,\r\t=1+1 ☃'
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)
OUTCOMES = st.sampled_from(["ok", "ok", "ok", "exited", "timeout", "not_started", "cluster_failed"])
VALUES = st.floats(0, 1e12) | st.integers(0, 2**50).map(float)


def odd_result() -> Result:
    """A result in which every name a person may give is an odd one, and one trial failed."""
    trials = (make_trial(0, ODD), make_trial(1, "base"), make_trial(2, ODD, outcome="timeout"), make_trial(3, "base"))
    scenario = make_scenario(name=f"s {ODD}", targets=(ODD, "base"))
    return make_result(label=f"l {ODD}", scenario=scenario, base="base", trials=trials)


@st.composite
def results(draw: st.DrawFn) -> Result:
    """Any result: names, versions, outcomes and values in all combinations; at least one trial that counts."""
    targets = tuple(draw(st.lists(TEXT, min_size=1, max_size=3, unique=True)))
    scenario = make_scenario(name=draw(TEXT), targets=targets)
    version = draw(st.just("") | TEXT)
    specs = tuple(msgspec.structs.replace(spec, version=version) for spec in scenario.targets)
    trials = [draw(_trials(index, targets)) for index in range(draw(st.integers(1, 6)))]
    return make_result(
        label=draw(TEXT),
        base=None,
        scenario=msgspec.structs.replace(scenario, targets=specs),
        trials=tuple(trials),
    )


@st.composite
def _trials(draw: st.DrawFn, index: int, targets: tuple[str, ...]) -> Trial:
    names = st.sampled_from([metric.name for metric in CATALOGUE])
    return make_trial(
        index,
        draw(st.sampled_from(targets)),
        outcome=draw(OUTCOMES),
        values=draw(st.dictionaries(names, VALUES, max_size=4)),
    )


def failures(result: Result) -> dict[str, int]:
    """Target → how many of its trials failed, warm-ups aside."""
    names = [spec.name for spec in result.scenario.targets]
    return {name: sum(t.target == name and not t.ok and not t.warmup for t in result.trials) for name in names}
