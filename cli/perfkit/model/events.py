"""What the engine tells while it runs. Commands connect these to a view; a test can simply collect them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from perfkit.model.result import Trial  # noqa: TC001 - msgspec reads annotations at run time


class RunStarted(msgspec.Struct, frozen=True):
    """The cluster is up and the first trial is about to start."""

    headline: str  # what is run, on what, over what
    label: str
    resumed: int  # trials found in the journal


class TrialStarted(msgspec.Struct, frozen=True):
    """A trial starts: from here to its TrialFinished nothing may be drawn."""

    target: str
    block: int
    index: int
    elapsed: float = 0.0  # seconds since the run started


class TrialFinished(msgspec.Struct, frozen=True):
    """A trial ended and is in the journal. ``elapsed`` is seconds since the run started."""

    trial: Trial
    elapsed: float


class PlanMade(msgspec.Struct, frozen=True, kw_only=True):
    """Told after the warm-up: what the run will cost and what it can see.

    ``visible`` is the smallest relative change of startup.ready that ``blocks`` blocks could show, from the spread
    measured here, else the usual one; None for a single target.
    """

    seconds_per_trial: dict[str, float]
    seconds_per_block: float
    blocks: int  # that fit max_time
    max_time: float
    visible: float | None
    ends: float  # seconds since the run started, when these blocks of all cells of the run will be done


class Looked(msgspec.Struct, frozen=True):
    """A look was taken after ``blocks`` blocks; ``undecided`` names the gated metrics still open."""

    blocks: int
    undecided: tuple[str, ...]


Event = RunStarted | TrialStarted | TrialFinished | PlanMade | Looked
Emit = Callable[[Event], None]
