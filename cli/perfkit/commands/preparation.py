"""From what a person typed to scenarios with everything resolved. All that can be wrong is found before work begins."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from perfkit import bundled
from perfkit.commands.real_clusters import with_cluster
from perfkit.errors import ScenarioError, UsageError
from perfkit.model.scenario import UNLIMITED, Trace
from perfkit.model.sources import GitRef
from perfkit.model.units import parse_duration
from perfkit.statistics.margins import check_limit
from perfkit.storage.driving import with_terminals
from perfkit.storage.limits import check_steps, named, parse_limits
from perfkit.storage.links import find_link, with_options
from perfkit.storage.project import find_project
from perfkit.storage.ready import parse_ready
from perfkit.storage.scenarios import find_scenarios, override, with_limits, with_project_limits
from perfkit.storage.targets import TargetTable, default_name, versioned_name
from perfkit.targets import written
from perfkit.targets.programs import program_of
from perfkit.targets.relocation import files
from perfkit.targets.resolve import described, resolve, resolve_command, resolve_table
from perfkit.targets.versions.commits import at_ref
from perfkit.views.console import stderr
from perfkit.views.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.commands.choices import Choices
    from perfkit.model.scenario import Scenario, TargetSpec
    from perfkit.storage.journal import Journal, Record
    from perfkit.storage.project import Project
    from perfkit.storage.scenarios import ScenarioFile

# What makes an experiment, by the names of ``Choices``: a run that goes on keeps it.
FIXED = (
    *("cluster", "scenarios", "targets", "command", "base", "ready", "limits", "cells"),
    *("build", "shape", "pods", "seed", "link", "network", "trace", "settings"),
)
DEFAULT_CLIENTS = ("kubernetes", "lightkube", "lean")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A scenario ready to run; ``base`` is the target that others are compared with, None for a ranking."""

    scenario: Scenario
    base: str | None
    warnings: tuple[str, ...] = ()


def prepare(choices: Choices, clients: tuple[str, ...] = DEFAULT_CLIENTS) -> list[Prepared]:
    """Resolve scenarios, targets and overrides; where nothing names a target, it is those of ``clients`` that are here.

    Raises UsageError and ScenarioError.
    """
    project = find_project()
    return [_prepare_one(file, choices, _Context(project, clients)) for file in asked_scenarios(choices, project)]


def asked_scenarios(choices: Choices, project: Project | None) -> list[ScenarioFile]:
    """The scenarios asked for, of a matrix its cells. Raises UsageError and ScenarioError."""
    names = choices.scenarios or (project.scenario if project else "startup",)
    files = [file for name in dict.fromkeys(names) for file in find_scenarios(name, _said(choices))]
    wanted = [file for file in files if _is_chosen(file.scenario.name, choices.cells or "")]
    if not wanted:
        raise UsageError(f"-k {choices.cells}: no such cell", f"there are {', '.join(f.scenario.name for f in files)}")
    return wanted


def _is_chosen(name: str, text: str) -> bool:
    """Whether a cell's name holds ``text``; with "not " before it, whether it does not."""
    without = text.removeprefix("not ")
    return text in name if without == text else without not in name


def _said(choices: Choices) -> dict[str, str | int | float | None]:
    """What the command line says in place of the file; None where an option of its own does that later."""
    options = {"cluster.shape": choices.shape, "cluster.pods": choices.pods, "cluster.seed": choices.seed}
    options |= {"link.name": choices.link, "repeat.max_time": choices.max_time}
    later = [axis for axis, value in options.items() if value is not None]
    return dict.fromkeys([*later, *(f"link.{key}" for key in choices.network)]) | dict(map(_setting, choices.settings))


def _setting(written: str) -> tuple[str, str | int | float]:
    """``busy/duration=2 h`` as axis and value; a number is one. Raises UsageError."""
    axis, equals, value = (part.strip() for part in written.partition("="))
    if not axis or not equals or not value:
        raise UsageError(f"--set {written!r} is not KEY=VALUE", "such as --set 'busy/duration=2 h'")
    for number in (int, float):
        with contextlib.suppress(ValueError):
            return axis, number(value)
    return axis, value


@dataclass(frozen=True, slots=True)
class _Context:
    """What stands in for what was not said."""

    project: Project | None
    clients: tuple[str, ...]


def _prepare_one(file: ScenarioFile, choices: Choices, context: _Context) -> Prepared:
    targets, warnings = _targets(file, choices, context)
    own = file.base if file.base in {target.name for target in targets} else None
    targets, base = _with_base(targets, choices.base or own)
    scenario = with_cluster(_overridden(file.scenario, choices), choices)
    if context.project is not None:
        scenario = with_project_limits(scenario, context.project.limits)
    scenario = limited(scenario, choices.limits)
    return Prepared(with_terminals(msgspec.structs.replace(scenario, targets=targets)), base, warnings)


def limited(scenario: Scenario, said: Sequence[str]) -> Scenario:
    """The scenario with limits of the command line, all of its limits checked. Raises UsageError, ScenarioError."""
    limits = parse_limits(said)
    check_steps(limits, scenario.name, scenario.steps)
    scenario = with_limits(scenario, limits)
    for each in scenario.limits:
        metric = named(each.metric)
        if metric.pass_ == "trace" and scenario.pass_ != "trace":
            raise ScenarioError(
                f"{scenario.name}: {metric.name} is only known where trials are traced",
                'add pass = "trace" to the scenario, or --trace samples',
            )
        for limit in each.limits:
            check_limit(metric, limit)
    return scenario


def _overridden(scenario: Scenario, choices: Choices) -> Scenario:
    max_time = parse_duration(choices.max_time) if choices.max_time else None
    if choices.runs is not None and max_time is None:
        max_time = UNLIMITED
    return override(
        _linked(scenario, choices),
        shape=choices.shape,
        pods=choices.pods,
        seed=choices.seed,
        pairs=(choices.runs,) if choices.runs is not None else None,
        warmup=choices.warmup,
        max_time=max_time,
        pass_="trace" if choices.trace else None,
        trace=_trace(choices.trace) if choices.trace else None,
    )


def _trace(asked: Sequence[str]) -> Trace:
    return Trace(threads="threads" in asked, runtime="runtime" in asked)


def _linked(scenario: Scenario, choices: Choices) -> Scenario:
    """The scenario over the link that the command line names, or over its own as the command line changes it."""
    link = find_link(choices.link) if choices.link is not None else scenario.link
    return msgspec.structs.replace(scenario, link=with_options(link, choices.network))


def _targets(file: ScenarioFile, choices: Choices, context: _Context) -> tuple[tuple[TargetSpec, ...], tuple[str, ...]]:
    """What was said nearest: the command line, then the scenario, then the project, then the bundled clients."""
    ready = parse_ready(choices.ready, "--ready") if choices.ready else None
    said = [
        _at_ref(text, file, choices, context) if is_commit(text) else resolve(text, ready=ready, tell=_tell)
        for text in choices.targets
    ]
    if choices.command:
        said.append(resolve_command(choices.command, ready=ready))
    if said:
        return tuple(said), ()
    tables = file.targets or (context.project.targets if context.project else ())
    if tables:
        return tuple(resolve_table(table, tell=_tell) for table in tables), ()
    if not context.clients:
        raise UsageError(f"{file.scenario.name}: no target is named", "name it with -t, or in perfkit.toml")
    return _default_targets(context.clients)


def is_commit(text: str) -> bool:
    """Whether a target is written as the project's own at a commit: ``git:REF``. Raises UsageError."""
    return isinstance(written.read(text).source, GitRef)


def _at_ref(text: str, file: ScenarioFile, choices: Choices, context: _Context) -> TargetSpec:
    """The project's own target, or a command, as a commit has it."""
    asked, project = written.read(text), bundled.project_root()
    assert isinstance(asked.source, GitRef)
    tables = file.targets or (context.project.targets if context.project else ())
    if asked.words:
        tables = (TargetTable(name=default_name(program_of(asked.words)), command=asked.words),)
    if len(tables) != 1:
        raise UsageError(
            f"-t {text}: the project's own target at a commit, but {counted(len(tables), 'target')} in perfkit.toml",
            f"say what to run: -t '{asked.origin} -- ./my-client'",
        )
    target = described(tables[0])
    if choices.ready:
        target = msgspec.structs.replace(target, ready=parse_ready(choices.ready, "--ready"))
    spec = at_ref(target, asked.source, (project, choices.build), _tell)
    name = asked.name or versioned_name(target.name, asked.source.ref)
    return msgspec.structs.replace(spec, name=name, origin=asked.origin)


def _tell(text: str) -> None:
    stderr().print(text, markup=False, soft_wrap=True, style="dim")


def _default_targets(clients: tuple[str, ...]) -> tuple[tuple[TargetSpec, ...], tuple[str, ...]]:
    """The bundled clients that can run here; what is missing is told, not fatal: nobody asked for it by name."""
    found, warnings = [], []
    for name in clients:
        try:
            found.append(resolve(name))
        except UsageError as error:
            warnings.append(f"left out {name}: {error.message}; {error.advice}")
    return tuple(found), tuple(warnings)


def _with_base(targets: tuple[TargetSpec, ...], base: str | None) -> tuple[tuple[TargetSpec, ...], str | None]:
    """The base: the one named, which makes all targets versions of one program; else the first of two."""
    names = [target.name for target in targets]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"two targets are named {twice[0]!r}", "name them: -t base=CLIENT -t head=CLIENT")
    if base is None:
        return targets, names[0] if len(targets) == 2 else None
    if base not in names:
        raise UsageError(f"--base {base}: no such target", f"targets are {', '.join(names)}")
    if len(targets) < 2:
        raise ScenarioError(f"--base {base}: there is nothing to compare it with", "give a second target with -t")
    return as_versions(targets, base), base


def as_versions(targets: tuple[TargetSpec, ...], base: str) -> tuple[TargetSpec, ...]:
    """All targets declared versions of one program, that of the base, so that worse means regressed."""
    program = next(target.program for target in targets if target.name == base)
    return tuple(msgspec.structs.replace(target, program=program) for target in targets)


def prepare_resumed(choices: Choices, journal: Journal) -> list[Prepared]:
    """What a journal began, with more time or more trials if the command line says so.

    Raises:
        UsageError: the command line asks for another experiment.
    """
    named = [name for name in FIXED if getattr(choices, name)]
    if named:
        raise UsageError(
            f"--resume goes on with what was begun; {', '.join(named)} cannot change",
            "with it go --label, --max-time, -r, -o",
        )
    return [_resumed(record, choices) for record in journal.records.values()]


def _resumed(record: Record, choices: Choices) -> Prepared:
    header = record.header
    scenario = msgspec.structs.replace(header.scenario, repeat=record.repeat)
    for target in scenario.targets:
        if target.origin.startswith("git:"):
            _demand_files(target)
            continue
        text = target.origin or target.client
        if text is None:
            continue
        now = resolve(f"{target.name}={text}", ready=target.ready, tell=_tell)
        if now.version != target.version or now.toolchain != target.toolchain:
            raise UsageError(
                f"target {target.name} is not what it was: {target.version} then, {now.version} now",
                "start a new run, without --resume",
            )
    return Prepared(_overridden(scenario, choices), header.base)


def _demand_files(target: TargetSpec) -> None:
    """A work tree of the cache may be gone since. Raises UsageError."""
    if not files(target):
        raise UsageError(f"target {target.name}: its files are no longer in the cache", "start a new run")
