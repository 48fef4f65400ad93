"""Profiles made up for tests, and strategies that make them up."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from perfkit.model.profile import Frame, Profile, ProfileBuilder, ValueType
from support.examples import examples

few = settings(max_examples=examples(25), deadline=None)

CPU = (ValueType("samples", "count"), ValueType("cpu", "nanoseconds"))
HEAP = (ValueType("inuse_objects", "count"), ValueType("inuse_space", "bytes"))

names = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
frames = st.builds(Frame, names, st.one_of(st.just(""), names), st.integers(0, 1 << 20))
amounts = st.integers(0, 1 << 40)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """Any profile: of processor time or of the heap."""
    builder = ProfileBuilder(draw(st.sampled_from([CPU, HEAP])))
    known = draw(st.lists(frames, min_size=1, max_size=6, unique=True))
    for _ in range(draw(st.integers(0, 12))):
        stack = draw(st.lists(st.sampled_from(known), min_size=1, max_size=8))
        builder.add(stack, draw(amounts), draw(amounts))
    return builder.profile()


def told(profile: Profile) -> dict[tuple[Frame, ...], tuple[int, ...]]:
    """Stacks as frames, without those of no weight: what a profile says, however it numbers its frames."""
    return {
        tuple(profile.frames[number] for number in stack): values
        for stack, values in profile.stacks.items()
        if any(values)
    }


def cpu_profile(stacks: dict[str, int], samples: int = 1000) -> Profile:
    """Folded stacks → milliseconds; a frame is ``function`` or ``function (file:line)``."""
    from perfkit.profilers.folded import frame

    builder = ProfileBuilder([ValueType("cpu", "nanoseconds")])
    for text, milliseconds in stacks.items():
        builder.add([frame(each) for each in text.split(";")], milliseconds * 1_000_000)
    return builder.profile(samples=samples)
