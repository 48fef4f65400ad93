"""Link profiles: ``fixtures/links/NAME.toml`` says what a network is like; options of the command line change it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.model.link import DIRECT, Fault, LinkProfile, RateStep
from perfkit.model.units import parse_bit_rate, parse_duration, parse_quantity
from perfkit.storage import names
from perfkit.storage.tables import Value, bounded, choice, duration, integer, load, tables, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SLOWEST, FASTEST = 1e3, 1e12  # bit/s
LONGEST_RTT = 60.0  # seconds
SMALLEST_MTU, LARGEST_MTU = 576, 65_535
LARGEST_COUNT = 1_000_000_000


def find_link(name: str) -> LinkProfile:
    """The link of that name; ``direct`` is one that does nothing. Raises ScenarioError."""
    return DIRECT if name == DIRECT.name else read_link(names.find(names.LINKS, name))


def with_options(profile: LinkProfile, options: Mapping[str, str]) -> LinkProfile:
    """A link with what the command line says of it, as ``{"rtt": "80 ms"}``. Raises ScenarioError."""
    readers = {**_READERS, "fault": _fault_words}
    changes = {key: readers[key](Value("", f"--{key.replace('_', '-')}", data)) for key, data in options.items()}
    return _changed(profile, changes, Value("", f"link {profile.name}", {}))


def read_reference(value: Value) -> LinkProfile:
    """A scenario's ``link`` table: a profile's name, and keys that change what it says. Raises ScenarioError."""
    changes = value.fields({"name": _named, **_READERS, "fault": read_fault})
    return _changed(changes.pop("name", DIRECT), changes, value)


def _named(value: Value) -> LinkProfile:
    return value.parsed(find_link)


def _changed(profile: LinkProfile, changes: Mapping[str, Any], place: Value) -> LinkProfile:
    """A profile with other values, which is then not what its title says."""
    if not changes:
        return profile
    name = "custom" if profile.direct else profile.name
    return _checked(msgspec.structs.replace(profile, name=name, title="", **changes), place)


def read_link(path: Path) -> LinkProfile:
    """Read one profile. Raises ScenarioError naming file and key."""
    file = load(path)
    fields = file.fields({"title": text, **_READERS, "step": _steps, "fault": read_fault}, required=("title", "rtt"))
    steps = fields.pop("step", ())
    for key in ("trace_down", "trace_up"):
        if key in fields:
            fields[key] = str(path.parent / fields[key])
    return _checked(LinkProfile(name=path.stem, steps=steps, **fields), file)


def _checked(profile: LinkProfile, place: Value) -> LinkProfile:
    """What no key can be blamed for on its own."""
    if profile.jitter > profile.rtt / 2:
        raise place.error(
            f"a jitter of {profile.jitter * 1e3:g} ms is more than the delay one way, {profile.rtt * 5e2:g} ms",
            "each packet is delayed by rtt / 2 ± jitter",
        )
    for path in filter(None, (profile.trace_down, profile.trace_up)):
        if not Path(path).is_file():
            raise place.error(f"no such trace: {path}")
    return profile


def _time(value: Value) -> float:
    return bounded(value, parse_duration, (0.0, LONGEST_RTT), 'a time from 0 to 60 s with its unit, such as "60 ms"')


def _rate(value: Value) -> float:
    allowed = 'a bit rate from 1 kbit/s to 1,000 Gbit/s, such as "20 Mbit/s"'
    return bounded(value, parse_bit_rate, (SLOWEST, FASTEST), allowed)


def _bytes_rate(value: Value) -> float:
    allowed = 'bytes a second as text, such as "100 B/s" or "2 KiB/s"'
    return bounded(value, lambda words: _bytes_of(words.removesuffix("/s")), (0.01, 1e12), allowed)


def _size(value: Value) -> int:
    return int(bounded(value, _bytes_of, (0, 1e12), 'a number of bytes as text, such as "64 KiB"'))


def _share(value: Value) -> float:
    return bounded(value, _ratio, (0.0, 1.0), 'a percentage from 0 % to 100 %, such as "0.5 %"')


def _loss(value: Value) -> float:
    return bounded(value, _ratio, (0.0, 0.9), 'a percentage from 0 % to 90 %, such as "0.5 %"')


def _ratio(words: str) -> float:
    return parse_quantity(words, "ratio")[0]


def _bytes_of(words: str) -> float:
    return parse_quantity(words, "bytes")[0]


def _steps(value: Value) -> tuple[RateStep, ...]:
    readers = {"at": duration, "down": _rate, "up": _rate}
    return tuple(RateStep(**each.fields(readers, required=("at",))) for each in tables(value))


def read_fault(value: Value) -> Fault:
    """A ``fault`` table. Raises ScenarioError."""
    readers: dict[str, Callable[[Value], Any]] = {
        "kind": choice("reset", "stall", "truncate", "drip"),
        "after": _size,
        "share": _share,
        "count": integer(1, LARGEST_COUNT),
        "duration": duration,
        "rate": _bytes_rate,
    }
    return Fault(**value.fields(readers, required=("kind",)))


def _fault_words(value: Value) -> Fault:
    """``reset share=10% after=64KiB`` as a table."""
    kind, *pairs = text(value).split()
    data: dict[str, Any] = {"kind": kind}
    for pair in pairs:
        name, found, content = pair.partition("=")
        if not found:
            raise value.refused('a kind and its settings, such as "reset share=10% after=64KiB"')
        data[name] = int(content) if name == "count" and content.isdecimal() else content
    return read_fault(Value(value.file, value.key, data))


_READERS: Final[dict[str, Callable[[Value], Any]]] = {
    "rtt": _time,
    "jitter": _time,
    "down": _rate,
    "up": _rate,
    "loss": _loss,
    "mtu": integer(SMALLEST_MTU, LARGEST_MTU),
    "trace_down": text,
    "trace_up": text,
}
