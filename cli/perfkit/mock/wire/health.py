"""Health as the API server tells it: ``/livez``, ``/readyz``, ``/healthz``, their single checks, and ``?verbose``.

(apiserver, ``pkg/server/healthz``)
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

ENDPOINTS: Final = frozenset({"/readyz", "/livez", "/healthz"})
_LIVE: Final = (
    "ping",
    "log",
    "etcd",
    "poststarthook/start-apiserver-admission-initializer",
    "poststarthook/generic-apiserver-start-informers",
    "poststarthook/priority-and-fairness-config-consumer",
    "poststarthook/priority-and-fairness-filter",
    "poststarthook/storage-object-count-tracker-hook",
    "poststarthook/start-apiextensions-informers",
    "poststarthook/start-apiextensions-controllers",
    "poststarthook/crd-informer-synced",
    "poststarthook/start-system-namespaces-controller",
    "poststarthook/rbac/bootstrap-roles",
    "poststarthook/scheduling/bootstrap-system-priority-classes",
    "poststarthook/apiservice-registration-controller",
    "poststarthook/apiservice-discovery-controller",
    "poststarthook/apiservice-openapi-controller",
    "poststarthook/apiservice-openapiv3-controller",
)
_CHECKS: Final = {
    "/livez": _LIVE,
    "/healthz": _LIVE,
    "/readyz": (*_LIVE[:3], "etcd-readiness", "informer-sync", *_LIVE[3:], "shutdown"),
}


def health(path: str, query: str) -> str | None:
    """The text at a path without its last slash; None where no check is. All checks pass."""
    endpoint = next((each for each in ENDPOINTS if path == each or path.startswith(f"{each}/")), "")
    if not endpoint:
        return None
    if path != endpoint:
        return "ok" if path.removeprefix(f"{endpoint}/") in _CHECKS[endpoint] else None
    asked = parse_qsl(query, keep_blank_values=True)
    if not any(name == "verbose" for name, _ in asked):
        return "ok"
    return _verbose(endpoint, [value for name, value in asked if name == "exclude"])


def _verbose(endpoint: str, excluded: list[str]) -> str:
    lines = [f"[+]{check} {'excluded: ' if check in excluded else ''}ok" for check in _CHECKS[endpoint]]
    unknown = ", ".join(f'"{check}"' for check in excluded if check not in _CHECKS[endpoint])
    if unknown:
        lines.append(f"warn: some health checks cannot be excluded: no matches for {unknown}")
    return "\n".join([*lines, f"{endpoint[1:]} check passed\n"])
