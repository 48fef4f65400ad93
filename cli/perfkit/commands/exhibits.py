"""Reads what a trial left on disk, for a look at it; what is not there, or damaged, is left out."""

from __future__ import annotations

import itertools
import re
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from perfkit.commands.explaining import profiled
from perfkit.errors import ResultError, UsageError
from perfkit.measure.requests import read_requests
from perfkit.measure.samples import Samples
from perfkit.model.result import sample
from perfkit.profilers.files import profiles_in, read_profile
from perfkit.views.report.content import Exhibit, Flame, Lane, Screen
from perfkit.views.report.flames import NARROW
from perfkit.views.report.series import MOST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from perfkit.measure.samples import Stretch
    from perfkit.model.profile import Profile
    from perfkit.model.requests import Entry
    from perfkit.model.result import Trial
    from perfkit.views.explain import Evidence
    from perfkit.views.grids import Grid

OUTPUT: Final = 4_000  # bytes at the end of what a trial printed
LARGEST_PICTURE: Final = 256_000  # bytes; a screen that needs more is shown as text
MOST_SCREENS: Final = 3
MOST_PROFILES: Final = 6
BEGINNING: Final = 400  # bytes of a picture, in which its size is told
SIZE: Final = re.compile(rb'<svg [^>]*viewBox="0 0 ([0-9.]+) ([0-9.]+)"')


def exhibit(lane: Lane, folder: Path) -> Exhibit | None:
    """The trial that stands for a lane; None where there is none."""
    trial = typical(lane.trials)
    if trial is None:
        return None
    paths = [folder / name for name in trial.artifacts if name == (folder / name).name]
    return Exhibit(
        name=f"{lane.whole_name}, trial {trial.index}",
        trial=trial,
        requests=_requests(paths),
        course=_course(paths, trial),
        screens=_screens(paths) or ([Screen(trial.screen)] if trial.screen else []),
        output=_output(paths),
    )


def typical(trials: Sequence[Trial]) -> Trial | None:
    """The good trial in the middle by start-up; where none was good, the last one."""
    good = [trial for trial in trials if trial.ok]
    if not good:
        return trials[-1] if trials else None
    ready = sorted((value, trial.index) for trial in good if (value := sample(trial, "startup.ready")) is not None)
    if not ready:
        return good[-1]
    _, index = ready[(len(ready) - 1) // 2]
    return next(trial for trial in good if trial.index == index)


def flames(folder: Path, version: str) -> list[Flame]:
    """The profiles in a folder, if there is one, by name; what cannot be read is left out."""
    found = []
    for name, path in itertools.islice(profiles_in(folder).items(), MOST_PROFILES):
        with suppress(ResultError):
            found.append(_flame(path, " of ".join(filter(None, (name, version)))))
    return found


def compared_profiles(evidence: Iterable[Evidence]) -> list[Grid]:
    """What base and head spent otherwise, by each tool that saw both; what cannot be read is left out."""
    from perfkit.profilers.difference import difference  # only here
    from perfkit.views.profile import difference_grids

    pairs = ((each.comparison, tool, paths) for each in evidence for tool, paths in profiled(each).items())
    found = []
    for comparison, tool, (base, head) in itertools.islice(pairs, MOST_PROFILES):
        with suppress(ResultError, UsageError):
            before = f"{tool}, {comparison.base.name} → {comparison.head.name}"
            changes = difference(_profile(base), _profile(head))
            found += [replace(grid, title=f"{before}: {grid.title}") for grid in difference_grids(changes)]
    return found


@lru_cache(maxsize=2 * MOST_PROFILES)
def _profile(path: Path) -> Profile:
    """Of one chapter: each is compared, then shown."""
    return read_profile(path)


def _flame(path: Path, name: str) -> Flame:
    from perfkit.commands.profile_files import summed_up  # only here
    from perfkit.profilers.tree import tree

    profile = _profile(path)
    return Flame(name, path.name, tree(profile, least=NARROW), summed_up(profile, name).grids)


def _with(paths: Iterable[Path], ending: str) -> list[Path]:
    return [path for path in paths if path.name.endswith(ending) and path.is_file()]


def _requests(paths: Sequence[Path]) -> list[Entry]:
    with suppress(OSError):
        return [entry for path in _with(paths, ".requests.jsonl") for entry in read_requests(path)]
    return []


def _course(paths: Sequence[Path], trial: Trial) -> list[Stretch]:
    with suppress(OSError, ValueError):
        return [
            each
            for path in _with(paths, ".samples.csv")[:1]
            for each in Samples.read(path, trial.origin_ns).course(MOST)
        ]
    return []


def _screens(paths: Sequence[Path]) -> list[Screen]:
    with suppress(OSError):
        return [_screen(path) for path in _with(paths, ".screen.txt")[-MOST_SCREENS:]]
    return []


def _screen(path: Path) -> Screen:
    text = path.read_text(errors="replace")
    picture = path.with_suffix(".svg")
    data = picture.read_bytes() if picture.is_file() and picture.stat().st_size <= LARGEST_PICTURE else b""
    size = SIZE.search(data[:BEGINNING])
    if size is None:
        return Screen(text)
    return Screen(text, data, round(float(size[1])), round(float(size[2])))


def _output(paths: Sequence[Path]) -> str:
    with suppress(OSError):
        return "".join(_end(path) for path in _with(paths, ".log"))
    return ""


def _end(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(0, 2)
        size = file.tell()
        file.seek(max(0, size - OUTPUT))
        text = file.read().decode(errors="replace")
    return text if size <= OUTPUT else "…\n" + text.partition("\n")[2]
