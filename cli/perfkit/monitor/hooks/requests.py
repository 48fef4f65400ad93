"""What a request is about: verb and resource, as RBAC names them."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_PATH: Final = re.compile(
    r"(?:.*)/(?:api/v1|apis/[^/]+/[^/]+)"
    r"(?:/(?P<watch>watch)(?=/))?"  # the old way to watch
    r"(?:/namespaces/[^/]+(?=/(?!status$|finalize$)))?"
    r"/(?P<resource>[^/]+)(?:/(?P<name>[^/]+)(?:/(?P<sub>.+))?)?/?"
)
_KNOWN: Final = re.compile(
    r"(?:/[^/]+)*?/(?:api|apis|version|openapi|healthz|livez|readyz|metrics|\.well-known)(?:/.*)?"
)
_WATCHES: Final = re.compile(r"(?:^|&)watch=(?:true|1|True)(?:&|$)")
_VERBS: Final = {"POST": "create", "PUT": "update", "PATCH": "patch"}


def about(method: str, url: str) -> tuple[str, str]:
    """``("list", "pods")`` or ``("get", "pods/log")``.

    What is of a cluster but no resource is ``nonresource``; of other services the host stands for all they have.
    """
    parts = urlsplit(url)
    found = _PATH.fullmatch(parts.path)
    if found is None:
        of_cluster = not parts.hostname or _KNOWN.fullmatch(parts.path)
        return method.lower(), "nonresource" if of_cluster else parts.hostname or ""
    resource = "/".join(filter(None, (found["resource"], (found["sub"] or "").partition("/")[0])))
    return _verb(method, parts.query, found), resource


def _verb(method: str, query: str, found: re.Match[str]) -> str:
    if method in {"GET", "HEAD"}:
        if found["watch"] or _WATCHES.search(query):
            return "watch"
        return "get" if found["name"] else "list"
    if method == "DELETE":
        return "delete" if found["name"] else "deletecollection"
    return _VERBS.get(method, method.lower())
