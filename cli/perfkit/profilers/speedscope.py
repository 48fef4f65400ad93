"""speedscope's JSON, which py-spy writes too: sampled and evented profiles, one for each thread."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from perfkit.model.profile import Frame, Profile, ProfileBuilder, Stack, Unit, ValueType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SCHEMA: Final = "https://www.speedscope.app/file-format-schema.json"
UNITS: Final[Mapping[str, tuple[Unit, float]]] = {
    "nanoseconds": ("nanoseconds", 1),
    "microseconds": ("nanoseconds", 1e3),
    "milliseconds": ("nanoseconds", 1e6),
    "seconds": ("nanoseconds", 1e9),
    "bytes": ("bytes", 1),
    "none": ("count", 1),
}
NAMES: Final[Mapping[Unit, str]] = {"nanoseconds": "cpu", "bytes": "space", "count": "samples"}
WRITTEN: Final[Mapping[Unit, str]] = {"nanoseconds": "nanoseconds", "bytes": "bytes", "count": "none"}


_PROCESS: Final = re.compile(r"process \d+:")


class _Frame(msgspec.Struct, gc=False):
    name: str
    file: str | None = None
    line: int | None = None


class _Shared(msgspec.Struct):
    frames: list[_Frame]


class _Sampled(msgspec.Struct, tag_field="type", tag="sampled"):
    unit: str
    samples: list[Stack]
    weights: list[float]
    name: str = ""


class _Event(msgspec.Struct, gc=False):
    type: Literal["O", "C"]
    frame: int
    at: float


class _Evented(msgspec.Struct, tag_field="type", tag="evented"):
    unit: str
    events: list[_Event]
    name: str = ""


class _Ours(msgspec.Struct):
    """What the format has no place for; other readers pass over it."""

    shown: str
    samples: int = 0
    doubts: tuple[str, ...] = ()
    values: tuple[ValueType, ...] = ()  # what each of the profiles is, which then are no threads


class _File(msgspec.Struct):
    shared: _Shared
    profiles: list[_Sampled | _Evented]
    perfkit: _Ours | None = None


def read(data: bytes) -> Profile:
    """A speedscope file: its threads added up, or the values that we wrote. Raises ValueError."""
    try:
        file = msgspec.json.decode(data, type=_File)
    except msgspec.DecodeError as error:
        raise ValueError(f"no speedscope profile: {error}") from None
    frames = [Frame(each.name, each.file or "", each.line or 0) for each in file.shared.frames]
    return _read_ours(file, file.perfkit, frames) if file.perfkit else _read_threads(file, frames)


def _not_calls(frames: Iterable[Frame]) -> frozenset[int]:
    """Frames that are processes, as py-spy writes them: their numbers would make two profiles differ in every stack."""
    return frozenset(number for number, frame in enumerate(frames) if _PROCESS.match(frame.function) and not frame.file)


def _read_threads(file: _File, frames: list[Frame]) -> Profile:
    units = {UNITS.get(each.unit, ("count", 1))[0] for each in file.profiles} or {"count"}
    if len(units) > 1:
        raise ValueError(f"profiles of different units: {', '.join(sorted(units))}")
    (unit,) = units
    builder = ProfileBuilder([ValueType(NAMES[unit], unit)])
    places = [builder.frame(frame) for frame in frames]
    samples = 0
    processes = _not_calls(frames)
    for each in file.profiles:
        for stack, weight in _weighted(each, len(places)):
            builder.add_numbers(tuple([places[number] for number in stack if number not in processes]), (weight,))
        samples += len(each.samples) if isinstance(each, _Sampled) else 0
    return builder.profile(samples=samples)


def _weighted(profile: _Sampled | _Evented, frames: int) -> Iterator[tuple[Stack, int]]:
    """Stacks with what each weighs in our unit, alike ones added up before they are rounded."""
    factor = UNITS.get(profile.unit, ("count", 1))[1]
    weights: dict[Stack, float] = {}
    for stack, weight in _samples(profile) if isinstance(profile, _Sampled) else _spans(profile):
        weights[stack] = weights.get(stack, 0.0) + weight
    named = set(chain.from_iterable(weights))
    if named and not 0 <= min(named) <= max(named) < frames:
        raise ValueError("a stack names a frame that there is not")
    return ((stack, round(weight * factor)) for stack, weight in weights.items())


def _samples(profile: _Sampled) -> Iterator[tuple[Stack, float]]:
    if len(profile.samples) != len(profile.weights):
        raise ValueError("samples and weights differ in number")
    return zip(profile.samples, profile.weights, strict=True)


def _spans(profile: _Evented) -> Iterator[tuple[Stack, float]]:
    """Which stack was open for how long. Raises ValueError where calls end that did not begin."""
    stack: Stack = ()
    since = profile.events[0].at if profile.events else 0.0
    for event in profile.events:
        if event.at > since and stack:
            yield stack, event.at - since
        since = event.at
        if event.type == "O":
            stack = (*stack, event.frame)
        elif stack and stack[-1] == event.frame:
            stack = stack[:-1]
        else:
            raise ValueError(f"frame {event.frame} closes, but it is not the one that is open")


def _read_ours(file: _File, ours: _Ours, frames: list[Frame]) -> Profile:
    if len(ours.values) != len(file.profiles) or ours.shown not in {each.name for each in ours.values}:
        raise ValueError("values and profiles do not belong together")
    builder = ProfileBuilder(ours.values)
    places = [builder.frame(frame) for frame in frames]
    for at, each in enumerate(file.profiles):
        for stack, weight in _weighted(each, len(places)):
            values = tuple(weight if at == place else 0 for place in range(len(ours.values)))
            builder.add_numbers(tuple([places[number] for number in stack]), values)
    return builder.profile(shown=ours.shown, samples=ours.samples, doubts=ours.doubts)


def write(profile: Profile, name: str = "") -> bytes:
    """The profile as a speedscope file: of each value a profile, the one that matters most opened first."""
    ours = _Ours(profile.shown, profile.samples, profile.doubts, profile.values)
    document = {
        "$schema": SCHEMA,
        "exporter": "perfkit",
        "name": name,
        "activeProfileIndex": profile.index(),
        "shared": {"frames": [_written(frame) for frame in profile.frames]},
        "profiles": [_sampled(profile, each) for each in profile.values],
        "perfkit": ours,
    }
    return msgspec.json.encode(document)


def _written(frame: Frame) -> dict[str, object]:
    known = {"name": frame.function, "file": frame.file, "line": frame.line}
    return {key: value for key, value in known.items() if value or key == "name"}


def _sampled(profile: Profile, value: ValueType) -> dict[str, object]:
    weights = profile.weights(value.name)
    return {
        "type": "sampled",
        "name": value.name,
        "unit": WRITTEN[value.unit],
        "startValue": 0,
        "endValue": sum(weights.values()),
        "samples": list(weights),
        "weights": list(weights.values()),
    }
