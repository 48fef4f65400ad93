"""What the terminal UI begins with, by its command line."""

from __future__ import annotations

import pytest

from perfkit.client.ui.arguments import USUAL, Beginning, parse
from perfkit.client.ui.commands import Show
from perfkit.errors import UsageError


@pytest.mark.parametrize(
    ("words", "begun"),
    [
        ("", Beginning()),
        ("-A", Beginning()),
        ("deploy shop", Beginning(Show("deploy", "shop"))),
        ("nodes --context kind", Beginning(Show("nodes", ""), "kind")),
        ("-n shop", Beginning(Show("pods", "shop"))),
        ("--without freeze,intern --set page=9", Beginning(options=USUAL.set("page=9").without("freeze", "intern"))),
    ],
)
def test_a_resource_a_namespace_a_context_and_options_may_be_given(words: str, begun: Beginning) -> None:
    parsed = parse(words.split())
    assert (parsed.show.resource, parsed.show.namespace or "") == (begun.show.resource, begun.show.namespace or "")
    assert (parsed.context, parsed.options) == (begun.context, begun.options)


def test_metrics_can_be_switched_off() -> None:
    assert parse([]).metered
    assert not parse(["--no-metrics", "nodes"]).metered


@pytest.mark.parametrize("words", ["--what", "a b c", "--without everything"])
def test_what_makes_no_sense_is_refused(words: str) -> None:
    with pytest.raises(UsageError):
        parse(words.split())
