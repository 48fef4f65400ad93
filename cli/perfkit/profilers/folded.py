"""Folded stacks, as flamegraph.pl reads them: ``main;handler (app.py:12);loads 42``, one stack a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from perfkit.model.profile import Frame, Profile, ProfileBuilder, ValueType

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINE: Final = re.compile(r"(.*\S)\s+(\d+(?:\.\d+)?)")
_FRAME: Final = re.compile(r"(.+?) \(([^()]*?)(?::(\d+))?\)")


def read(text: str, value: ValueType | None = None) -> Profile:
    """The stacks; their numbers are what ``value`` says, else counts, which then are the samples. Raises ValueError."""
    meant = value or ValueType("samples", "count")
    builder = ProfileBuilder([meant])
    total = 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise ValueError(f"line {number} is not 'frame;frame NUMBER'")
        weight = round(float(match[2]))
        builder.add([frame(each) for each in match[1].split(";")], weight)
        total += weight
    return builder.profile(samples=total if meant.unit == "count" else 0)


def frame(text: str) -> Frame:
    """``function (file:line)``, or the function alone."""
    match = _FRAME.fullmatch(text)
    return Frame(match[1], match[2], int(match[3] or 0)) if match else Frame(text)


def write(profile: Profile, value: str = "") -> str:
    """One of its values, else the one that matters most, in the unit of the profile. Raises KeyError."""
    return "".join(
        f"{';'.join(_texts(profile.frames[number] for number in stack))} {weight}\n"
        for stack, weight in sorted(profile.weights(value).items())
        if stack
    )


def _texts(frames: Iterable[Frame]) -> Iterable[str]:
    return (" ".join(_text(frame).replace(";", ":").split()) for frame in frames)


def _text(frame: Frame) -> str:
    line = f":{frame.line}" if frame.line else ""
    return f"{frame.function} ({frame.file}{line})" if frame.file else frame.function
