"""Where results lie: ``results/local/<label>/`` is a person's own, ``results/baselines/<label>/`` is committed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - msgspec reads annotations at run time
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from perfkit import bundled
from perfkit.errors import ResultError, StorageError, UsageError
from perfkit.storage import journal
from perfkit.storage.commits import described
from perfkit.storage.files import shown, writing
from perfkit.storage.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = Literal["local", "baselines"]

PLACES: Final[tuple[Place, ...]] = ("local", "baselines")  # in order of look-up
RESULT: Final = ".perfkit.json"
EXPORT: Final = ".json"
ARTIFACTS: Final = ".artifacts"
PROFILES: Final = ".profiles"
CONFIRMATION: Final = "-confirm"  # ends the label of a check's second run, whose head lies elsewhere

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@-]*")
LONGEST: Final = 100  # characters; with suffixes it stays below what file systems allow


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A label that holds something."""

    label: str
    place: Place
    folder: Path
    scenarios: tuple[str, ...]  # those with a result file, sorted
    modified: float  # seconds since the epoch


def results_folder() -> Path:
    """``results/`` of the project around the working directory."""
    return bundled.project_root() / "results"


def default_label(now: datetime | None = None) -> str:
    """UTC time and git commit, such as ``20260131-093000-25df855-dirty``; free, also when two runs share a second."""
    moment = (now or datetime.now(UTC)).strftime("%Y%m%d-%H%M%S")
    stem = "-".join(filter(None, (moment, described(bundled.project_root()))))
    label, number = stem, 2
    while _taken(_local(label)):
        label, number = f"{stem}-{number}", number + 1
    return label


def check_label(label: str) -> str:
    """The label itself. Raises UsageError when it cannot name a folder or stand in ``LABEL#TARGET``."""
    if not _LABEL.fullmatch(label) or len(label) > LONGEST:
        raise UsageError(
            f"{label!r} is not a label", f"letters, digits and . _ + @ - after the first, at most {LONGEST} characters"
        )
    return label


def new_folder(label: str) -> Path:
    """The folder of a label that holds nothing yet. Raises UsageError, and StorageError when it is taken."""
    folder = _local(check_label(label))
    if _taken(folder):
        raise StorageError(
            f"label {label!r} exists in {shown(folder)}", "choose another --label, or --force to replace it"
        )
    return folder


def replace(open_journal: journal.Journal) -> None:
    """Make a label anew (``--force``): its journal, results and artifacts go, a person's own files stay.

    The journal must be open, so that no other engine is writing here. Raises StorageError.
    """
    import shutil  # only here

    open_journal.clear()
    with writing(open_journal.folder):
        for path in _derived(open_journal.folder):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def find_label(label: str) -> Stored:
    """The label of that name, local before baselines. Raises ResultError."""
    for stored in labels():
        if stored.label == label:
            return stored
    known = [stored.label for stored in labels()]
    raise ResultError(f"no result labelled {label!r}", did_you_mean(label, known) or "perfkit list shows what there is")


def latest() -> Stored:
    """The local label written to last. Raises ResultError when there is none."""
    local = [stored for stored in labels() if stored.place == "local"]
    if not local:
        raise ResultError(f"no results in {shown(results_folder() / 'local')}", "make one: perfkit run")
    return max(local, key=lambda stored: (stored.modified, stored.label))


def labels() -> list[Stored]:
    """All labels that hold something: local ones, then baselines, each by name."""
    return [stored for place in PLACES for stored in _stored(place)]


def result_path(folder: Path, scenario: str) -> Path:
    """The file of a scenario's result."""
    return folder / f"{scenario}{RESULT}"


def export_path(folder: Path, scenario: str) -> Path:
    """The file that pyperf opens."""
    return folder / f"{scenario}{EXPORT}"


def artifacts_folder(folder: Path, scenario: str) -> Path:
    """The folder of a scenario's bulk files, made where there is none yet. Raises StorageError."""
    path = folder / f"{scenario}{ARTIFACTS}"
    with writing(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def profiles_folder(folder: Path, scenario: str) -> Path:
    """The folder of a scenario's profiles, made where there is none yet. Raises StorageError."""
    path = folder / f"{scenario}{PROFILES}"
    with writing(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def local_folder(label: str) -> Path:
    """The folder of a person's own label, whether it holds something or not. Raises UsageError."""
    return _local(check_label(label))


def _local(label: str) -> Path:
    return results_folder() / "local" / label


def _stored(place: Place) -> Iterator[Stored]:
    root = results_folder() / place
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        if _taken(folder):
            files = [path for path in folder.iterdir() if path.name == journal.NAME or path.name.endswith(RESULT)]
            yield Stored(
                label=folder.name,
                place=place,
                folder=folder,
                scenarios=tuple(sorted(p.name.removesuffix(RESULT) for p in files if p.name.endswith(RESULT))),
                modified=max(path.stat().st_mtime for path in files),
            )


def _taken(folder: Path) -> bool:
    """Whether a folder holds a result or a journal; one that is empty was begun by a run that never got so far."""
    path = folder / journal.NAME
    return (path.is_file() and path.stat().st_size > 0) or any(folder.glob(f"*{RESULT}"))


def _derived(folder: Path) -> list[Path]:
    """What perfkit wrote beside the journal."""
    scenarios = {
        path.name.removesuffix(suffix) for suffix in (RESULT, ARTIFACTS, PROFILES) for path in folder.glob(f"*{suffix}")
    }
    paths = (
        folder / f"{scenario}{suffix}" for scenario in scenarios for suffix in (RESULT, EXPORT, ARTIFACTS, PROFILES)
    )
    return [path for path in paths if path.exists()]
