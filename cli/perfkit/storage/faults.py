"""Faults of the API as people write them: words (``429 verb=list share=10%``), or a table of a scenario."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.model.faults import BARE, DISTRIBUTIONS, KINDS, SETTINGS, ApiFault
from perfkit.model.units import parse_duration, parse_quantity
from perfkit.storage.names import did_you_mean
from perfkit.storage.tables import LONGEST, Value, bounded, choice, integer, tables, text

if TYPE_CHECKING:
    from collections.abc import Callable

VERBS: Final = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
LARGEST_COUNT: Final = 1_000_000_000
LONGEST_DELAY: Final = 3600.0  # seconds
FORM: Final = 'a kind and its settings, such as "429 verb=list share=10%"'

_RESOURCE = re.compile(r"[a-z0-9][a-z0-9.-]*(/[a-z]+)?")
_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9-]*")


def parse_fault(words: str, said: str = "") -> ApiFault:
    """A fault in words; ``said`` is where they were said, such as an option's name. Raises ScenarioError."""
    return read_fault(Value("", said, words))


def read_faults(value: Value) -> tuple[ApiFault, ...]:
    """The tables of a ``[[cluster.fault]]``, or one or a list of faults in words. Raises ScenarioError."""
    if isinstance(value.data, str):
        return (read_fault(value),)
    if isinstance(value.data, list) and all(isinstance(item, str) for item in value.data):
        return tuple(
            read_fault(Value(value.file, f"{value.key}[{index}]", item)) for index, item in enumerate(value.data)
        )
    return tuple(map(read_fault, tables(value)))


def read_fault(value: Value) -> ApiFault:
    """One fault, in words or as a table. Raises ScenarioError."""
    settings = _table(value) if isinstance(value.data, str) else value
    if not isinstance(settings.data, dict) or "kind" not in settings.data:
        raise settings.refused(f"{FORM}, or a table with a kind", f"kinds are {', '.join(KINDS)}")
    kind = choice(*KINDS)(settings.child("kind"))
    readers = {"kind": text, **{name: _READERS[name] for name in SETTINGS[kind]}}
    return _checked(_completed(ApiFault(**settings.fields(readers, _REQUIRED.get(kind, ())))), settings)


def _table(value: Value) -> Value:
    """``429 share=10%`` as a table. A value without a key is the kind's bare setting."""
    kind, *rest = text(value).split()
    if kind not in KINDS:
        raise value.error(f"found {kind!r}; allowed: {', '.join(KINDS)}", did_you_mean(kind, KINDS))
    data: dict[str, Any] = {"kind": kind}
    for word in rest:
        name, found, content = word.partition("=")
        key = name.replace("-", "_") if found else BARE.get(kind, "")
        if not key:
            raise value.error(f"found {word!r} in {value.data!r}; allowed: SETTING=VALUE", _settings(kind))
        if key not in SETTINGS[kind]:
            raise value.error(
                f"unknown setting {name!r} in {value.data!r}; allowed: {_settings(kind)}",
                did_you_mean(name, [each.replace("_", "-") for each in SETTINGS[kind]]),
            )
        if key in data:
            raise value.error(f"{word!r} in {value.data!r} says {key} a second time")
        given = content if found else word
        data[key] = int(given) if key in _COUNTS and given.isascii() and given.isdecimal() else given
    return Value(value.file, value.key, data)


def _settings(kind: str) -> str:
    return ", ".join(name.replace("_", "-") for name in SETTINGS[kind])


def _completed(fault: ApiFault) -> ApiFault:
    """Which distribution is meant where it is not said."""
    if fault.kind != "latency" or fault.distribution != "fixed":
        return fault
    if fault.p95 is not None or fault.p99 is not None:
        return msgspec.structs.replace(fault, distribution="lognormal")
    return msgspec.structs.replace(fault, distribution="uniform") if fault.spread else fault


def _checked(fault: ApiFault, place: Value) -> ApiFault:
    """What no setting can be blamed for on its own."""
    if fault.kind == "limit" and (fault.rate is None) == (fault.inflight is None):
        raise place.error("a limit is either a rate or a number in flight", 'such as "limit rate=50/s"')
    if fault.kind != "latency":
        return fault
    tails = [tail for tail in (fault.p95, fault.p99) if tail is not None]
    if fault.distribution == "lognormal" and (len(tails) != 1 or tails[0] <= fault.delay):
        raise place.error("lognormal needs a p95 or a p99, larger than its delay, which is the median")
    if fault.distribution != "lognormal" and tails:
        raise place.error(f"a {fault.distribution} latency has no p95 and no p99", "leave the distribution out")
    if (fault.distribution in {"uniform", "normal"}) != bool(fault.spread):
        raise place.error("uniform and normal latencies have a spread, others none")
    if fault.distribution == "uniform" and fault.spread > fault.delay:
        raise place.error(f"a spread of {fault.spread:g} s is more than the delay, {fault.delay:g} s")
    return fault


def _list_of(pattern: Callable[[str], object], allowed: str) -> Callable[[Value], str]:
    """A reader of words with commas between them, in which case and order are kept."""

    def read(value: Value) -> str:
        if not all(map(pattern, text(value).split(","))):
            raise value.refused(allowed)
        return str(value.data)

    return read


def _seconds(least: float, most: float) -> Callable[[Value], float]:
    def read(value: Value) -> float:
        return bounded(value, parse_duration, (least, most), f'a time from {least:g} to {most:,.0f} s, such as "50 ms"')

    return read


def _offset(value: Value) -> float:
    allowed = 'a time to be ahead or behind, at most a year, such as "+5m" or "-1h"'

    def parse(words: str) -> float:
        sign = -1 if words.startswith("-") else 1
        return sign * parse_duration(words.removeprefix("-").removeprefix("+"))

    return bounded(value, parse, (-366 * 86400, 366 * 86400), allowed)


def _whole_seconds(value: Value) -> int:
    """HTTP knows whole seconds only; less than one is one."""
    return max(1, round(bounded(value, parse_duration, (0, LONGEST), 'a time of whole seconds, such as "2 s"')))


def _share(value: Value) -> float:
    allowed = 'a percentage from 0 % to 100 %, such as "10 %"'
    return bounded(value, lambda words: parse_quantity(words, "ratio")[0], (0.0, 1.0), allowed)


def _rate(value: Value) -> float:
    allowed = 'requests a second, such as "50 /s"'
    return bounded(value, lambda words: parse_quantity(words, "rate")[0], (0.001, 1e6), allowed)


def _token(value: Value) -> str:
    if not re.fullmatch(r"[\x21-\x7e]+", text(value)):
        raise value.refused("a token: printable letters without spaces")
    return str(value.data)


_COUNTS: Final = frozenset({"count", "inflight"})
_REQUIRED: Final = {"latency": ("delay",), "clock": ("offset",)}
_READERS: Final[dict[str, Callable[[Value], Any]]] = {
    "verb": _list_of(VERBS.__contains__, f"one or more of {', '.join(VERBS)}, with commas between"),
    "resource": _list_of(_RESOURCE.fullmatch, 'resources such as "pods", "deployments.apps" or "pods/log"'),
    "namespace": _list_of(_NAMESPACE.fullmatch, "names of namespaces, with commas between"),
    "agent": text,
    "share": _share,
    "count": integer(1, LARGEST_COUNT),
    "start": _seconds(0, LONGEST),
    "duration": _seconds(0.001, LONGEST),
    "delay": _seconds(0, LONGEST_DELAY),
    "spread": _seconds(0, LONGEST_DELAY),
    "distribution": choice(*DISTRIBUTIONS),
    "p95": _seconds(0, LONGEST_DELAY),
    "p99": _seconds(0, LONGEST_DELAY),
    "retry_after": _whole_seconds,
    "rate": _rate,
    "inflight": integer(1, LARGEST_COUNT),
    "after": _seconds(0, LONGEST),
    "window": choice("lost"),
    "offset": _offset,
    "next": _token,
}
