"""What ``perfkit top`` can look at, and what is left of it as a trial when nobody looks any more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import msgspec

from perfkit.errors import PerfkitError
from perfkit.measure.live.requests import Requests
from perfkit.measure.live.watched import Watched
from perfkit.measure.requests import Follower
from perfkit.measure.samples import Samples
from perfkit.model.control import Glimpse
from perfkit.model.scenario import ClusterSpec, Idle, Repeat, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from perfkit.model.link import LinkProfile
    from perfkit.model.readings import Readings
    from perfkit.model.result import Outcome
    from perfkit.model.scenario import TargetSpec

NAME = "top"  # of the scenario that a watch counts as
STEP = "watch"  # of its only step


@dataclass(frozen=True, slots=True)
class Account:
    """How it ended and what it came to. Times in CLOCK_MONOTONIC ns; CPU in seconds, of perfkit's own processes."""

    values: Mapping[str, float]
    origin_ns: int
    end_ns: int
    outcome: Outcome = "ok"
    reason: str = ""
    exit_status: int | None = None
    work: Mapping[str, int] = field(default_factory=dict)  # what its cluster delivered, where nobody else uses that
    warnings: tuple[str, ...] = ()
    launcher_cpu: float = 0.0
    mock_cpu: float = 0.0
    sampler_cpu: float = 0.0


class Source(Watched, Protocol):
    """Something watched, with all that a result says of it."""

    @property
    def title(self) -> str:
        """What a person calls it."""
        ...

    @property
    def target(self) -> TargetSpec:
        """It as a target."""
        ...

    @property
    def cluster(self) -> ClusterSpec:
        """What it talks to, as far as that is known."""
        ...

    @property
    def link(self) -> LinkProfile:
        """What lies between it and its cluster."""
        ...

    @property
    def experiment(self) -> Mapping[str, str]:
        """What identifies the cluster and how it is watched, for the fingerprint."""
        ...

    @property
    def sources(self) -> Mapping[str, str]:
        """Metric → how it is known."""
        ...

    @property
    def output(self) -> Path | None:
        """The file that receives what it prints."""
        ...

    def finish(self) -> Account:
        """Look no more, and end what was started. Raises PerfkitError."""
        ...


def scenario_of(target: TargetSpec, cluster: ClusterSpec, link: LinkProfile, duration: float | None = None) -> Scenario:
    """The experiment that a watch counts as: one trial, of one step in which nothing is done."""
    return Scenario(
        name=NAME,
        title="A watch over a running client",
        pass_="trace",
        cluster=cluster,
        link=link,
        repeat=Repeat(pairs=(1,)),
        targets=(target,),
        steps=(Idle(name=STEP, duration=duration or 0.0),),
    )


def artifact(folder: Path, target: TargetSpec, ending: str) -> Path:
    """A file of the only trial."""
    return folder / f"0000-{target.name}.{ending}"


def sampled(path: Path, start: int, end: int) -> dict[str, float]:
    """What the samples of a watch tell: of CPU and memory as a whole, too."""
    values = Samples.read(path, start).values(start, end)
    if "cpu.mean" in values:
        values["cpu.seconds"] = values["cpu.mean"] * (end - start) / 1e9
    if "memory.rss.peak" in values:
        values["memory.peak"] = values["memory.rss.peak"]
    return values


class Reading:
    """The record of a cluster from ``since`` (ns) on, read along; ``glance`` has it written out.

    What is read goes to ``copy``, where that is another file than the record.
    """

    def __init__(self, glance: Callable[[], object], record: Path, since: int, copy: Path | None = None) -> None:
        """Raises OSError: there is no record."""
        self._glance = glance
        self._follower = Follower(record)
        self._since = since
        self._copy = copy
        self.live = Requests(since)

    def look(self, now: int) -> None:
        """Take in what was asked until ``now`` (ns). Raises ClusterError, OSError."""
        glimpse = self._glance()
        watches = glimpse.watches if isinstance(glimpse, Glimpse) else ()
        fresh = [entry for entry in self._follower.read() if entry.ns >= self._since]
        if self._copy is not None and fresh:
            with self._copy.open("ab") as file:
                file.writelines(msgspec.json.encode(entry) + b"\n" for entry in fresh)
        self.live.take(fresh, watches, now)

    def told(self, readings: Readings, now: int) -> Readings:
        """The readings with what is known of requests at ``now`` (ns), be it that nothing new is."""
        live = self.live
        try:
            self.look(now)
        except (PerfkitError, OSError) as error:
            readings = msgspec.structs.replace(readings, notes=(f"requests are not known: {error}",))
        return msgspec.structs.replace(readings, calls=live.calls(), watches=live.watches(now), slow=live.slow())

    def close(self) -> None:
        """Let go of the record."""
        self._follower.close()
