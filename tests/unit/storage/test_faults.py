"""Faults of the API in words and tables: what is meant, what is refused, and that words and data are one."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.errors import ScenarioError
from perfkit.model.faults import KINDS, SETTINGS, ApiFault, FaultKind
from perfkit.storage.faults import parse_fault, read_fault, read_faults
from perfkit.storage.tables import Value

MEANT = {
    "429 verb=list resource=pods share=10% retry-after=2s count=5 duration=10s": ApiFault(
        kind="429", verb="list", resource="pods", share=0.1, retry_after=2, count=5, duration=10
    ),
    "500 agent=kubectl namespace=default,kube-system": ApiFault(
        kind="500", agent="kubectl", namespace="default,kube-system"
    ),
    "latency 50ms": ApiFault(kind="latency", delay=0.05),
    "latency 50ms spread=20ms": ApiFault(kind="latency", delay=0.05, spread=0.02, distribution="uniform"),
    "latency 50ms spread=8ms distribution=normal": ApiFault(
        kind="latency", delay=0.05, spread=0.008, distribution="normal"
    ),
    "latency 50ms p99=2s verb=get,list": ApiFault(
        kind="latency", delay=0.05, p99=2, distribution="lognormal", verb="get,list"
    ),
    "latency 50ms distribution=exponential": ApiFault(kind="latency", delay=0.05, distribution="exponential"),
    "limit 50/s": ApiFault(kind="limit", rate=50),
    "limit inflight=400": ApiFault(kind="limit", inflight=400),
    "drop after=5s count=1": ApiFault(kind="drop", after=5, count=1),
    "silent resource=nodes duration=1m": ApiFault(kind="silent", resource="nodes", duration=60),
    "410 start=3s": ApiFault(kind="410", start=3),
    "restart 5s window=lost": ApiFault(kind="restart", duration=5, window="lost"),
    "restart": ApiFault(kind="restart"),
    "clock +5m": ApiFault(kind="clock", offset=300),
    "clock -1h duration=10s": ApiFault(kind="clock", offset=-3600, duration=10),
    "token next=abc start=2s": ApiFault(kind="token", next="abc", start=2),
    "503 resource=pods/log,deployments.apps": ApiFault(kind="503", resource="pods/log,deployments.apps"),
}


@pytest.mark.parametrize("words", MEANT)
def test_words_mean_what_they_say(words: str) -> None:
    assert parse_fault(words) == MEANT[words]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("", 'found ""; allowed: text'),
        ("429s", "found '429s'; allowed: latency, 429, 500"),
        ("429 list", "found 'list' in '429 list'; allowed: SETTING=VALUE"),
        ("429 vreb=list", "unknown setting 'vreb' in '429 vreb=list'; allowed: retry-after, verb, resource"),
        ("429 delay=5ms", "unknown setting 'delay'"),
        ("429 count=0", "count: found 0; allowed: a whole number from 1"),
        ("429 count=x", 'count: found "x"; allowed: a whole number from 1'),
        ("429 count=1 count=2", "'count=2' in '429 count=1 count=2' says count a second time"),
        ("429 share=10", 'share: found "10"; allowed: a percentage from 0 % to 100 %'),
        ("429 share=110%", 'share: found "110%"; allowed: a percentage from 0 % to 100 %'),
        ("429 verb=read", 'verb: found "read"; allowed: one or more of get, list, watch'),
        ("429 resource=Pods", 'resource: found "Pods"; allowed: resources such as "pods"'),
        ("429 namespace=", 'namespace: found ""; allowed: text'),
        ("429 duration=0s", 'duration: found "0s"; allowed: a time from 0.001 to 86,400 s'),
        ("latency", "the key 'delay' is missing"),
        ("latency fast", 'delay: found "fast"; allowed: a time from 0 to 3,600 s'),
        ("latency 5ms distribution=pareto", 'distribution: found "pareto"; allowed: "fixed" | "uniform"'),
        ("latency 5ms distribution=normal", "uniform and normal latencies have a spread"),
        ("latency 5ms spread=6ms", "a spread of 0.006 s is more than the delay, 0.005 s"),
        ("latency 5ms p99=4ms", "lognormal needs a p95 or a p99, larger than its delay"),
        ("latency 5ms p99=9ms p95=8ms", "lognormal needs a p95 or a p99, larger than its delay"),
        ("latency 5ms p99=9ms distribution=normal spread=1ms", "a normal latency has no p95 and no p99"),
        ("limit", "a limit is either a rate or a number in flight"),
        ("limit 5/s inflight=3", "a limit is either a rate or a number in flight"),
        ("limit 5", 'rate: found "5"; allowed: requests a second, such as "50 /s"'),
        ("clock", "the key 'offset' is missing"),
        ("clock tomorrow", 'offset: found "tomorrow"; allowed: a time to be ahead or behind'),
        ("restart window=found", 'window: found "found"; allowed: "lost"'),
        ("token next=a\x01", "allowed: a token"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(words: str, complaint: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_fault(words, "--fault")
    assert caught.value.message.startswith("--fault")
    assert complaint in caught.value.message


def test_a_misspelt_setting_gets_the_closest() -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_fault("429 retry=2s")
    assert caught.value.advice == "did you mean 'retry-after'?"


def test_tables_and_words_are_the_same() -> None:
    table = {"kind": "429", "share": "10 %", "retry_after": "2 s", "count": 5}
    assert read_fault(Value("x.toml", "fault", table)) == parse_fault("429 share=10% retry-after=2s count=5")
    assert read_faults(Value("x.toml", "fault", "drop")) == (ApiFault(kind="drop"),)
    words = ["429 count=1", "drop"]
    assert read_faults(Value("x.toml", "fault", words)) == (ApiFault(kind="429", count=1), ApiFault(kind="drop"))


@pytest.mark.parametrize(("data", "place"), [([{"kind": "x"}], "cluster.fault[0].kind"), (["x"], "cluster.fault[0]")])
def test_an_error_names_the_file_and_the_place(data: object, place: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_faults(Value("x.toml", "cluster.fault", data))
    assert caught.value.message.startswith(f"x.toml: {place}: found ")


MILLISECONDS = st.integers(1, 3_000_000).map(lambda number: number / 1000)
GIVEN = {
    "verb": st.sampled_from(["list", "get,watch"]),
    "resource": st.sampled_from(["pods", "pods/log,nodes"]),
    "namespace": st.sampled_from(["default", "a,b"]),
    "agent": st.sampled_from(["k9s", "kubectl/v1.37"]),
    "share": st.integers(0, 1000).map(lambda number: number / 1000),
    "count": st.integers(1, 10**9),
    "start": MILLISECONDS,
    "duration": MILLISECONDS,
    "delay": MILLISECONDS,
    "retry_after": st.integers(1, 1000),
    "rate": st.integers(1, 10**6),
    "after": MILLISECONDS,
    "window": st.just("lost"),
    "offset": st.integers(-86400, 86400),
    "next": st.sampled_from(["abc", "x-y_z.1"]),
}


@st.composite
def faults(draw: st.DrawFn) -> ApiFault:
    """Faults of every kind, with any of its settings."""
    kind = draw(st.sampled_from([kind for kind in get_args(FaultKind) if kind != "limit"]))
    settings = {name: draw(GIVEN[name]) for name in SETTINGS[kind] if name in GIVEN and draw(st.booleans())}
    needed: dict[str, dict[str, Any]] = {"latency": {"delay": 0.5}, "clock": {"offset": 60}}
    return ApiFault(kind=kind, **(needed.get(kind, {}) | settings))


@given(faults())
def test_what_a_fault_says_of_itself_reads_as_that_fault(fault: ApiFault) -> None:
    assert str(parse_fault(str(fault))) == str(fault)


@given(st.text() | st.lists(st.text(alphabet="429limt=s%.-,x ")).map(lambda words: " ".join(["429", *words])))
def test_any_text_gives_a_fault_or_a_clear_error(words: str) -> None:
    with suppress(ScenarioError):
        assert parse_fault(words).kind in KINDS
