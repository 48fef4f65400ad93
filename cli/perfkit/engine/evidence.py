"""What a trial left behind, in files and at its ends, and the values that are read off it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.engine.carriage import NO_LINK, carriage
from perfkit.engine.screens import screens
from perfkit.engine.start import Seen, start_values
from perfkit.engine.values import saved, trial_values
from perfkit.measure.api import api_values
from perfkit.measure.reconcile import read_deeds, reconcile_values
from perfkit.measure.reported import cache_values
from perfkit.measure.requests import read_requests

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from perfkit.engine.observation import Observation
    from perfkit.model.control import Traffic
    from perfkit.model.requests import Entry
    from perfkit.model.scenario import Scenario, TargetSpec
    from perfkit.steps.stage import Stage

TOLERATED: Final = 100  # changes under way at the end: those of a tenth of a second, where there are 1,000 in one


@dataclass(frozen=True, slots=True)
class Files:
    """Where a trial is written down; not all of them come to be."""

    requests: Path  # the cluster's record
    changes: Path  # and its log of objects that changed
    output: Path  # what the target prints, or the recording of its terminal
    edges: Path  # what passed the link

    @classmethod
    def of(cls, stem: Path, target: TargetSpec) -> Files:
        """Those whose paths begin with ``stem``."""
        return cls(
            requests=stem.with_name(f"{stem.name}.requests.jsonl"),
            changes=stem.with_name(f"{stem.name}.changes.jsonl"),
            output=stem.with_name(f"{stem.name}.{'log' if target.terminal is None else 'tty'}"),
            edges=stem.with_name(f"{stem.name}.edges"),
        )

    @property
    def printed(self) -> bytes:
        """What the target printed; nothing, where it had a terminal."""
        return self.output.read_bytes() if self.output.suffix == ".log" and self.output.exists() else b""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Values of the trial's metrics, what is doubtful about them, files kept, and the last screen as text."""

    values: dict[str, float]
    doubts: tuple[str, ...]
    artifacts: tuple[str, ...]
    screen: str


def gather(scenario: Scenario, stage: Stage, files: Files, observation: Observation, traffic: Traffic) -> Evidence:
    """Read all of it, once the trial is over. Raises LinkError, StorageError."""
    shown = screens(stage, stage.target.terminal, files.changes)
    asked = read_requests(files.requests) if files.requests.exists() else []
    deeds = read_deeds(files.changes) if scenario.operated and files.changes.exists() else []
    api = api_values(asked, stage.windows)
    carried, edges = NO_LINK, None
    if stage.link is not None:
        edges = files.edges
        carried = carriage(stage.link, asked, edges, stage.windows, stage.link_counters)
    return Evidence(
        values={
            **observation.values(stage),  # first: what the account at the end tells of the whole is exact
            **api,
            **start_values(stage.starts, Seen(_as_had(asked, carried.had), edges, shown.values)),
            **trial_values(stage, traffic, asked),
            **(saved(stage.starts, asked) if scenario.restarted else {}),
            **cache_values(files.printed, asked),
            **reconcile_values(deeds, asked, stage.windows),
            **carried.values,
            **shown.values,
        },
        doubts=(*carried.doubts, *shown.doubts, *_behind(stage, api["api.watch_behind"])),
        artifacts=_existing(
            files.requests, files.changes, files.output, files.edges, *shown.artifacts, *observation.files
        ),
        screen=shown.last,
    )


def _as_had(asked: Sequence[Entry], had: Mapping[int, int]) -> list[Entry]:
    """Requests as answered when the target had the answer: over a slow link megabytes are still on their way to it."""
    return [msgspec.structs.replace(entry, last_ns=had.get(entry.number, entry.last_ns)) for entry in asked]


def _behind(stage: Stage, changes: float) -> tuple[str, ...]:
    """What the target had still to hear of: what it held and showed at the end is that of an earlier cluster."""
    if changes <= TOLERATED:
        return ()
    return (
        f"{stage.target.name} had not taken {changes:,.0f} changes when it ended: it reads more slowly than they came",
    )


def _existing(*paths: Path) -> tuple[str, ...]:
    return tuple(path.name for path in paths if path.exists())
