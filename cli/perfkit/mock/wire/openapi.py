"""Where a server publishes its OpenAPI documents, in which forms: ``/openapi/v3`` and below, ``/openapi/v2``."""

from __future__ import annotations

from hashlib import sha512
from typing import TYPE_CHECKING

from perfkit.mock.wire.discovery import Document
from perfkit.mock.wire.formats import JSON, media_types
from perfkit.mock.wire.status import not_acceptable

if TYPE_CHECKING:
    from perfkit.mock.resources.description import Resource
    from perfkit.mock.store import Store

# Clients ask by the first name, which is no valid media type (Go cannot read it); the API server answers by the second.
_PROTOBUF_ASKED = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
_PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"


class Publication:
    """The OpenAPI documents of one server, each made when first asked for, kept while no resource comes or goes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[tuple[str, str], Document | None] = {}
        self._kept_of: object = None

    def document(self, path: str, accept: str) -> Document | None:
        """The document at ``path`` in a form that ``accept`` names, or None. Raises ApiError (406)."""
        if not path.startswith("/openapi/"):
            return None
        state = (self._store.catalog, self._store.catalog.generation)
        if self._kept_of != state:
            self._kept_of, self._kept = state, {}
        form = _form(path, accept)
        if (path, form) not in self._kept:
            body = _body(path, form, list(self._store.catalog))
            self._kept[path, form] = None if body is None else _tagged(body, form)
        return self._kept[path, form]


def _form(path: str, accept: str) -> str:
    """The content type to answer with."""
    for kind, parameters in media_types(accept):
        if path == "/openapi/v2" and kind in {_PROTOBUF_ASKED, _PROTOBUF}:
            return _PROTOBUF
        if kind in {JSON, "application/*", "*/*"} and "as" not in parameters:
            return JSON
    raise not_acceptable(f"{JSON}, {_PROTOBUF_ASKED}" if path == "/openapi/v2" else JSON)


def _body(path: str, form: str, resources: list[Resource]) -> bytes | None:
    from perfkit.mock.schema import openapi, swagger

    match path.split("/")[2:]:
        case ["v2"]:
            return swagger.swagger(resources) if form == JSON else swagger.swagger_protobuf(resources)
        case ["v3"]:
            return openapi.index(resources)
        case ["v3", "api", version]:
            return openapi.document(resources, "", version)
        case ["v3", "apis", group, version] if group:
            return openapi.document(resources, group, version)
    return None


def _tagged(body: bytes, form: str) -> Document:
    return Document(body, form, f'"{sha512(body).hexdigest().upper()}"')
