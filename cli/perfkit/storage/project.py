"""A user's project: ``perfkit.toml`` says what is measured there, by which scenario, and within which limits."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - msgspec reads annotations at run time
from typing import Final

import msgspec

from perfkit import bundled
from perfkit.model.scenario import MetricLimit  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.storage.limits import read_limits
from perfkit.storage.tables import load, text
from perfkit.storage.targets import TargetTable, read_targets

DEFAULT_SCENARIO: Final = "startup"


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """What ``perfkit.toml`` says. ``root`` is its folder; relative commands start there."""

    root: Path
    targets: tuple[TargetTable, ...] = ()
    limits: tuple[MetricLimit, ...] = ()
    scenario: str = DEFAULT_SCENARIO  # run when none is named


def find_project() -> Project | None:
    """The project around the working directory, or None. Raises ScenarioError when its file is wrong."""
    path = bundled.project_root() / bundled.PROJECT_FILE
    return read_project(path) if path.is_file() else None


def read_project(path: Path) -> Project:
    """Read one project file. Raises ScenarioError naming file and key path."""
    fields = load(path).fields({"scenario": text, "target": read_targets, "limit": read_limits})
    return Project(
        root=path.resolve().parent,
        targets=fields.get("target", ()),
        limits=fields.get("limit", ()),
        scenario=fields.get("scenario", DEFAULT_SCENARIO),
    )
