"""``perfkit init`` from start to end: find out, write what is not there, tell it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from perfkit import bundled
from perfkit.commands.project.files import IGNORE, SCENARIO, github_workflow, gitlab_job, project_file
from perfkit.commands.project.found import find_ci, find_place, find_target, said_target
from perfkit.storage.files import shown, writing
from perfkit.storage.names import SCENARIOS, find

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from perfkit.commands.project.found import CI, FoundTarget, Place

GITLAB_INCLUDE: Final = "include:\n  - local: .gitlab/perfkit.yml\n"


def init_project(said: Sequence[str], ci: CI | None, scenarios: Sequence[str] = ()) -> None:
    """Write a project's files around the working directory; what is there is left alone, whatever is in it.

    ``scenarios`` are those of perfkit that the project wants for its own.

    Raises:
        UsageError, ScenarioError: ``said`` holds no target, or there is no such scenario.
        StorageError: a file cannot be written.
    """
    place = find_place(bundled.project_root())
    targets = [said_target(text) for text in said]
    if not targets:
        found = find_target(place.project)
        targets = [found] if found else []
    ci = ci or find_ci(place)
    copies = {place.project / SCENARIOS / f"{name}.toml": find(SCENARIOS, name).read_text() for name in scenarios}
    wanted = {**_project_files(place, targets), **copies, **(_ci_files(place, targets, ci) if ci else {})}
    kept = [path for path, text in wanted.items() if not _write_new(path, text)]
    for path in wanted:
        sys.stdout.write(f"{'left alone' if path in kept else 'wrote'} {shown(path)}\n")
    for line in _next(targets, ci, place.top / ".gitlab-ci.yml" in kept):
        sys.stderr.write(f"{line}\n")


def _project_files(place: Place, targets: Sequence[FoundTarget]) -> dict[Path, str]:
    root = place.project
    return {
        root / bundled.PROJECT_FILE: project_file(targets),
        root / SCENARIOS / "startup.toml": SCENARIO,
        root / "results" / ".gitignore": IGNORE,
    }


def _ci_files(place: Place, targets: Sequence[FoundTarget], ci: CI) -> dict[Path, str]:
    if ci == "github":
        return {place.top / ".github" / "workflows" / "perfkit.yml": github_workflow(place, targets)}
    return {
        place.top / ".gitlab" / "perfkit.yml": gitlab_job(place, targets),
        place.top / ".gitlab-ci.yml": GITLAB_INCLUDE,
    }


def _write_new(path: Path, text: str) -> bool:
    """Write a file that is not there yet; False where one is. Raises StorageError."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            return False
    return True


def _next(targets: Sequence[FoundTarget], ci: CI | None, gitlab_kept: bool) -> list[str]:  # noqa: FBT001 - a finding
    lines = []
    if not targets:
        lines.append("found no program to measure: name it in perfkit.toml")
    if gitlab_kept:
        lines.append("add to .gitlab-ci.yml: include: [{ local: .gitlab/perfkit.yml }]")
    if ci is None:
        lines.append("found no CI: --ci github or --ci gitlab writes its workflow")
    builds = [target.build for target in targets if target.build]
    return [*lines, *(f"build: {build}" for build in builds), "then: perfkit run"]
