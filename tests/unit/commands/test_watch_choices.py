from __future__ import annotations

from pathlib import Path

import pytest

from perfkit.commands.watch.choices import Choices, parse_rule, source_of, with_defaults
from perfkit.errors import PerfkitError, UsageError
from perfkit.monitor.alerts import DEFAULT_RULES


def test_a_limit_becomes_a_rule_that_alerts_of_it() -> None:
    rule = parse_rule("queue.depth{queue=views} <= 100")
    assert (rule.metric, rule.limit) == ("queue.depth{queue=views}", "<= 100")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("memory.peak", "is not METRIC=LIMIT"),
        ("memory.peek < 3 MB", "no metric 'memory.peek'"),
        ("memory.peak < 3 s", "is a time, but the metric is a number of bytes"),
        ("memory.peak=+5 %", "is against a base"),
    ],
)
def test_what_is_no_limit_is_one_line(written: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        parse_rule(written)
    assert "\n" not in caught.value.message


def test_what_nobody_limits_is_watched_by_the_rules_of_the_monitor() -> None:
    given = parse_rule("cpu.mean < 5 %")
    rules = with_defaults([given])
    assert rules == [given, *(rule for rule in DEFAULT_RULES if rule.name != "cpu")]


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        (Choices(), "looks at one thing"),
        (Choices(what="1", command=("ls",)), "looks at one thing"),
        (Choices(target="lean", command=("ls",)), "looks at one thing"),
        (Choices(target="leen"), "leen"),
        (Choices(what="1", pods=3, link="vpn"), "--pods, --link: only a command"),
        (Choices(what="http://h/metrics", cluster="mock"), "--cluster is for processes and commands"),
        (Choices(command=("no-such-program-here",)), "no such program"),
        (Choices(command=("true",), cluster="mine", churn="9/s"), "--churn: --cluster names one that is as it is"),
        (Choices(command=("true",), churn="often"), "is no churn"),
        (Choices(command=("true",), link="nowhere"), "nowhere"),
    ],
)
def test_what_does_not_fit_together_is_told_before_anything_starts(choices: Choices, said: str) -> None:
    with pytest.raises(PerfkitError, match=said):
        source_of(choices, Path("/nowhere"))
