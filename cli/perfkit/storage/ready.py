"""Ready conditions as a person writes them: ``"watch"``, ``{ log = "synced" }``."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from perfkit.errors import UsageError
from perfkit.model.scenario import Ready
from perfkit.storage.names import did_you_mean
from perfkit.storage.tables import Value, duration, text

VERBS: Final = ("get", "list", "watch", "create", "update", "patch", "delete")
TABLES: Final = (
    '{ watch = "pods" } | { api = "list pods" } | { log = "a regular expression" } | '
    '{ screen = "a regular expression" } | { http = "http://127.0.0.1:8080/healthz" } | '
    '{ quiet = "1 s" }'
)

OPTION_FORMS: Final = (
    'write exit, watch, "watch nodes", "api list pods", "log REGEX", "screen REGEX", "http URL" or "quiet TIME"'
)
KINDS: Final = ("exit", "watch", "api", "log", "screen", "http", "quiet")
BARE: Final = ("exit", "watch")  # kinds that need no detail

_RESOURCE = re.compile(r"[a-z][a-z0-9.-]*(?:/[a-z]+)?")


def read_ready(value: Value) -> Ready:
    """A ready condition; a bare ``"watch"`` watches pods. Raises ScenarioError."""
    return _read(value, ("exit", "watch"))


def read_until(value: Value) -> Ready | None:
    """The same for a step: ``"ready"`` is the target's own condition, and None here."""
    return None if value.data == "ready" else _read(value, ("ready", "exit", "watch"))


def parse_ready(written: str, option: str) -> Ready:
    """The same for an option of the command line: ``exit``, ``watch pods``, ``log REGEX`` and so on."""
    kind, _, detail = written.strip().partition(" ")
    if kind not in KINDS or (kind not in BARE and not detail):
        close = did_you_mean(kind, KINDS)
        raise UsageError(f"{option}: {written!r} is no ready condition", f"{close} {OPTION_FORMS}".strip())
    return read_ready(Value(option, "", {kind: detail.strip()} if detail.strip() else kind))


def _read(value: Value, words: tuple[str, ...]) -> Ready:
    if value.data == "exit":
        return Ready(kind="exit")
    if value.data == "watch":
        return Ready(kind="watch", resource="pods")
    if isinstance(value.data, dict) and len(value.data) == 1:
        ready: Ready
        (ready,) = value.fields(READERS).values()
        return ready
    advice = did_you_mean(value.data, words) if isinstance(value.data, str) else ""
    raise value.refused(" | ".join([*(f'"{word}"' for word in words), TABLES]), advice)


def _watch(value: Value) -> Ready:
    return Ready(kind="watch", resource=_resource(value, text(value)))


def _api(value: Value) -> Ready:
    verb, _, resource = text(value).strip().partition(" ")
    if verb not in VERBS:
        advice = did_you_mean(verb, VERBS)
        raise value.refused(f'a verb and a resource, such as "list pods"; verbs are {", ".join(VERBS)}', advice)
    return Ready(kind="api", verb=verb, resource=_resource(value, resource.strip()))


def _log(value: Value) -> Ready:
    return Ready(kind="log", pattern=_expression(value))


def _screen(value: Value) -> Ready:
    return Ready(kind="screen", pattern=_expression(value))


def _expression(value: Value) -> str:
    pattern = text(value)
    try:
        re.compile(pattern)
    except re.error as error:
        raise value.error(f"found {pattern!r}, which is no regular expression: {error}") from None
    return pattern


def _http(value: Value) -> Ready:
    url = text(value)
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise value.refused("a URL, such as http://127.0.0.1:8080/healthz")
    return Ready(kind="http", url=url)


def _quiet(value: Value) -> Ready:
    return Ready(kind="quiet", seconds=duration(value))


def _resource(value: Value, name: str) -> str:
    if not _RESOURCE.fullmatch(name):
        raise value.refused('a resource in the plural, such as "pods" or "deployments.apps"')
    return name


READERS: Final = {"watch": _watch, "api": _api, "log": _log, "screen": _screen, "http": _http, "quiet": _quiet}
