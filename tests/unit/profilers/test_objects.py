"""A log of objects as a profile of types."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.monitor.growth import Look
from perfkit.profilers import objects
from support.profiles import few, told

names = st.sampled_from(["dict", "app.Row", "app.Node"])
courses = st.dictionaries(names, st.lists(st.integers(0, 9), min_size=6, max_size=6), min_size=1)


def log(*looks: Look) -> bytes:
    return b"".join(msgspec.json.encode(look) + b"\n" for look in looks)


@few
@given(courses, st.integers(0, 5), st.integers(0, 5))
def test_growth_is_between_the_first_and_the_last_look_of_a_window(
    courses: dict[str, list[int]], one: int, other: int
) -> None:
    looks, before = [], dict.fromkeys(courses, 0)
    for at in range(6):
        now = {name: course[at] for name, course in courses.items()}
        looks.append(Look(7, at, {name: count for name, count in now.items() if count != before[name]}))
        before = now
    begin, end = sorted((one, other))
    if begin == end:
        with pytest.raises(ValueError, match="1 looks at objects are too few"):
            objects.read(log(*looks), begin, end)
        return
    profile = objects.read(log(*looks), begin, end)
    found = {stack[0].function: values for stack, values in told(profile).items()}
    for name, course in courses.items():
        seen = course[begin : end + 1]
        grown = max(0, seen[-1] - seen[0])
        always = all(later > sooner for sooner, later in pairwise(seen))
        assert found.get(name, (0, 0, 0)) == (seen[-1], grown if always else 0, grown)
    assert bool(profile.doubts) == (end - begin + 1 < objects.FEW_LOOKS)


def test_the_objects_of_several_processes_are_added_up() -> None:
    looks = [Look(pid, at, {"app.Row": at * pid}) for at in range(1, 6) for pid in (1, 10)]
    ((_, values),) = told(objects.read(log(*looks))).items()
    assert values == (55, 44, 44)
    with pytest.raises(ValueError, match="missing required field"):
        objects.read(b'{"pid": 1}\n')
