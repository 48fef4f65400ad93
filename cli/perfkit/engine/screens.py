"""What the terminal of a trial showed: its metrics, and what is kept of it for people."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from perfkit.measure.film import Film, joined, longest_freeze, watch
from perfkit.measure.shown_changes import follow, read_changes
from perfkit.statistics.estimate import nearest_rank
from perfkit.statistics.windows import step_values
from perfkit.storage.files import write_whole
from perfkit.terminal.cast import asciicast
from perfkit.terminal.picture import svg
from perfkit.terminal.recording import Reader

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from perfkit.model.scenario import Terminal
    from perfkit.model.windows import Window
    from perfkit.steps.stage import Stage

MOST_KEPT: Final = 1 << 30  # bytes of a run's artifacts after which recordings are not kept any more
PERCENTILES: Final = ("p50", "p95", "p99")
DRIVEN: Final = frozenset({"keys", "query", "resize", "churn", "scale"})  # steps in which there is something to show


@dataclass(frozen=True, slots=True)
class Screens:
    """Values of the trial's metrics, what is doubtful, files kept, and the last screen as text."""

    values: dict[str, float] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    artifacts: tuple[Path, ...] = ()
    last: str = ""


def screens(stage: Stage, terminal: Terminal | None, log: Path) -> Screens:
    """Read them off the recording and the ``log`` of changes, which are complete by now.

    The recording becomes an asciicast.

    Raises:
        StorageError: that cannot be written.
    """
    values = _timed(stage)
    recorded = [(start, start.output) for start in stage.starts if start.output is not None]
    if terminal is None or not recorded:
        return Screens(values)
    films = [watch(path, terminal, start.useful, start.stopped_ns) for start, path in recorded]
    values |= _values(joined(films), stage) | _moments(films, stage)
    doubts = []
    if changes := read_changes(log):
        found = [follow(path, terminal, changes, start.stopped_ns) for start, path in recorded]
        times, never = [each for shown in found for each in shown.times], sum(shown.never for shown in found)
        values |= _percentiles("ui.event_to_paint", times, stage) | _events(times, stage)
        doubts += [f"{never} changes were never shown, and count as shown at the end"] if never else []
    artifacts: list[Path] = []
    for (start, path), film in zip(recorded, films, strict=True):
        kept, room = _keep(path, film, terminal, start.running.started_ns)
        artifacts += kept
        doubts += room
    return Screens(values, tuple(doubts), tuple(artifacts), "\n".join(films[-1].screen.lines).rstrip())


def _timed(stage: Stage) -> dict[str, float]:
    """What steps timed themselves."""
    values: dict[str, float] = {}
    for metric in dict.fromkeys(timing.metric for timing in stage.timings):
        series = [(timing.ns, timing.seconds) for timing in stage.timings if timing.metric == metric]
        values |= _percentiles(metric, series, stage)
    return values


def _percentiles(metric: str, series: list[tuple[int, float]], stage: Stage) -> dict[str, float]:
    """Of the whole trial, and of each step; none where nothing was timed."""
    seconds = [second for _, second in series]
    whole = {f"{metric}.{stat}": nearest_rank(seconds, int(stat[1:])) for stat in PERCENTILES if seconds}
    return whole | step_values(metric, series, stage.windows, PERCENTILES)


def _events(times: list[tuple[int, float]], stage: Stage) -> dict[str, float]:
    """How many changes there were to show, throughout and in each step."""
    by_step = {f"{window.name}/ui.events": sum(window.holds(ns) for ns, _ in times) for window in stage.windows}
    return {"ui.events": float(len(times))} | {name: float(count) for name, count in by_step.items()}


def _moments(films: list[Film], stage: Stage) -> dict[str, float]:
    """When the first start's screen showed something, and by step when each one's did where there are several."""
    found: dict[str, float] = {}
    for start, film in zip(stage.starts, films, strict=False):
        moments = {"ui.first_paint": film.first_paint, "ui.useful_screen": film.useful}
        seconds = {name: (ns - start.running.started_ns) / 1e9 for name, ns in moments.items() if ns is not None}
        found |= seconds if start is stage.starts[0] else {}
        found |= {f"{start.step}/{name}": at for name, at in seconds.items()} if len(stage.starts) > 1 else {}
    return found


def _values(film: Film, stage: Stage) -> dict[str, float]:
    driven = [window for window in stage.windows if _driven(window, stage)]
    values = _frames(film, "") | _freeze(film, driven, "")
    for window in stage.windows:
        values |= _frames(film.within(window), f"{window.name}/")
    for window in driven:
        values |= _freeze(film, [window], f"{window.name}/")
    return values


def _driven(window: Window, stage: Stage) -> bool:
    """Whether something was done to the target or its cluster meanwhile, so that there was something to show."""
    stirred = any(start <= window.start_ns < end for start, end in stage.stirs)
    return window.do in DRIVEN or (stirred and window.do != "quit")


def _frames(film: Film, step: str) -> dict[str, float]:
    values = {f"{step}ui.frames": float(len(film.frames))}
    if film.frames:
        values[f"{step}ui.bytes_per_frame"] = statistics.fmean(frame.size for frame in film.frames)
    return values


def _freeze(film: Film, windows: Iterable[Window], step: str) -> dict[str, float]:
    freeze = longest_freeze(film.changes, windows)
    return {} if freeze is None else {f"{step}ui.longest_freeze": freeze}


def _keep(recording: Path, film: Film, terminal: Terminal, start_ns: int) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """The last screen as text and picture, and the recording in a form that others replay, while there is room."""
    text, picture = recording.with_suffix(".screen.txt"), recording.with_suffix(".screen.svg")
    write_whole(text, ("\n".join(film.screen.lines).rstrip() + "\n").encode(errors="replace"))
    write_whole(picture, svg(film.screen).encode(errors="replace"))
    if _size(recording.parent) > MOST_KEPT:
        recording.unlink()
        return (text, picture), ("its recording is not kept: the artifacts of this run have reached 1 GiB",)
    cast = recording.with_suffix(".cast")
    with cast.open("wb") as file:
        file.writelines(asciicast(Reader(recording), terminal.columns, terminal.rows, start_ns))
    recording.unlink()
    return (cast, text, picture), ()


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())
