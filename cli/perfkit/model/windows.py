"""The windows of a trial's steps: which step ran when. Every metric that is known over time can be read per window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfkit.model.scenario import Step


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """When one step ran. Nanoseconds; in a stored trial they count from the target's exec, ``Trial.origin_ns``.

    A launch begins before the exec, so its ``start_ns`` is a little below zero. A step that failed has a window too.
    """

    name: str
    do: str  # the step's kind
    start_ns: int
    end_ns: int

    @property
    def seconds(self) -> float:
        """How long the step took."""
        return (self.end_ns - self.start_ns) / 1e9

    def holds(self, ns: int) -> bool:
        """Whether a moment lies in it; the end does not."""
        return self.start_ns <= ns < self.end_ns

    def since(self, origin_ns: int) -> Window:
        """The same window counted from ``origin_ns``."""
        return msgspec.structs.replace(self, start_ns=self.start_ns - origin_ns, end_ns=self.end_ns - origin_ns)


def step_names(steps: Iterable[Step]) -> tuple[str, ...]:
    """What the steps' windows are called: their names, or their kinds where they have none.

    Of several steps of one kind without a name the second is ``idle-2``, the third ``idle-3``; a number is passed over
    where a step has that very name.
    """
    steps = tuple(steps)
    taken = {step.name for step in steps if step.name}
    names = []
    for step in steps:
        name = step.name or _free(kind_of(step), taken)
        taken.add(name)
        names.append(name)
    return tuple(names)


def kind_of(step: Step) -> str:
    """The word after ``do =``."""
    return str(step.__struct_config__.tag)


def _free(kind: str, taken: set[str]) -> str:
    number, name = 1, kind
    while name in taken:
        number += 1
        name = f"{kind}-{number}"
    return name
