"""What is typed after a colon."""

from __future__ import annotations

import pytest

from perfkit.client.ui.commands import Aliases, Command, Help, Performance, Quit, Show, Switch, completed, parse


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", None),
        ("  ", None),
        ("q", Quit()),
        ("q!", Quit()),
        ("?", Help()),
        ("perf", Performance()),
        ("ctx", Switch("")),
        ("ctx kind-1", Switch("kind-1")),
        ("po", Show("po")),
        ("pods kube-system", Show("pods", "kube-system")),
        ("deploy all", Show("deploy", "")),
        ("po app=web", Show("po", labels="app=web")),
        ("po shop app=web tier=db", Show("po", "shop", "app=web,tier=db")),
        ("po /a=b", Show("po", pattern="a=b")),
        ("po shop @kind", Show("po", "shop", context="kind")),
        ("pu", Performance()),
        ("aliases", Aliases()),
    ],
)
def test_commands_are_those_of_k9s(typed: str, meant: Command | None) -> None:
    assert parse(typed) == meant


def test_what_is_typed_is_completed_by_the_first_name_that_begins_so() -> None:
    names = ["daemonsets", "deploy", "deployments"]
    assert completed("de", names) == "deploy"
    assert completed("x", names) == "x"
    assert not completed("", names)
