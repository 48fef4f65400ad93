"""Byte templates give the same JSON as filling the object first."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from perfkit.mock.generator.template import Template, slot

NAMES = ("a", "b", "c_1")
VALUES = {"a": b"1", "b": b"two", "c_1": b""}
TEXTS = st.lists(st.sampled_from([*map(slot, NAMES), "x", '"', "\\", "ü", " "]), max_size=6).map("".join)
OBJECTS = st.recursive(
    TEXTS | st.integers(-9, 9) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def filled(value: Any) -> Any:
    if isinstance(value, str):
        for name, text in VALUES.items():
            value = value.replace(slot(name), text.decode())
        return value
    if isinstance(value, list):
        return [filled(item) for item in value]
    if isinstance(value, dict):
        return {filled(name): filled(item) for name, item in value.items()}
    return value


@given(OBJECTS)
def test_rendering_equals_filling_and_encoding(value: Any) -> None:
    assert msgspec.json.decode(Template.of(value).render(VALUES)) == filled(value)


@given(OBJECTS, st.sets(st.sampled_from(NAMES)))
def test_binding_some_slots_first_changes_nothing(value: Any, early: set[str]) -> None:
    template = Template.of(value)
    bound = template.bind({name: VALUES[name] for name in early})
    assert not early & set(bound.slots)
    assert bound.render(VALUES) == template.render(VALUES)


def test_a_template_without_slots_is_itself() -> None:
    assert Template.of({"a": 1}).render({}) == b'{"a":1}'


def test_a_single_slot_is_filled() -> None:
    assert Template.of({"a": slot("a")}).render({"a": b"xyz"}) == b'{"a":"xyz"}'
