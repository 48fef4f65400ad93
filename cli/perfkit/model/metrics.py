"""What a metric is, with unit, direction, kind, pass and source; names of metrics and of their parts."""

from __future__ import annotations

import re
from functools import cache
from typing import Final, Literal

import msgspec

from perfkit.errors import ScenarioError
from perfkit.model.units import Dimension  # noqa: TC001 - msgspec reads annotations at run time

Direction = Literal["lower", "higher"]
Pass = Literal["timing", "trace", "profile"]
Split = Literal["step", "verb", "resource", "size", "thread", "phase", "outcome"]

STATS: Final = ("mean", "peak", "end", "p50", "p95", "p99")


class Metric(msgspec.Struct, frozen=True, kw_only=True, rename={"pass_": "pass"}):
    """One quantity of a trial. Values are in base units: seconds, bytes, counts, fractions, per second."""

    name: str
    kind: Dimension
    direction: Direction = "lower"  # which way is better
    pass_: Pass = "timing"
    source: str  # where the number comes from; results of differing sources are not comparable
    gated: bool = False  # whether a change of it decides the verdict of a run
    by: tuple[Split, ...] = ()  # what it is split by as well; a part of a metric is never gated
    help: str

    @property
    def adds_up(self) -> bool:
        """Whether it is the sum of its parts."""
        return bool({"verb", "outcome"} & {*self.by}) and self.parsed.stat is None

    @property
    def parsed(self) -> MetricName:
        """The parts of its name."""
        return MetricName.parse(self.name)

    @property
    def unit(self) -> str:
        """The base unit: ``s``, ``B``, ``1`` or ``/s``."""
        return {"time": "s", "bytes": "B", "count": "1", "ratio": "1", "rate": "/s"}[self.kind]


_NAME = re.compile(
    r"(?:(?P<step>[a-z][a-z0-9_-]*)/)?"
    r"(?P<family>[a-z][a-z0-9_]*)\.(?P<rest>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)"
    r"(?:\{(?P<labels>[^{}]*)\})?"
)


class MetricName(msgspec.Struct, frozen=True):
    """A parsed metric name: ``[step/]family.name[.stat][{key=value,…}]``."""

    base: str  # family.name
    step: str | None = None
    stat: str | None = None
    labels: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> MetricName:
        """Read a metric name; raises ScenarioError naming what is wrong with it."""
        match = _NAME.fullmatch(text)
        if match is None:
            raise ScenarioError(
                f"{text!r} is not a metric name", "the form is [step/]family.name[.stat][{key=value,…}]"
            )
        parts = match["rest"].split(".")
        stat = parts.pop() if len(parts) > 1 and parts[-1] in STATS else None
        labels = tuple(sorted(_label(text, pair) for pair in (match["labels"] or "").split(",") if pair))
        return cls(".".join([match["family"], *parts]), match["step"], stat, labels)

    def covers(self, part: MetricName) -> bool:
        """Whether ``part`` is a smallest part of what this names."""
        if (part.base, part.stat, part.step) != (self.base, self.stat, self.step):
            return False
        return bool(part.labels) and set(self.labels) <= set(part.labels)

    @property
    def whole(self) -> str:
        """The name of the metric that this one is a part of."""
        return self.base + (f".{self.stat}" if self.stat else "")

    @property
    def splits(self) -> tuple[str, ...]:
        """What tells this part from the whole: ``step``, and the keys of its labels."""
        return (*(("step",) if self.step else ()), *(key for key, _ in self.labels))

    def __str__(self) -> str:
        labels = ",".join(f"{key}={value}" for key, value in self.labels)
        return (f"{self.step}/" if self.step else "") + self.whole + (f"{{{labels}}}" if labels else "")


@cache
def parsed(text: str) -> MetricName:
    """The parts of a valid name, remembered."""
    return MetricName.parse(text)


def _label(name: str, pair: str) -> tuple[str, str]:
    key, equals, value = pair.partition("=")
    if not (key and equals and value):
        raise ScenarioError(f"label {pair!r} in {name!r} is not key=value")
    return key.strip(), value.strip()
