"""Reading collections page by page, as raw JSON: gently, one request at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.client.problems import UNREADABLE, ConnectionLostError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.client.api import Connection

PAGE: Final = 500  # objects, as kubectl asks for


class ListMeta(msgspec.Struct):
    """What a page says of itself. ``remaining``: objects on further pages, where the server tells."""

    continue_: str = msgspec.field(default="", name="continue")
    remaining: int = msgspec.field(default=0, name="remainingItemCount")


class Page(msgspec.Struct):
    """One page of a LIST."""

    metadata: ListMeta
    items: list[dict[str, Any]] | None = None


class Extent(msgspec.Struct, frozen=True):
    """How much a collection holds: objects, and about how many bytes."""

    objects: int
    bytes: int


def extent(connection: Connection, path: str) -> Extent:
    """How much there is, told by one object. Raises ApiError, ConnectionLostError."""
    page, size = _page(connection, path, {"limit": "1"})
    objects = len(page.items or ()) + page.metadata.remaining
    return Extent(objects, size * objects)


def pages(connection: Connection, path: str) -> Iterator[list[dict[str, Any]]]:
    """All objects, a page at a time. Raises ApiError (410 where it took longer than the server keeps a state)."""
    query = {"limit": str(PAGE)}
    while True:
        page, _ = _page(connection, path, query)
        yield page.items or []
        if not page.metadata.continue_:
            return
        query = {"limit": str(PAGE), "continue": page.metadata.continue_}


def _page(connection: Connection, path: str, query: dict[str, str]) -> tuple[Page, int]:
    body = connection.read(path, query)
    try:
        return msgspec.json.decode(body, type=Page), len(body)
    except UNREADABLE as error:
        raise ConnectionLostError(f"{path}: no list: {error}", "is it an API server?") from None
