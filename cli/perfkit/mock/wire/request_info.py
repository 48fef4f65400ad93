"""What a request speaks of, read off its method and path as the API server reads it (its ``RequestInfo``).

A path is understood in one way or refused: what is judged here is, segment by segment, what is sent on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

_METHODS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
# Of a segment once its percent-encoding is undone; RBAC's names have a colon, and some a plus or an at sign.
_SEGMENT = re.compile(r"[A-Za-z0-9._:~@+=,-]+")
_SAFE = ":~@+=,"
_TRUE = frozenset({"", "1", "t", "true"})


class PathError(ValueError):
    """A path that could be understood in more than one way."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request goes: ``path`` as it is sent on. ``resource`` is empty where no resource is concerned."""

    path: str
    verb: str = ""
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""

    @property
    def qualified(self) -> str:
        """The resource as RBAC and the record name it."""
        return f"{self.resource}.{self.group}" if self.group else self.resource


def locate(method: str, raw_path: str, query: str) -> Place:
    """Read where a request goes. Raises PathError."""
    segments = _segments(raw_path)
    path = "/" + "/".join(quote(each, safe=_SAFE) for each in segments)
    match segments:
        case ["api", _, *rest] if rest:
            group = ""
        case ["apis", group, _, *rest] if rest:
            pass
        case _:
            end = "/" if raw_path.endswith("/") and segments else ""
            return Place(path=path + end)
    return _of_resource(path, group, rest, (method, query))


def _segments(raw_path: str) -> list[str]:
    """The path's segments, their encoding undone once. Raises PathError."""
    if not raw_path.startswith("/"):
        raise PathError(raw_path)
    segments = [unquote(each, errors="strict") for each in raw_path[1:].removesuffix("/").split("/")]
    if segments == [""]:
        return []
    for each in segments:
        if not _SEGMENT.fullmatch(each) or each in {".", ".."}:
            raise PathError(raw_path)
    return segments


def _of_resource(path: str, group: str, rest: Sequence[str], asked: tuple[str, str]) -> Place:
    """``rest`` follows the version: ``[watch|proxy/] [namespaces/NS/] RESOURCE [/NAME [/SUBRESOURCE…]]``."""
    forced = ""
    if rest[0] in {"watch", "proxy"} and len(rest) > 1:
        forced, rest = rest[0], rest[1:]
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
        if len(rest) > 2 and rest[2] not in {"status", "finalize"}:
            rest = rest[2:]
    resource, name, subresource = rest[0], "".join(rest[1:2]), "/".join(rest[2:])
    return Place(
        path=path,
        verb=forced or _verb(*asked, name),
        group=group,
        resource=resource,
        subresource=subresource,
        namespace=namespace,
        name=name,
    )


def _verb(method: str, query: str, name: str) -> str:
    if method == "DELETE":
        return "delete" if name else "deletecollection"
    if method not in {"GET", "HEAD"}:
        return _METHODS.get(method, method.lower())
    options = dict(reversed(parse_qsl(query, keep_blank_values=True)))
    if options.get("watch", "0").lower() in _TRUE:
        return "watch"
    return "get" if name else "list"
