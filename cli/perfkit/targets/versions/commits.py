"""``git:REF``: a target of the project as a commit has it, built in a work tree that stays for the next time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.errors import TargetError, UsageError
from perfkit.targets.relocation import files, missing, transplanted
from perfkit.targets.repository import Repository, build, forget, lasting_work_tree
from perfkit.targets.versions import store
from perfkit.targets.versions.buildinfo import read_build_info
from perfkit.targets.versions.store import Kept, Made, file_hash

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.model.scenario import TargetSpec
    from perfkit.model.sources import GitRef
    from perfkit.targets.repository import Commit

TREE: Final = "tree"  # folder of it within a version's


def at_ref(
    target: TargetSpec, source: GitRef, made_in: tuple[Path, str | None], tell: Callable[[str], None]
) -> TargetSpec:
    """The like of the project's target at a commit, with its name still; ``made_in`` a project, by a build command.

    Raises:
        UsageError: no repository, no such commit, nothing of the target is in the repository.
        TargetError: the build fails, or does not make what the target runs.
        StorageError: the disk is full.
    """
    project, build_command = made_in
    repository = Repository.around(project)
    commit = repository.commit(source.ref, "-t git:")
    key = store.digest(str(repository.top), str(project), commit.id, build_command or "", *target.command)

    def make(folder: Path) -> Made:
        tell(f"{'building' if build_command else 'checking out'} {source} ({commit.short})")
        tree = lasting_work_tree(repository, commit, folder / TREE)
        try:
            if build_command:
                build(build_command, tree / project.relative_to(repository.top))
            return _made(twin(target, repository, commit, tree), source, commit, repository)
        except BaseException:
            forget(repository, tree)
            raise

    kept = store.keep("git", key, make, tell)
    other = twin(target, repository, commit, kept.folder / TREE)
    return msgspec.structs.replace(other, dependencies=kept.made.parts, hashes=kept.made.hashes)


def _made(spec: TargetSpec, source: GitRef, commit: Commit, repository: Repository) -> Made:
    paths = [path for path in files(spec) if path.is_relative_to(Path(spec.folder))]
    found = [info for info in map(read_build_info, paths) if info is not None]
    return Made(
        source=str(source),
        version=commit.short,
        parts=found[0].parts() if found else {},
        hashes={path.name: file_hash(path) for path in paths},
        repository=str(repository.top),
    )


def forget_tree(kept: Kept) -> None:
    """Have git forget the work tree of a version that is about to go."""
    if kept.made.repository:
        forget(Repository(Path(kept.made.repository)), kept.folder / TREE)


def twin(head: TargetSpec, repository: Repository, commit: Commit, tree: Path) -> TargetSpec:
    """The like of a target in a work tree of ``commit``, with its name still, and the commit as its version.

    Raises:
        UsageError: nothing of the target is in the repository, so that all commits have the same.
        TargetError: the commit, or its build, lacks a file that the target runs.
    """
    other = transplanted(head, repository.top, tree)
    built = any(path.is_relative_to(tree) for path in files(other))
    if not built and not _depends_on(head, repository.top, other):
        raise UsageError(
            f"target {head.name}: no file of its command lies in {repository.top}: git has no older version of it",
            "give both targets: -t base=… -t head=…, or --baseline LABEL, or what makes the file: --build COMMAND",
        )
    program = Path(other.command[0])
    unbuilt = [program] if program.is_relative_to(tree) and not program.exists() else []
    for path in unbuilt or missing(head, other):
        raise TargetError(
            f"{commit.short} has no {path.relative_to(tree)}, which target {head.name} runs",
            "let --build 'COMMAND' make it; it is run for each commit",
        )
    return msgspec.structs.replace(other, version=commit.short)


def _depends_on(head: TargetSpec, top: Path, other: TargetSpec) -> bool:
    """Whether a target is made of what is below ``top``: a file, a variable, a module of the folder it starts in."""
    if "-m" in head.command and not {"-P", "-I"} & set(head.command):
        return True
    elsewhere = (other.command, other.environment) == (head.command, head.environment)
    return not elsewhere or any(path.is_relative_to(top) for path in files(head))
