"""A step that changes the link: what it asks of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from perfkit.model.link import Fault, LinkProfile
from perfkit.model.scenario import ChangeLink
from perfkit.steps.network import change_link

if TYPE_CHECKING:
    from perfkit.steps.stage import Stage

OWN, SLOW, FAULT = LinkProfile(name="vpn", rtt=0.06), LinkProfile(name="slow-4g", rtt=0.15), Fault(kind="reset")


class Asked:
    """A link that notes what it is asked for."""

    def __init__(self) -> None:
        self.found: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *given: self.found.append((name, *given))


@pytest.mark.parametrize(
    ("step", "asked"),
    [
        (ChangeLink(to=SLOW), [("set", SLOW)]),
        (ChangeLink(cut=3.0), [("cut", 3.0)]),
        (ChangeLink(fault=FAULT), [("fault", FAULT)]),
        (ChangeLink(restore=True), [("restore",), ("set", OWN)]),
    ],
)
def test_a_link_step_does_the_one_thing_it_says(step: ChangeLink, asked: list[tuple[Any, ...]]) -> None:
    """To restore is to end a cut and be as the scenario has it, faults included: a profile brings its own or none."""
    link = Asked()
    stage: Stage = SimpleNamespace(link=link, profile=OWN)  # type: ignore[assignment]
    change_link(step, stage)
    assert link.found == asked
