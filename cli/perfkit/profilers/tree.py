"""A profile as a tree of calls, as a flamegraph shows it; of two profiles, with what each has of a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.model.profile import Profile, Stack

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


def tree(profile: Profile, value: str = "", least: float = 0.0) -> Call:
    """All stacks below one root, lines of a function put together. Raises KeyError.

    ``least``: calls of a smaller share of the whole are left out, and cost nothing.
    """
    return _grown(_rows(profile, value), least)


def difference_tree(base: Profile, head: Profile, values: tuple[str, str], scale: float = 1.0) -> Call:
    """The stacks of both; base's weights times ``scale``. ``values``: that of base, that of head. Raises KeyError."""
    before = [(stack, keys, 0.0, weight * scale) for stack, keys, weight, _ in _rows(base, values[0])]
    return _grown([*_rows(head, values[1]), *before])


_Row = tuple["Stack", "list[Key]", float, float]  # a stack, the key of each frame, its weight, what it was before


def _rows(profile: Profile, value: str) -> list[_Row]:
    keys = [(frame.function, frame.place) for frame in profile.frames]
    return [(stack, keys, float(weight), 0.0) for stack, weight in profile.weights(value).items()]


def _grown(rows: list[_Row], least: float = 0.0) -> Call:
    root = Call("all", "", sum(row[2] for row in rows), sum(row[3] for row in rows))
    smallest = least * root.weight
    waiting = [(root, 0, rows)]
    while waiting:
        call, depth, own = waiting.pop()
        for key, below in _by_call(own, depth).items():
            weight = sum(row[2] for row in below)
            if weight >= smallest:
                call.calls[key] = Call(*key, weight, sum(row[3] for row in below))
                waiting.append((call.calls[key], depth + 1, below))
    return root


def _by_call(rows: list[_Row], depth: int) -> dict[Key, list[_Row]]:
    """Stacks by what they have at a depth; those that end above it are left out."""
    found: dict[Key, list[_Row]] = {}
    for row in rows:
        stack, keys, _, _ = row
        if depth < len(stack):
            found.setdefault(keys[stack[depth]], []).append(row)
    return found
