"""A profile as a tree of calls, as a flamegraph shows it; of two profiles, with what each has of a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.model.profile import Profile

Key = tuple[str, str]  # function, place


@dataclass(slots=True)
class Call:
    """A function as it was called from one chain of callers. ``weight`` with all that it called; ``before`` in base."""

    function: str
    place: str
    weight: float = 0.0
    before: float = 0.0
    calls: dict[Key, Call] = field(default_factory=dict)

    @property
    def called(self) -> list[Call]:
        """What it called, by name, so that two pictures look alike."""
        return [self.calls[key] for key in sorted(self.calls)]

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Call]]:
        """The call and all below it, each with its depth."""
        stack = [(depth, self)]
        while stack:
            level, call = stack.pop()
            yield level, call
            stack += [(level + 1, each) for each in reversed(call.called)]


def tree(profile: Profile, value: str = "") -> Call:
    """All stacks below one root, lines of a function put together. Raises KeyError."""
    root = Call("all", "")
    for call, weight in _along(root, profile, value):
        call.weight += weight
    return root


def difference_tree(base: Profile, head: Profile, values: tuple[str, str], scale: float = 1.0) -> Call:
    """The stacks of both; base's weights times ``scale``. ``values``: that of base, that of head. Raises KeyError."""
    root = tree(head, values[1])
    for call, weight in _along(root, base, values[0]):
        call.before += weight * scale
    return root


def _along(root: Call, profile: Profile, value: str) -> Iterator[tuple[Call, int]]:
    """Every call of every stack, root too, with the stack's weight; calls that are not there yet are made."""
    keys = [(frame.function, frame.place) for frame in profile.frames]
    for stack, weight in profile.weights(value).items():
        call = root
        yield call, weight
        for number in stack:
            key = keys[number]
            if key not in call.calls:
                call.calls[key] = Call(*key)
            call = call.calls[key]
            yield call, weight
