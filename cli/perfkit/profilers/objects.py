"""What a program that uses ``perfkit.monitor`` logged of its objects, as a profile: types in place of functions."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.model.profile import Frame, Profile, ProfileBuilder, ValueType
from perfkit.monitor.growth import Look

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

VALUES: Final = (ValueType("objects", "count"), ValueType("steadily", "count"), ValueType("grown", "count"))
FEW_LOOKS: Final = 5


def read(data: bytes, begin_ns: int = 0, end_ns: int = sys.maxsize) -> Profile:
    """Types with ``objects``: how many at the last look of a window, ``grown``: how many more than at the first one.

    ``steadily`` is ``grown`` again, of the types that grew from each look to the next. The objects of several processes
    are added up.

    Raises:
        ValueError: fewer than two looks in the window, or no such log.
    """
    builder = ProfileBuilder(VALUES)
    longest = 0
    for looks in _by_process(data):
        seen = [counts for at, counts in looks if begin_ns <= at <= end_ns]
        longest = max(longest, len(seen))
        for name, *values in _growth(seen) if len(seen) > 1 else ():
            builder.add([Frame(name)], *values)
    if longest < 2:
        raise ValueError(f"{longest} looks at objects are too few: two are the least")
    few = f"{longest} looks are few: what grew may be its start, and not a leak"
    return builder.profile(shown="grown", doubts=(few,) if longest < FEW_LOOKS else ())


def _by_process(data: bytes) -> Iterator[list[tuple[int, Counter[str]]]]:
    """For each process its looks: when, and how many objects of each type."""
    changes: defaultdict[int, list[Look]] = defaultdict(list)
    for line in data.splitlines():
        look = msgspec.json.decode(line, type=Look)
        changes[look.pid].append(look)
    for looks in changes.values():
        counts: dict[str, int] = {}
        found = []
        for look in looks:
            counts = counts | look.changed
            found.append((look.ns, Counter(counts)))
        yield found


def _growth(looks: Sequence[Counter[str]]) -> Iterator[tuple[str, int, int, int]]:
    first, last = looks[0], looks[-1]
    for name, count in last.items():
        grown = max(0, count - first[name])
        always = all(after[name] > before[name] for before, after in pairwise(looks))
        yield name, count, grown if always else 0, grown
