"""Objects as byte templates: the constant parts are joined with a few values that differ from object to object.

A template is written as the object itself, with slots such as ``«name»`` inside its strings. Encoding it once and
joining bytes afterwards is some thirty times faster than building and encoding every object.
"""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SLOT = re.compile("«([a-z0-9_]+)»")


def slot(name: str) -> str:
    """The text that stands for the value ``name`` within a string of a template object."""
    return f"«{name}»"


class Template:
    """Literal bytes and the slots between them: ``literals`` has one more element than ``slots``."""

    def __init__(self, literals: Sequence[bytes], slots: Sequence[str]) -> None:
        self._literals = literals
        self.slots = slots
        self._parts: list[bytes] = [b""] * (2 * len(slots) + 1)
        self._parts[::2] = literals
        # itemgetter gives a bare value for one key and refuses none; a doubled key keeps it a tuple.
        padded = [*slots, *slots[:1]] if len(slots) == 1 else slots
        self._pick: Callable[[Any], tuple[bytes, ...]] | None = itemgetter(*padded) if slots else None

    @classmethod
    def of(cls, value: Any) -> Template:
        """Encode ``value`` (anything JSON) and find its slots."""
        pieces = _SLOT.split(msgspec.json.encode(value).decode())
        return cls([piece.encode() for piece in pieces[::2]], pieces[1::2])

    def bind(self, values: Mapping[str, bytes]) -> Template:
        """The template with the slots named in ``values`` filled for good, the others left open."""
        literals, slots = [self._literals[0]], []
        for name, literal in zip(self.slots, self._literals[1:], strict=True):
            if name in values:
                literals[-1] += values[name] + literal
            else:
                slots.append(name)
                literals.append(literal)
        return Template(literals, slots)

    def render(self, values: Mapping[str, bytes]) -> bytes:
        """The object as JSON. ``values`` must hold every open slot, already escaped for JSON."""
        parts = self._parts.copy()
        if self._pick is not None:
            parts[1::2] = self._pick(values)[: len(self.slots)]
        return b"".join(parts)
