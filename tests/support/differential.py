"""The same requests to two API servers, and what their answers differ in.

What no two servers have alike is made alike first: UIDs, versions, times, tokens, addresses, generated names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from support import expectations
from support.expectations import filled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.api import Api, Reply
    from support.expectations import Case, Step

_HEADERS = ("content-type", "cache-control", "warning", "retry-after", "vary", "allow", "location")
_ALIKE = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "(uid)"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "(time)"),
    (re.compile(r"127\.0\.0\.1:\d+"), "(address)"),
    (re.compile(r"hash=[0-9A-F]{128}"), "(hash)"),
    (re.compile(r"^\d+[sd]$"), "(age)"),
    (re.compile(r"^10\.\d+\.\d+\.\d+$"), "(ip)"),
    (re.compile(r"(?<=:)3\d{4}(?=/)"), "(port)"),
    (re.compile(r"current: \d+"), "current: (version)"),
    (re.compile(r'(resourceVersion":")\d+'), r"\1(version)"),
    (re.compile(r"(?<=-)[bcdfghjklmnpqrstvwxz2456789]{5}(?=$|\")"), "(random)"),
    (re.compile(r"(resource ?[vV]ersion(?: in record)?:? \(?)\d+"), r"\1(version)"),
)
_GIVEN = {"resourceVersion": "(version)", "continue": "(token)", "clusterIP": "(ip)", "nodePort": "(port)"}


class Difference(msgspec.Struct, frozen=True):
    """Where two answers differ, and what each server said there."""

    case: str
    request: str
    path: str
    mock: str
    real: str

    def __str__(self) -> str:
        """In one line, as the patterns of known differences have it before the values."""
        return f"{self.where}: mock {self.mock}, real {self.real}"

    @property
    def where(self) -> str:
        """What patterns of known differences are held against."""
        return f"{self.case} | {self.request} | {self.path}"


def compare(case: Case, mock: Api, real: Api, values: Mapping[str, str]) -> Iterator[Difference]:
    """Take the steps of a case on both servers. Each saves what it says itself."""
    known = (dict(values), dict(values))
    for step in case.steps:
        ours, theirs = (_answer(api, step, names) for api, names in zip((mock, real), known, strict=True))
        for path, one, other in _found(ours, theirs):
            yield Difference(case.name, step.request, path, _short(one), _short(other))


def _found(ours: Any, theirs: Any) -> Iterator[tuple[str, Any, Any]]:
    """Of answers of another status no more is said than that, and what the errors say."""
    if ours["status"] == theirs["status"]:
        yield from _differences(ours, theirs, "")
    else:
        yield ".status", _summed(ours), _summed(theirs)


def _summed(answer: dict[str, Any]) -> str:
    body = answer["body"]
    return f"{answer['status']} {body.get('message', '') if isinstance(body, dict) else ''}".strip()


def _answer(api: Api, step: Step, known: dict[str, str]) -> Any:
    """What a server answers, made comparable."""
    method, _, path = filled(step.request, known).partition(" ")
    headers = filled(step.headers, known)
    if step.kind:
        headers["content_type"] = f"application/{step.kind}"
    reply = api(method, path, step.raw.encode() or filled(step.body, known), **headers)
    for name, where in step.save.items():
        known[name] = expectations.at(reply.json(), where) if reply.status < 300 else "(none)"
    shown = {name: reply.headers[name] for name in _HEADERS if name in reply.headers}
    return _alike({"status": reply.status, "headers": shown, "body": _body(reply)})


def _body(reply: Reply) -> Any:
    """As data: of a watch its frames."""
    if not reply.headers.get("content-type", "").startswith("application/json"):
        return reply.body.decode(errors="replace")
    try:
        return _by_name(reply.json())
    except msgspec.DecodeError:
        return [msgspec.json.decode(line) for line in reply.body.splitlines()]


def _by_name(body: Any) -> Any:
    """What a server lists of what it serves, in no order."""
    for field, name in (("resources", "name"), ("groups", "name"), ("resources", "resource")):
        found = body.get(field)
        if isinstance(found, list) and all(name in entry for entry in found):
            body = {**body, field: {entry[name]: _by_name(entry) for entry in found}}
    if body.get("kind") == "APIGroupDiscoveryList":
        body["items"] = {item["metadata"].get("name", ""): item for item in body["items"]}
        for item in body["items"].values():
            item["versions"] = {version["version"]: _by_name(version) for version in item["versions"]}
    return body


def _alike(value: Any) -> Any:
    match value:
        case dict():
            return {name: _given(name, entry) for name, entry in value.items()}
        case list():
            return [_alike(entry) for entry in value]
        case str():
            for pattern, name in _ALIKE:
                value = pattern.sub(name, value)
    return value


def _given(name: str, value: Any) -> Any:
    if name == "managedFields":  # in the order of seconds in which they came
        value = sorted(value, key=lambda entry: [entry.get(of, "") for of in ("manager", "operation", "subresource")])
    elif name == "columnDefinitions" and value:  # which each server words for itself
        value = [{**column, "description": ""} for column in value]
    return _GIVEN[name] if name in _GIVEN and value not in ("", "None", 0) else _alike(value)


def _differences(one: Any, other: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            yield from _differences(one.get(name, ABSENT), other.get(name, ABSENT), f"{path}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from _differences(mine, theirs, f"{path}[{number}]")
    elif one != other or type(one) is not type(other):
        yield path, one, other


ABSENT = expectations.ABSENT


def _short(value: Any) -> str:
    text = value if value == ABSENT else msgspec.json.encode(value).decode()
    return text if len(text) < 400 else f"{text[:400]}…"
