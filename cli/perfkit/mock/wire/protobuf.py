"""Kubernetes' protobuf, read: the magic bytes, ``runtime.Unknown``, and in it an object, which becomes JSON data.

``messages.json`` holds what the shipped kinds' fields are by number; ``tests/support/go_types.py`` makes it.
"""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.times import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATH = Path(__file__).with_name("messages.json")
MAGIC = b"k8s\x00"
CONTENT_TYPE = "application/vnd.kubernetes.protobuf"
_CORE = "core"
_META = "meta/v1."
_GROUPS = {"": _CORE, "rbac.authorization.k8s.io": "rbac"}
_OPTIONS = frozenset({"DeleteOptions", "CreateOptions", "UpdateOptions", "PatchOptions", "ListOptions"})
_DEPTH = 64  # messages within messages; no kind comes near


class UnreadableError(Exception):
    """Bytes that are no protobuf of a known kind."""


class Field(msgspec.Struct, frozen=True, array_like=True):
    """A field: its number, its name in JSON (empty: its fields are the parent's), its kind, whether zero is nothing."""

    number: int
    name: str
    kind: str
    zero_is_nothing: bool


@cache
def _messages() -> dict[str, dict[int, Field]]:
    read = msgspec.json.decode(PATH.read_bytes(), type=dict[str, list[Field]])
    return {name: {field.number: field for field in fields} for name, fields in read.items()}


def decode(body: bytes) -> dict[str, Any]:
    """The object in a request's body, with apiVersion and kind.

    Raises:
        UnreadableError: the bytes are no protobuf, or of a kind that is not known.
    """
    if not body.startswith(MAGIC):
        raise UnreadableError("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    raw, kind = b"", {"apiVersion": "", "kind": ""}
    for number, value in _pairs(body[len(MAGIC) :]):
        if number == 1:
            names = {1: "apiVersion", 2: "kind"}
            kind |= {names[at]: _text(part) for at, part in _pairs(_bytes(value)) if at in names}
        elif number == 2:
            raw = _bytes(value)
    name = _message_name(kind["apiVersion"], kind["kind"])
    if name not in _messages():
        raise UnreadableError(f'no kind "{kind["kind"]}" is registered for version "{kind["apiVersion"]}" in protobuf')
    return {**kind, **_message(raw, name, _DEPTH)}


def _message_name(api_version: str, kind: str) -> str:
    if kind in _OPTIONS:
        return _META + kind
    group, _, version = api_version.rpartition("/")
    return f"{_GROUPS.get(group, group.partition('.')[0])}/{version}.{kind}"


def _message(data: bytes, name: str, depth: int) -> dict[str, Any]:
    if depth == 0:
        raise UnreadableError("exceeded max depth")
    fields, found = _messages()[name], dict[str, Any]()
    for number, value in _pairs(data):
        field = fields.get(number)
        if field is not None:
            _set(found, field, value, depth)
    return found


def _set(found: dict[str, Any], field: Field, value: int | bytes, depth: int) -> None:
    """Add a field's value to the object that it is of."""
    kind = field.kind
    if kind.startswith("[]"):
        found.setdefault(field.name, []).append(_value(kind[2:], value, depth))
    elif kind.startswith("map:"):
        pair = dict(_pairs(_bytes(value)))
        entry = _value(kind[4:], pair.get(2, b""), depth)
        found.setdefault(field.name, {})[_text(pair.get(1, b""))] = entry
    elif not field.name:
        found |= _value(kind, value, depth)
    else:
        read = _value(kind, value, depth)
        if read is not None and not (field.zero_is_nothing and read in ("", 0, False)):
            found[field.name] = read


def _value(kind: str, value: int | bytes, depth: int) -> Any:
    if kind.startswith("m:"):
        return _message(_bytes(value), kind[2:], depth - 1)
    return _READERS[kind](value)


def _pairs(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field numbers and values: varints as numbers, all else as bytes."""
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, position = _varint(data, position)
            yield number, value
            continue
        if wire == 2:
            size, position = _varint(data, position)
        elif wire in {1, 5}:
            size = 8 if wire == 1 else 4
        else:
            raise UnreadableError(f"proto: illegal wireType {wire}")
        if position + size > len(data):
            raise UnreadableError("unexpected EOF")
        yield number, data[position : position + size]
        position += size


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(data) and shift < 70:
        byte = data[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
        shift += 7
    raise UnreadableError("unexpected EOF")


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise UnreadableError("proto: wrong wireType = 0")
    return value


def _text(value: int | bytes) -> str:
    try:
        return _bytes(value).decode()
    except UnicodeDecodeError as error:
        raise UnreadableError("proto: a string is no UTF-8") from error


def _integer(value: int | bytes) -> int:
    if isinstance(value, bytes):
        raise UnreadableError("proto: wrong wireType = 2")
    return value - (1 << 64) if value >= 1 << 63 else value


def _time(value: int | bytes) -> str | None:
    """RFC 3339; the zero time, which Go writes where there is none, is None."""
    parts = dict(_pairs(_bytes(value)))
    seconds, nanoseconds = _integer(parts.get(1, 0)), _integer(parts.get(2, 0))
    if not seconds or not 0 < seconds < 1 << 40:
        return None
    text = format_time(seconds)
    return text.replace("Z", f".{nanoseconds // 1000:06d}Z") if nanoseconds else text


def _int_or_string(value: int | bytes) -> int | str:
    parts = dict(_pairs(_bytes(value)))
    return _text(parts.get(3, b"")) if parts.get(1) else _integer(parts.get(2, 0))


def _first_text(value: int | bytes) -> str:
    return _text(dict(_pairs(_bytes(value))).get(1, b""))


def _raw(value: int | bytes) -> Any:
    try:
        return msgspec.json.decode(_bytes(dict(_pairs(_bytes(value))).get(1, b"")) or b"null")
    except msgspec.DecodeError as error:
        raise UnreadableError("a raw field is no JSON") from error


_READERS: dict[str, Callable[[int | bytes], Any]] = {
    "string": _text,
    "bytes": lambda value: base64.b64encode(_bytes(value)).decode(),
    "int": _integer,
    "bool": lambda value: bool(_integer(value)),
    "quantity": _first_text,
    "int-or-string": _int_or_string,
    "time": _time,
    "raw": _raw,
    "strings": lambda value: [_text(item) for _, item in _pairs(_bytes(value))],
}
