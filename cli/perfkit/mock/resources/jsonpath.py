"""The part of JSONPath that printer columns of custom resources use: ``.a.b``, ``[0]``, ``[*]``, ``[?(@.a=="b")]``."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_STEP = re.compile(
    r"""\.?\[\?\(@\.(?P<key>[^=!<>\s]+)\s*==\s*["'](?P<wanted>[^"']*)["']\)\]"""
    r"""|\.?\[(?P<index>-?\d+|\*)\]"""
    r"""|\.?\[["'](?P<quoted>[^"']+)["']\]"""
    r"""|\.(?P<name>(?:\\.|[^.\[\\])+)"""
)


@lru_cache(256)  # thousands of definitions name the same few columns
def compile_path(text: str) -> Callable[[Any], list[Any]]:
    """A function that finds all values at a path in decoded JSON; what cannot be read finds nothing."""
    steps: list[Callable[[Any], list[Any]]] = []
    position = 0
    text = text.strip("{}")
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            return lambda _: []
        steps.append(_step(match))
        position = match.end()

    def walk(obj: Any) -> list[Any]:
        found = [obj]
        for step in steps:
            found = [member for value in found for member in step(value)]
        return found

    return walk


def _step(match: re.Match[str]) -> Callable[[Any], list[Any]]:
    if match["wanted"] is not None:
        return _filtered(match["key"], match["wanted"])
    if match["index"] == "*":
        return lambda value: list(value.values()) if isinstance(value, dict) else _items(value)
    if match["index"]:
        return _indexed(int(match["index"]))
    name = match["quoted"] or re.sub(r"\\(.)", r"\1", match["name"])
    return lambda value: [value[name]] if isinstance(value, dict) and name in value else []


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _indexed(index: int) -> Callable[[Any], list[Any]]:
    return lambda value: _items(value)[index:][:1]


def _filtered(key: str, wanted: str) -> Callable[[Any], list[Any]]:
    return lambda value: [item for item in _items(value) if isinstance(item, dict) and str(item.get(key)) == wanted]
