"""What ``python -X importtime`` prints, as a profile: which import cost what, and on whose behalf."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from perfkit.model.profile import Frame, Profile, ProfileBuilder, ValueType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MARK: Final = b"import time: "
_LINE: Final = re.compile(r"^import time:\s+(\d+) \|\s+\d+ \| ( *)(\S+)", re.MULTILINE)

Import = tuple[int, str, int]  # depth, module, microseconds of its own


def read(text: str) -> Profile:
    """The lines among whatever else was printed. Raises ValueError where there are none."""
    builder = ProfileBuilder([ValueType("import", "nanoseconds")])
    imports = [(len(indent) // 2, module, int(own)) for own, indent, module in _LINE.findall(text)]
    if not imports:
        raise ValueError("it says nothing of imports")
    for stack, microseconds in _stacks(imports):
        builder.add(map(Frame, stack), microseconds * 1000)
    return builder.profile()


def _stacks(imports: Iterable[Import]) -> Iterator[tuple[tuple[str, ...], int]]:
    """Each import below those that caused it. They are printed as they end: the outer one after what it imported."""
    outer: list[str] = []
    for depth, module, own in reversed(list(imports)):
        del outer[depth:]
        outer.append(module)
        yield tuple(outer), own
