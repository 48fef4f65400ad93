"""The forms an object can take on the wire: itself, its metadata alone, or a row of a Table; and how Accept chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from perfkit.mock.resources.description import Meta
from perfkit.mock.wire.status import bad_request, no_representation, not_acceptable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perfkit.mock.resources.description import Column, Resource

JSON = "application/json"
READ = f"{JSON}, application/yaml, application/vnd.kubernetes.protobuf"
_ANY = frozenset({*READ.split(", "), "application/*", "*/*"})
_STREAMED = f"{READ}, {JSON};stream=watch, application/vnd.kubernetes.protobuf;stream=watch"
_META_GROUP = "meta.k8s.io"
_encode = msgspec.json.encode


class Format(Protocol):
    """How objects of one resource are written. Bodies are JSON without kind and apiVersion."""

    def single(self, body: bytes) -> bytes:
        """One object as a response, or within a watch event."""
        ...

    def later(self, body: bytes) -> bytes:
        """One object within a watch event that is not the first."""
        ...

    def head(self, meta: Mapping[str, Any]) -> bytes:
        """What opens a list, up to its first item."""
        ...

    def item(self, body: bytes) -> bytes:
        """One object within a list."""
        ...


TAIL = b"]}\n"


class Projected:
    """Objects of another resource, each shown by ``show`` before ``form`` writes it."""

    def __init__(self, form: Format, show: Callable[[bytes], bytes]) -> None:
        self._form = form
        self._show = show
        self.head = form.head

    def single(self, body: bytes) -> bytes:
        """One object as a response."""
        return self._form.single(self._show(body))

    def later(self, body: bytes) -> bytes:
        """One object within a watch event that is not the first."""
        return self._form.later(self._show(body))

    def item(self, body: bytes) -> bytes:
        """One object within a list."""
        return self._form.item(self._show(body))


class Whole:
    """Objects as they are."""

    def __init__(self, resource: Resource) -> None:
        self._list_kind = resource.list_kind or f"{resource.kind}List"
        self._version = resource.api_version
        self._prefix = _opening(resource.kind, resource.api_version)

    def single(self, body: bytes) -> bytes:
        """With kind and apiVersion."""
        return self._prefix + body[1:]

    later = single

    def head(self, meta: Mapping[str, Any]) -> bytes:
        """A list of the kind."""
        return _opening(self._list_kind, self._version) + b'"metadata":' + _encode(meta) + b',"items":['

    def item(self, body: bytes) -> bytes:
        """Items of a typed list carry no kind."""
        return body


class _Metadata(msgspec.Struct, frozen=True):
    metadata: msgspec.Raw


_decode_metadata = msgspec.json.Decoder(_Metadata).decode


class Partial:
    """Metadata alone: PartialObjectMetadata."""

    def __init__(self, version: str) -> None:
        self._version = f"{_META_GROUP}/{version}"
        self._prefix = _opening("PartialObjectMetadata", self._version) + b'"metadata":'

    def single(self, body: bytes) -> bytes:
        """The metadata with its kind."""
        return self._prefix + bytes(_decode_metadata(body).metadata) + b"}"

    later = single
    item = single

    def head(self, meta: Mapping[str, Any]) -> bytes:
        """A PartialObjectMetadataList."""
        return _opening("PartialObjectMetadataList", self._version) + b'"metadata":' + _encode(meta) + b',"items":['


class Table:
    """Rows of cells, each with the object, its metadata, or nothing (``include``), as the client asks."""

    def __init__(self, resource: Resource, version: str, include: str, now: Callable[[], int]) -> None:
        self._resource = resource
        self._now = now
        self._version = f"{_META_GROUP}/{version}"
        self._columns = _encode([_column(column) for column in resource.columns])
        self._decode_meta = msgspec.json.Decoder(Meta).decode
        self._decode_view = msgspec.json.Decoder(resource.view).decode
        self._include = include
        self._partial = Partial(version)
        self._whole = Whole(resource)

    def single(self, body: bytes) -> bytes:
        """A Table of one row, with columns."""
        return self._table(body, self._columns)

    def later(self, body: bytes) -> bytes:
        """A Table of one row; a watch names the columns once."""
        return self._table(body, b"null")

    def head(self, meta: Mapping[str, Any]) -> bytes:
        """The Table up to its first row."""
        opening = _opening("Table", self._version) + b'"metadata":' + _encode(meta)
        return opening + b',"columnDefinitions":' + self._columns + b',"rows":['

    def item(self, body: bytes) -> bytes:
        """One row."""
        metadata = _decode_metadata(body).metadata
        row = self._resource.row(self._decode_meta(metadata), self._decode_view(body), self._now())
        conditions = b',"conditions":' + _encode(row.conditions) if row.conditions else b""
        return b'{"cells":' + _encode(row.cells) + conditions + b',"object":' + self._object(body) + b"}"

    def _object(self, body: bytes) -> bytes:
        if self._include == "Metadata":
            return self._partial.single(body)
        return b"null" if self._include == "None" else self._whole.single(body)

    def _table(self, body: bytes, columns: bytes) -> bytes:
        version = _decode_version(body).metadata.resource_version
        opening = _opening("Table", self._version) + b'"metadata":' + _encode({"resourceVersion": version})
        return opening + b',"columnDefinitions":' + columns + b',"rows":[' + self.item(body) + b"]}"


class _Versioned(msgspec.Struct, frozen=True, rename="camel"):
    resource_version: str = ""


class _VersionedObject(msgspec.Struct, frozen=True):
    metadata: _Versioned


_decode_version = msgspec.json.Decoder(_VersionedObject).decode


def choose(accept: str, resource: Resource, include: str, now: Callable[[], int]) -> Format:
    """The first form in ``Accept`` that can be served; ages in Tables are as of ``now()``.

    Raises:
        ApiError: 406, none can; 400, an unknown ``includeObject``.
    """
    for kind, parameters in media_types(accept):
        if kind not in {JSON, "application/*", "*/*"}:
            continue
        wanted, version = parameters.get("as"), parameters.get("v", "")
        if wanted is None:
            return Whole(resource)
        if parameters.get("g") != _META_GROUP or version not in {"v1", "v1beta1"}:
            continue
        if wanted == "Table":
            if include not in {"", "None", "Metadata", "Object"}:
                raise bad_request(
                    f'Unable to convert to Table as requested: unrecognized includeObject value: "{include}"'
                )
            return Table(resource, version, include or "Metadata", now)
        if wanted in {"PartialObjectMetadata", "PartialObjectMetadataList"}:
            return Partial(version)
    raise not_acceptable(READ)


def check_acceptable(accept: str, *, watchable: bool = False) -> None:
    """Something in ``Accept`` must be a media type that the API server has. Raises ApiError (406)."""
    if _ANY.isdisjoint(kind for kind, _ in media_types(accept)):
        raise no_representation(_STREAMED if watchable else READ)


def media_types(accept: str) -> list[tuple[str, dict[str, str]]]:
    """The clauses of an Accept header, best first; none given means anything."""
    clauses = [_clause(text) for text in accept.split(",") if text.strip()]
    clauses.sort(key=lambda clause: -_quality(clause[1]))
    return clauses or [("*/*", {})]


def _clause(text: str) -> tuple[str, dict[str, str]]:
    kind, *parameters = text.split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    return kind.strip().lower(), {name.strip(): value.strip() for name, _, value in pairs}


def _quality(parameters: dict[str, str]) -> float:
    try:
        return float(parameters.get("q", "1"))
    except ValueError:
        return 1.0


def _opening(kind: str, version: str) -> bytes:
    return f'{{"kind":"{kind}","apiVersion":"{version}",'.encode()


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type,
        "format": column.format,
        "description": column.description,
        "priority": column.priority,
    }
