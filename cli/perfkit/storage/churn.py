"""Churn as people write it: keys of a step of a scenario, or words of a command line (``20/s skew=0.8``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from perfkit.errors import PerfkitError, ScenarioError
from perfkit.model.churn import KINDS, Churn
from perfkit.model.units import parse_duration, parse_quantity
from perfkit.storage.names import did_you_mean
from perfkit.storage.tables import Value, duration, integer, table, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SPEEDS: Final = frozenset({"rate", "burst"})
SPEEDLESS: Final = "churn has a rate (0 is one), or bursts"
FORM: Final = 'a rate and settings, such as "20/s", "100/s skew=0.8 hot=5", "200/s status=5 replace=1"'


def rate(value: Value) -> float:
    """A rate as text with its unit, a second."""
    try:
        if isinstance(value.data, str):
            return parse_quantity(value.data, "rate")[0]
    except PerfkitError:
        pass
    raise value.refused('a rate as text with its unit, such as "20 /s"')


def number(value: Value) -> float:
    """A number."""
    if isinstance(value.data, bool) or not isinstance(value.data, int | float):
        raise value.refused("a number")
    return float(value.data)


def mix(value: Value) -> dict[str, float]:
    """Shares by the kinds of changes."""
    for kind in table(value):
        if kind not in KINDS:
            raise value.child(kind).error(f"no kind of change; allowed: {', '.join(KINDS)}", did_you_mean(kind, KINDS))
    return {kind: number(value.child(kind)) for kind in table(value)}


READERS: Final[Mapping[str, Callable[[Value], Any]]] = {
    "rate": rate,
    "mix": mix,
    "skew": number,
    "hot": integer(1, 1_000_000),
    "namespace": text,
    "burst": integer(1, 100_000),
    "every": duration,
}


def churn_of(value: Value, fields: dict[str, Any]) -> Churn:
    """The churn among the fields of a table, which are taken out of them. Raises ScenarioError naming ``value``."""
    given = {name: fields.pop(name) for name in READERS if name in fields}
    if not SPEEDS & given.keys():
        raise value.error(SPEEDLESS)
    churn = Churn(**given)
    if problem := churn.problem():
        raise value.error(problem)
    return churn


def parse_churn(words: str) -> Churn | None:
    """``20/s namespace=default burst=100 every=5s status=3 restart=1``; ``off`` is None. Raises ScenarioError."""
    if words.strip() == "off":
        return None
    try:
        settings = _settings(words.split())
        if not SPEEDS & settings.keys():
            raise ScenarioError(SPEEDLESS)
        churn = Churn(**settings)
    except (ValueError, PerfkitError) as error:
        raise ScenarioError(f"{words!r} is no churn: {error}", f"write {FORM}, or off") from None
    if problem := churn.problem():
        raise ScenarioError(f"{words!r} is no churn: {problem}", f"write {FORM}, or off")
    return churn


def _settings(words: list[str]) -> dict[str, Any]:
    readers: dict[str, Callable[[str], Any]] = {
        "rate": lambda text: parse_quantity(text, "rate")[0],
        "skew": float,
        "hot": int,
        "namespace": str,
        "burst": int,
        "every": parse_duration,
    }
    settings: dict[str, Any] = {}
    shares: dict[str, float] = {}
    for word in words:
        name, found, content = word.partition("=")
        if not found:
            name, content = "rate", word
        if name in KINDS:
            shares[name] = float(content)
        elif name in readers:
            settings[name] = readers[name](content)
        else:
            raise ScenarioError(f"{name!r} is no setting", did_you_mean(name, (*readers, *KINDS)))
    return settings | ({"mix": shares} if shares else {})
