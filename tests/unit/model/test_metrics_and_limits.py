"""Metric names and limits as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.errors import ScenarioError
from perfkit.model.catalogue import BY_NAME
from perfkit.model.limits import Limit
from perfkit.model.metrics import STATS, MetricName

WORDS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)


def test_a_metric_name_has_a_step_a_stat_and_labels() -> None:
    name = MetricName.parse("busy/cpu.seconds.p95{verb=list,resource=pods}")
    assert name == MetricName("cpu.seconds", "busy", "p95", (("resource", "pods"), ("verb", "list")))


@given(
    family=WORDS,
    rest=WORDS.filter(lambda word: word not in STATS),
    step=st.none() | WORDS,
    stat=st.none() | st.sampled_from(STATS),
    labels=st.dictionaries(WORDS, WORDS, max_size=2),
)
def test_a_metric_name_reads_back_as_written(
    family: str, rest: str, step: str | None, stat: str | None, labels: dict[str, str]
) -> None:
    name = MetricName(f"{family}.{rest}", step, stat, tuple(sorted(labels.items())))
    assert MetricName.parse(str(name)) == name


@pytest.mark.parametrize("text", ["", "cpu", "CPU.seconds", "cpu.", "a/b/cpu.seconds", "cpu.seconds{verb}", "cpu..x"])
def test_what_is_no_metric_name_is_refused(text: str) -> None:
    with pytest.raises(ScenarioError):
        MetricName.parse(text)


def test_every_metric_of_the_catalogue_has_a_valid_name_and_says_what_it_is() -> None:
    for name, metric in BY_NAME.items():
        assert str(MetricName.parse(name)) == name
        assert metric.help.endswith(".")


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("< 2 s", "time", Limit("<", 2.0, written="< 2 s")),
        ("<= 100 MB", "bytes", Limit("<=", 1e8, written="<= 100 MB")),
        ("== 4", "count", Limit("==", 4.0, written="== 4")),
        ("+5 %", "time", Limit("+", 0.05, relative=True, written="+5 %")),
        ("−10 %", "rate", Limit("-", 0.1, relative=True, written="-10 %")),
        ("+0", "count", Limit("+", 0.0, written="+0")),
        ("+ 20 ms", "time", Limit("+", 0.02, written="+20 ms")),
    ],
)
def test_a_limit_is_read_with_its_unit(text: str, kind: str, expected: Limit) -> None:
    found = Limit.parse(text, kind)  # type: ignore[arg-type]
    assert found.value == pytest.approx(expected.value)
    assert (found.operator, found.relative, found.written) == (expected.operator, expected.relative, expected.written)


@pytest.mark.parametrize(
    ("text", "kind"), [("< 2 MB", "time"), ("2 s", "time"), ("< fast", "time"), ("+5 s", "bytes"), ("", "time")]
)
def test_a_limit_of_the_wrong_dimension_or_form_is_refused(text: str, kind: str) -> None:
    with pytest.raises(ScenarioError):
        Limit.parse(text, kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [("< 2", 1.9, True), ("< 2", 2, False), ("<= 2", 2, True), ("> 2", 3, True), (">= 2", 1, False), ("== 2", 2, True)],
)
def test_an_absolute_limit_holds_or_not(text: str, value: float, holds: bool) -> None:
    assert Limit.parse(text, "count").holds(value) is holds
