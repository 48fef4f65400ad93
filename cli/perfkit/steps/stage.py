"""What a step acts upon: one target, in one trial, on an open cluster."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from perfkit.model.link import DIRECT
from perfkit.model.protocols import TargetFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.model.control import Churned
    from perfkit.model.link import LinkProfile
    from perfkit.model.protocols import Clock, Cluster, Launcher, Link, Running, Usage
    from perfkit.model.relay import RelayStats
    from perfkit.model.scenario import TargetSpec
    from perfkit.model.windows import Window


class Timing(NamedTuple):
    """How long the target took to answer something done to it."""

    metric: str
    ns: int  # when it was done
    seconds: float


class Stirred(NamedTuple):
    """Churn that goes on: its step, and since when."""

    step: str
    ns: int


@dataclass(slots=True)
class Start:
    """One start of the target, by the launch step of that name."""

    step: str
    running: Running
    ready_ns: int | None = None
    usage: Usage | None = None  # once it has ended
    output: Path | None = None  # what it prints, or the recording of its terminal
    useful: str = ""  # what makes its screen useful: the pattern of the ready condition
    stopped_ns: int | None = None  # when it was asked to end


@dataclass(slots=True)
class Stage:
    """A trial in progress. ``home`` is fresh; ``output`` is the file that receives what the target prints."""

    cluster: Cluster
    launcher: Launcher
    clock: Clock
    target: TargetSpec
    home: Path
    output: Path
    link: Link | None = None  # None: nothing lies between target and cluster
    profile: LinkProfile = DIRECT  # what the link is at first
    patience: float = math.inf  # seconds to wait for ready at most, where that is less than the step's timeout
    step: str = ""  # the name of the step that is being done
    copies: int = 1  # of the target, which run at once
    starts: list[Start] = field(default_factory=list)
    noted: dict[str, float] = field(default_factory=dict)  # values of metrics that steps found themselves
    warnings: list[str] = field(default_factory=list)
    churned: list[tuple[str, Churned]] = field(default_factory=list)  # by the step that began it, until it ended
    stirred: Stirred | None = None  # the churn that goes on now
    stirs: list[tuple[int, int]] = field(default_factory=list)  # from when to when there was churn (ns)
    timings: list[Timing] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)  # of the steps so far, by the clock
    link_counters: list[RelayStats] = field(default_factory=list)  # at the end of each step that did not fail

    @property
    def origin_ns(self) -> int:
        """What a trial's times count from: the target's exec, or the first step where there was none."""
        if self.starts:
            return self.starts[0].running.started_ns
        return self.windows[0].start_ns if self.windows else 0

    @property
    def running(self) -> Running | None:
        """The target as it was started last."""
        return self.starts[-1].running if self.starts else None

    def stop(self, grace: float) -> None:
        """End the target if it runs, as one who uses it would, and note what its tree used."""
        if not self.starts or self.starts[-1].usage is not None:
            return
        start = self.starts[-1]
        start.stopped_ns = self.clock.now()
        if self.target.quit:
            self._type_quit(start.running, grace)
        start.usage = start.running.stop(grace)
        self.warnings.extend(start.usage.warnings)

    def _type_quit(self, running: Running, grace: float) -> None:
        """Type what ends it; where that does not help, the signals that follow do."""
        with suppress(TargetFailedError):
            running.type(self.target.quit)
            running.wait_exit(grace)
