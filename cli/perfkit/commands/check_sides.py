"""What a check compares: two targets of the same job, the head with an older commit of itself, or with a baseline."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from perfkit import bundled
from perfkit.commands.at_commit import built, single
from perfkit.commands.explaining import side_by_side
from perfkit.commands.matching import compare_sessions
from perfkit.commands.preparation import Prepared, as_versions, is_commit, prepare
from perfkit.errors import InterruptedRunError, ResultError, UsageError
from perfkit.statistics.analysis import compare_paired
from perfkit.statistics.gates import counts, every
from perfkit.storage import fingerprint, labels, results
from perfkit.targets.repository import Repository, work_tree
from perfkit.targets.versions.commits import twin
from perfkit.views.explain import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from perfkit.commands.choices import Choices
    from perfkit.model.result import Result
    from perfkit.statistics.gates import Deciding
    from perfkit.storage.results import Loaded
    from perfkit.targets.repository import Commit


@dataclass(frozen=True, slots=True)
class Against:
    """What the head is compared with, as typed: a git ref, how to build it, or a stored result."""

    ref: str | None = None
    build: str | None = None
    baseline: str | None = None


@dataclass(frozen=True, slots=True)
class Sides:
    """What to run, how its result becomes comparisons, and which metrics of these may fail a build."""

    prepared: list[Prepared]
    compare: Callable[[Result], list[Evidence]]
    deciding: Deciding


def open_sides(choices: Choices, against: Against) -> AbstractContextManager[Sides]:
    """Resolve both sides, and build them where that is asked; what was made for it goes on the way out.

    Raises:
        UsageError: they do not fit together, no base can be found, no repository, no such ref.
        TargetError: a build fails, or does not make what the target's command names.
        ResultError: no such baseline.
        NotComparableError: the baseline is of another experiment.
    """
    commits = any(map(is_commit, choices.targets))  # each is built by itself
    worktree = against.ref is not None or (against.build is not None and not commits)
    if against.baseline is not None:
        if worktree or choices.base:
            raise UsageError("--baseline is the base: --against, --build and --base name another", "leave one away")
        return contextlib.nullcontext(_with_baseline(prepare(choices, ()), against.baseline))
    if worktree:
        return _with_commit(choices, against)
    prepared = prepare(choices, ())
    if all(len(each.scenario.targets) > 1 for each in prepared):
        return contextlib.nullcontext(_side_by_side(prepared))
    return _with_commit(choices, against)


def _side_by_side(prepared: list[Prepared]) -> Sides:
    return Sides([_versions(each) for each in prepared], _compare_with_base, every)


def _versions(prepared: Prepared) -> Prepared:
    targets = prepared.scenario.targets
    base = prepared.base or targets[0].name
    scenario = msgspec.structs.replace(prepared.scenario, targets=as_versions(targets, base))
    return Prepared(scenario, base, prepared.warnings)


def _compare_with_base(result: Result) -> list[Evidence]:
    assert result.base is not None
    heads = [target.name for target in result.scenario.targets if target.name != result.base]
    return [side_by_side(compare_paired(result, result.base, head), result) for head in heads]


# ---- an older commit


@contextlib.contextmanager
def _with_commit(choices: Choices, against: Against) -> Iterator[Sides]:
    """Head is what lies here, base the same of an older commit, both built by the same command."""
    if choices.base:
        raise UsageError(f"--base {choices.base}: there is one target", "give two: -t base=… -t head=…")
    project = bundled.project_root()
    repository = Repository.around(project)
    commit = repository.commit(against.ref) if against.ref is not None else repository.default_base()
    version = repository.head()
    built(against.build, project, f"head {version}")
    heads = [single(each) for each in prepare(choices, ())]
    with work_tree(repository, commit) as tree:
        built(against.build, tree / project.relative_to(repository.top), f"base {commit.short} ({commit.named})")
        prepared = [_beside(each, (repository, commit), tree) for each in heads]
        try:
            yield Sides([_dated(each, version) for each in prepared], _compare_with_base, every)
        except InterruptedRunError as error:
            raise InterruptedRunError(error.message, "check again from the start: the base's files are gone") from error


def _beside(prepared: Prepared, base: tuple[Repository, Commit], tree: Path) -> Prepared:
    """The head, and its like in the work tree."""
    (repository, commit), head = base, prepared.scenario.targets[0]
    name = "base" if head.name != "base" else "older"
    older = msgspec.structs.replace(twin(head, repository, commit, tree), name=name)
    scenario = msgspec.structs.replace(prepared.scenario, targets=(older, head))
    return Prepared(scenario, name, prepared.warnings)


def _dated(prepared: Prepared, version: str) -> Prepared:
    """The head with what git says of it, where it has no version of its own."""
    older, head = prepared.scenario.targets
    dated = msgspec.structs.replace(head, version=head.version or version)
    return Prepared(
        msgspec.structs.replace(prepared.scenario, targets=(older, dated)), prepared.base, prepared.warnings
    )


# ---- a baseline


def _with_baseline(prepared: list[Prepared], baseline: str) -> Sides:
    heads = [_single_head(each) for each in prepared]
    stored = {each.scenario.name: _load(baseline, each.scenario.name) for each in heads}
    for each in heads:
        base = stored[each.scenario.name]
        assert base.target is not None
        fingerprint.foresee(base.result, base.target, each.scenario).demand()
    return Sides(heads, lambda result: [_compare_with_stored(stored[result.scenario.name], result)], counts)


def _single_head(prepared: Prepared) -> Prepared:
    names = [target.name for target in prepared.scenario.targets]
    if len(names) != 1:
        raise UsageError(
            f"{prepared.scenario.name}: targets {', '.join(names)}; against a baseline a check runs one, the head",
            f"name it: -t {names[-1]}",
        )
    return prepared


def _load(baseline: str, scenario: str) -> Loaded:
    """The stored result of a scenario: of a committed label, else of a local one."""
    name, mark, target = baseline.partition("#")
    committed = [each for each in labels.labels() if each.label == name and each.place == "baselines"]
    stored = committed[0] if committed else labels.find_label(name)
    if scenario not in stored.scenarios:
        known = ", ".join(stored.scenarios) or "none"
        raise ResultError(f"baseline {name} has no result of scenario {scenario!r}", f"it has: {known}")
    loaded = results.load(f"{labels.result_path(stored.folder, scenario)}{mark}{target}")
    targets = [spec.name for spec in loaded.result.scenario.targets]
    if loaded.target is None and len(targets) > 1:
        raise UsageError(
            f"baseline {name} has targets {', '.join(targets)}", f"pick one: --baseline {name}#{targets[0]}"
        )
    return msgspec.structs.replace(loaded, target=loaded.target or targets[0])


def _compare_with_stored(base: Loaded, head: Result) -> Evidence:
    """Unpaired, as versions of one program. Raises NotComparableError."""
    assert base.target is not None
    compared = compare_sessions((base.result, base.target), (head, head.scenario.targets[0].name))
    comparison = msgspec.structs.replace(compared.comparison, versions=True)
    return Evidence(comparison, base.result, head, tuple(map(str, compared.allowed.target)))
