"""JSON as the API server reads it: the last of two equal fields wins, and strict validation tells of both."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import msgspec


class Malformed(Exception):  # noqa: N818 - it is the body that is malformed
    """A body that is no JSON."""


class Decoded(msgspec.Struct, frozen=True):
    """A decoded body, and what strict validation says of fields given twice."""

    value: Any
    duplicates: tuple[str, ...] = ()


class _Repeating(dict[str, Any]):
    """An object some of whose fields were given more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        counts = Counter(name for name, _ in pairs)
        self.repeated = [name for name, count in counts.items() if count > 1]


def decode(body: bytes) -> Decoded:
    """Decode a body. Raises Malformed."""
    try:
        value = msgspec.json.decode(body)
        repeating: list[_Repeating] = []
        marked = json.loads(body, object_pairs_hook=lambda pairs: _object(pairs, repeating))
    except (msgspec.DecodeError, ValueError) as error:
        raise Malformed(str(error)) from error
    except RecursionError as error:
        raise Malformed("exceeded max depth") from error
    return Decoded(value, tuple(_duplicates(marked, "")) if repeating else ())


def _object(pairs: list[tuple[str, Any]], repeating: list[_Repeating]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    repeating.append(_Repeating(pairs))
    return repeating[-1]


def _duplicates(value: Any, path: str) -> list[str]:
    found: list[str] = []
    if isinstance(value, dict):
        prefix = f"{path}." if path else ""
        if isinstance(value, _Repeating):
            found += [f"duplicate field {quoted(prefix + name)}" for name in value.repeated]
        for name, child in value.items():
            found += _duplicates(child, prefix + name)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            found += _duplicates(child, f"{path}[{index}]")
    return found


_ESCAPED = {letter: f"\\{sign}" for letter, sign in zip('\a\b\f\n\r\t\v"\\', 'abfnrtv"\\', strict=True)}


def quoted(text: str) -> str:
    """Text as Go quotes it in errors."""
    return '"' + "".join(_ESCAPED.get(letter) or _readable(letter) for letter in text) + '"'


def _readable(letter: str) -> str:
    if letter.isprintable():
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
