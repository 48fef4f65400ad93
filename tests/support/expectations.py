"""The expectations in ``tests/golden``: requests, and what of the answers must be so.

An expected value is met by an equal one. Of an object only the named fields are looked at; ``(absent)`` says that a
field must not be there. A list has as many elements as expected. ``~ PATTERN`` is a regular expression for the whole
text. ``${name}`` stands for a value of ``set`` or one that an earlier step has saved.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

if TYPE_CHECKING:
    from support.api import Api, Reply

FILES = ("errors", "options", "paging", "watch", "selectors", "patches", "writes", "validation", "forms", "discovery")
GOLDEN = Path(__file__).parent.parent / "golden"
ABSENT = "(absent)"
ENTITY_TAG = "(etag)"  # what ``save`` calls that header


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request, and what its answer must be. ``names`` are those of a list's items, ``frames`` come from a watch."""

    request: str
    body: Any = None
    raw: str = ""
    kind: str = ""  # of a patch
    headers: dict[str, str] = {}
    status: int = 200
    answer: Any = None
    answered: dict[str, str] = {}  # headers
    text: str | None = None
    names: str | None = None
    frames: list[Any] = []
    save: dict[str, str] = {}


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Steps, one after the other, on a cluster as new. ``needs`` is what an API server alone has not."""

    name: str
    steps: list[Step]
    needs: str = ""


class Expectations(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"values": "set"}):
    """One file: where its claims come from, values by name, steps that come before each case, and the cases."""

    source: str
    cases: list[Case]
    values: dict[str, str] = {}
    given: list[Step] = []


@cache
def data(name: str) -> Any:
    """A golden file as data."""
    return yaml.safe_load((GOLDEN / f"{name}.yaml").read_text())


@cache
def load(name: str) -> Expectations:
    """A golden file of cases."""
    return msgspec.convert(data(name), Expectations)


def cases() -> list[tuple[str, Case]]:
    """All of them, each with the file that it is from."""
    return [(file, case) for file in FILES for case in load(file).cases]


def perform(api: Api, file: str, case: Case) -> None:
    """Take the steps of a case and hold the answers to it. Raises AssertionError."""
    given = load(file)
    known = dict(given.values)
    for step in (*given.given, *case.steps):
        _take(api, step, known)


def _take(api: Api, step: Step, known: dict[str, str]) -> None:
    """Ask what a step asks, hold the answer to it, and keep in ``known`` what it saves."""
    method, _, path = filled(step.request, known).partition(" ")
    headers = filled(step.headers, known)
    if step.kind:
        headers["content_type"] = f"application/{filled(step.kind, known)}"
    if step.frames:
        wanted = filled(step.frames, known)
        found = list(islice(api.watch(path, **headers), len(wanted)))
        assert not difference(wanted, found)
        return
    reply = api(method, path, step.raw.encode() or filled(step.body, known), **headers)
    assert reply.status == step.status, (step.request, reply.body[:1000])
    assert not difference(filled(step.answered, known), reply.headers), step.request
    _hold(reply, filled(step.answer, known), step)
    for name, where in step.save.items():
        known[name] = reply.headers["etag"] if where == ENTITY_TAG else at(reply.json(), where)


def _hold(reply: Reply, answer: Any, step: Step) -> None:
    if answer is not None:
        assert not difference(answer, reply.json()), step.request
    if step.text is not None:
        assert reply.body.decode() == step.text
    if step.names is not None:
        assert [item["metadata"]["name"] for item in reply.json()["items"]] == step.names.split()


def filled(value: Any, known: dict[str, str]) -> Any:
    """A value in which names stand for what is known by them."""
    match value:
        case str():
            return re.sub(r"\$\{(\w+)\}", lambda match: known[match[1]], value)
        case dict():
            return {key: filled(entry, known) for key, entry in value.items()}
        case list():
            return [filled(entry, known) for entry in value]
    return value


def difference(expected: Any, found: Any, path: str = "") -> str:
    """What is not as expected, or nothing."""
    match expected:
        case dict():
            if not isinstance(found, dict):
                return f"{path}: {found!r} is no object"
            differences = (_of_field(name, value, found, f"{path}.{name}") for name, value in expected.items())
        case list():
            if not isinstance(found, list) or len(found) != len(expected):
                return f"{path}: {found!r} has not {len(expected)} elements"
            differences = (
                difference(one, other, f"{path}[{at}]")
                for at, (one, other) in enumerate(zip(expected, found, strict=True))
            )
        case str() if expected.startswith("~ "):
            fits = isinstance(found, str) and re.fullmatch(expected[2:], found, re.DOTALL)
            return "" if fits else f"{path}: {found!r} does not match {expected[2:]!r}"
        case _:
            return "" if expected == found and type(expected) is type(found) else f"{path}: {found!r}, not {expected!r}"
    return next(filter(None, differences), "")


def _of_field(name: str, expected: Any, found: dict[str, Any], path: str) -> str:
    if expected == ABSENT:
        return f"{path}: {found[name]!r} is there" if name in found else ""
    return difference(expected, found[name], path) if name in found else f"{path} is missing"


def at(obj: Any, path: str) -> str:
    """The text at a dotted path."""
    for step in path.split("."):
        obj = obj[step]
    assert isinstance(obj, str), obj
    return obj
