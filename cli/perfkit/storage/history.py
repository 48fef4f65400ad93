"""All results of a scenario in order: by git's order of commits where labels name commits, else by time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - msgspec reads annotations at run time
from typing import TYPE_CHECKING

import msgspec

from perfkit import bundled
from perfkit.errors import ResultError
from perfkit.model.result import Result, sample
from perfkit.storage import fingerprint, journal, labels
from perfkit.storage.commits import commits
from perfkit.storage.files import shown
from perfkit.storage.results import read_result

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.model.metrics import Metric
    from perfkit.storage.labels import Stored


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A label's result of one scenario; ``commit`` is the whole name of its commit where git knows it, else empty."""

    label: str
    path: Path
    created: datetime
    commit: str = ""
    result: Result


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One target of a release."""

    release: Release
    target: str

    @property
    def program(self) -> str:
        """What tells versions of one program from other programs."""
        return next(spec.program for spec in self.release.result.scenario.targets if spec.name == self.target)

    def samples(self, metric: str) -> list[float | None]:
        """The values of a metric, trial by trial; None where the trial failed or has none."""
        trials = (trial for trial in self.release.result.trials if trial.target == self.target and not trial.warmup)
        return [sample(trial, metric) for trial in trials]


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Points that may be compared, in order. ``differs``: why they stand apart from the newest series."""

    points: tuple[Point, ...]
    differs: tuple[str, ...] = ()


class History(msgspec.Struct, frozen=True, kw_only=True):
    """All releases of a scenario, oldest first. ``problems``: results that cannot be read, a line each."""

    scenario: str
    releases: tuple[Release, ...]
    problems: tuple[str, ...] = ()


def read_history(scenario: str) -> History:
    """Read all results of a scenario; of a baseline and a local result with the same label the local one."""
    found: dict[str, Release] = {}
    problems = []
    for stored in labels.labels():
        try:
            release = _read(stored, scenario)
        except ResultError as error:
            problems.append(error.message)
            continue
        if release is not None:
            found.setdefault(release.label, release)
    return History(scenario=scenario, releases=_in_order(found.values()), problems=tuple(problems))


def scenarios() -> list[str]:
    """All scenarios that have a result."""
    return sorted({scenario for stored in labels.labels() for scenario in stored.scenarios})


def series_of(points: Sequence[Point], metric: Metric) -> list[Series]:
    """Split points into what may be compared with one another in a metric; the series of the newest point first."""
    groups: list[list[Point]] = []
    for point in reversed(points):
        group = next((each for each in groups if _comparability(each[0], point).allows(metric)), None)
        if group is None:
            groups.append([point])
        else:
            group.append(point)
    return [
        Series(points=tuple(reversed(group)), differs=_differences(group[0], groups[0][0]) if number else ())
        for number, group in enumerate(groups)
    ]


def _comparability(one: Point, other: Point) -> fingerprint.Comparability:
    return fingerprint.compare_targets(one.release.result, one.target, other.release.result, other.target)


def _differences(point: Point, newest: Point) -> tuple[str, ...]:
    found = _comparability(point, newest)
    return tuple(f"{each.kind} {each}" for each in (*found.refused, *found.machine))


def _read(stored: Stored, scenario: str) -> Release | None:
    """A label's result of a scenario; what a killed run left counts as far as it got."""
    path = labels.result_path(stored.folder, scenario)
    if path.is_file():
        result = read_result(path)
    else:
        path = stored.folder / journal.NAME
        record = journal.read_journal(path).records.get(scenario) if path.is_file() else None
        if record is None:
            return None
        result = record.result()
    return Release(label=stored.label, path=path, created=_time(result.created, path), result=result)


def _time(text: str, path: Path) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ResultError(f"{shown(path)}: corrupt: created {text!r} is no time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _in_order(releases: Iterable[Release]) -> tuple[Release, ...]:
    """Labels of commits in git's order; one without a commit comes after the last commit measured before it."""
    by_time = sorted(releases, key=lambda release: (release.created, release.label))
    known = commits(bundled.project_root(), {release.label: release.result.commit for release in by_time})
    placed, place = [], -1
    for release in by_time:
        commit = known.get(release.label)
        if commit is not None:
            release, place = msgspec.structs.replace(release, commit=commit.name), commit.place  # noqa: PLW2901
        placed.append((place, release))
    return tuple(release for _, release in sorted(placed, key=lambda each: each[0]))  # stable: by time within a place
