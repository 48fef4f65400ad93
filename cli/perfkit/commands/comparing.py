"""``perfkit compare`` from arguments to exit code."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import TYPE_CHECKING

import msgspec

from perfkit.commands.asked_metrics import check_patterns, with_metrics
from perfkit.commands.exit_codes import across_sessions, exit_code, worst
from perfkit.commands.explaining import NONE, Case, explained, side_by_side
from perfkit.commands.floors import with_floors
from perfkit.commands.gating import tell
from perfkit.commands.matching import Side, Version, comparable, compare_sides, match, name_of
from perfkit.commands.output import Shown, of_result
from perfkit.commands.preparation import limited
from perfkit.commands.sweeping import Cell, folded, folded_changes
from perfkit.errors import Exit, NotComparableError, ResultError, ScenarioError, UsageError
from perfkit.model.catalogue import BY_NAME, metric_of
from perfkit.statistics.analysis import Comparison, analyse
from perfkit.statistics.gates import every, gates, nothing
from perfkit.statistics.versions import line_up
from perfkit.statistics.work import work_seen
from perfkit.storage import results
from perfkit.storage.names import did_you_mean
from perfkit.views.data import COMPARE_SCHEMA
from perfkit.views.evidence import told
from perfkit.views.explain import Evidence
from perfkit.views.notes import comparison_notes
from perfkit.views.overview import gravity, overview, worst_row
from perfkit.views.text import counted, headline
from perfkit.views.timeline import timelines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from perfkit.commands.formats import CheckOutput
    from perfkit.commands.matching import Compared, Match
    from perfkit.model.result import Result
    from perfkit.statistics.gates import Gate
    from perfkit.storage.results import Loaded
    from perfkit.views.grids import Grid


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line. ``words`` are results, and with ``explain`` metrics among them."""

    words: tuple[str, ...]
    limits: tuple[str, ...]
    explain: bool
    plot: bool
    output: CheckOutput
    fails: bool  # whether a regression between two sessions is exit code 1
    strict: bool
    timeline: bool = False
    shown: tuple[str, ...] = ()  # patterns of metrics to show beside the usual ones
    profilers: str = NONE  # with which both sides of a regression are profiled before it is explained

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics whose verdicts are to be explained; none: the worst."""
        return tuple(word for word in self.words if self.explain and _is_metric(word))

    @property
    def names(self) -> tuple[str, ...]:
        """What names results."""
        return tuple(word for word in self.words if word not in self.metrics)


def _is_metric(word: str) -> bool:
    try:
        return metric_of(word) is not None
    except ScenarioError:
        return False


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to show, with the comparisons in it that explanations, gates and exit codes are about."""

    name: str
    shown: Shown
    code: Exit
    evidence: list[Evidence] = field(default_factory=list)
    cell: Cell | None = None  # what it shows by itself, where it can be folded with others of a matrix
    program: str = ""  # which one it compares, of several
    sides: tuple[Side, ...] = ()  # whose trials it is about; of a sweep cell by cell

    @property
    def group(self) -> tuple[str, ...]:
        """Equal for the cells of one matrix."""
        sweep = self.cell.result.scenario.sweep if self.cell else ""
        return (sweep, self.program) if sweep else (self.name, self.program, self.shown.scenario)


def compare_all(asked: Asked) -> Exit:
    """Show stored results, or compare them; the exit code.

    Raises:
        NotComparableError: fingerprints forbid any comparison.
        ResultError, UsageError: a result is not there, not readable or not clear, or a limit is none.
    """
    findings, remarks = find(asked)
    if asked.explain:
        findings = _explained(findings, asked)
    tell(asked.output, _page(findings, remarks, asked), COMPARE_SCHEMA, _gates(findings, asked))
    return worst(each.code for each in findings)


def find(asked: Asked) -> tuple[list[Finding], list[str]]:
    """What there is to show, the gravest first, and remarks on how the arguments were understood. Raises as above."""
    findings, remarks = _stored(asked) if len(asked.names) < 2 else _compared(asked)
    return _worst_first(findings), remarks


# ---- one stored result


def _stored(asked: Asked) -> tuple[list[Finding], list[str]]:
    """The results of one argument, or of the latest label, as they are."""
    loaded = _load(asked.names[0], asked) if asked.names else results.load_all_latest()
    if loaded[0].target is not None:
        raise UsageError(
            f"{asked.names[0]} is one target: compare it with what?", "give a second result, or leave #… away"
        )
    return _together([_as_it_is(each, asked) for each in loaded], partial(_sweep, asked=asked)), _remarks(loaded)


def _together(found: Iterable[Finding], fold: Callable[[Sequence[Finding]], Shown]) -> list[Finding]:
    """Findings, those of the cells of one matrix folded into one."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for each in found:
        groups.setdefault(each.group, []).append(each)
    return [parts[0] if len(parts) == 1 else _one(parts, fold(parts)) for parts in groups.values()]


def _one(parts: Sequence[Finding], shown: Shown) -> Finding:
    return Finding(
        name=shown.scenario,
        shown=msgspec.structs.replace(shown, plots=parts[0].shown.plots),
        code=worst(each.code for each in parts),
        evidence=[evidence for each in parts for evidence in each.evidence],
        sides=tuple(side for each in parts for side in each.sides),
    )


def _sweep(parts: Sequence[Finding], asked: Asked) -> Shown:
    return folded([each.cell for each in parts if each.cell], asked.shown)


def _changes(parts: Sequence[Finding], asked: Asked) -> Shown:
    comparisons = [each.evidence[0].comparison for each in parts]
    return folded_changes([each.cell for each in parts if each.cell], comparisons, asked.shown)


def _as_it_is(loaded: Loaded, asked: Asked) -> Finding:
    result = _limited(loaded.result, asked)
    check_patterns([result], asked.shown)
    shown = of_result(result, analyse(result), str(loaded.path))
    evidence = [side_by_side(each, result) for each in shown.sections if isinstance(each, Comparison)]
    shown = msgspec.structs.replace(shown, plots=asked.plot, below=_timelines(result, asked))
    return Finding(
        name=result.scenario.name,
        shown=shown,
        code=exit_code(shown.sections, strict=asked.strict),
        evidence=evidence,
        cell=Cell(result, shown),
        sides=tuple(Side(result.label, result, loaded.path, spec.name) for spec in result.scenario.targets),
    )


def _timelines(result: Result, asked: Asked) -> list[Grid]:
    return timelines(result) if asked.timeline else []


# ---- two or more


def _compared(asked: Asked) -> tuple[list[Finding], list[str]]:
    """Everything that the arguments have in common, compared; what must not be is told."""
    loaded = [_load(word, asked) for word in asked.names]
    matched = match([Version(name_of(word), each) for word, each in zip(asked.names, loaded, strict=True)])
    remarks = [remark for each in loaded for remark in _remarks(each)] + matched.remarks
    several = len({each.program for each in matched.matches}) > 1
    findings: list[Finding] = []
    refused: list[NotComparableError] = []
    for each in matched.matches:
        try:
            findings.append(_finding(each, f"{each.scenario} {each.program}" if several else each.scenario, asked))
        except NotComparableError as error:
            refused.append(error)
            remarks.append(f"! {each.scenario}, {each.program}: {error.message}")
    if not findings:
        raise refused[0]
    if refused:
        findings[-1] = replace(findings[-1], code=worst((findings[-1].code, Exit.UNCLEAR)))
    return _together(findings, partial(_changes, asked=asked)), list(dict.fromkeys(remarks))


def _finding(found: Match, name: str, asked: Asked) -> Finding:
    sides, reasons = comparable(found.sides)
    limits = _limited(sides[-1].result, asked).scenario.limits
    sides = tuple(_with_limits(side, limits, asked) for side in sides)
    check_patterns([side.result for side in sides], asked.shown)
    finding = _two(sides[0], sides[1], asked) if len(sides) == 2 else _more(sides, asked)
    shown = msgspec.structs.replace(finding.shown, notes=[*reasons, *finding.shown.notes])
    code = worst((finding.code, Exit.UNCLEAR)) if reasons else finding.code
    cell = Cell(finding.cell.result, shown) if finding.cell else None
    return replace(finding, name=name, shown=shown, code=code, cell=cell, program=found.program)


def _two(base: Side, head: Side, asked: Asked) -> Finding:
    compared = compare_sides(base, head)
    (comparison,) = with_floors([compared.comparison], head.result)
    assert isinstance(comparison, Comparison)
    differences = _differences(compared)
    data = {"base": str(base.path), "head": str(head.path), "paired": comparison.paired}
    shown = Shown(
        title="\n".join([headline(head.result), *([] if comparison.paired else [f"{base.named} → {head.named}"])]),
        scenario=head.result.scenario.name,
        sections=[comparison],
        notes=[*comparison_notes(comparison), *differences, _evidence((base, head))],
        data={"scenario": head.result.scenario.name, "at": head.result.scenario.at, **data},
        plots=asked.plot,
        below=[grid for result in _both(base, head) for grid in _timelines(result, asked)],
    )
    evidence = Evidence(comparison, base.result, head.result, tuple(each.lstrip("! ") for each in differences))
    return Finding(
        name=shown.scenario,
        shown=shown,
        code=across_sessions(comparison, strict=asked.strict, fails=asked.fails),
        evidence=[evidence],
        cell=Cell(head.result, shown),
        sides=(base, head),
    )


def _evidence(sides: Sequence[Side]) -> str:
    """What each side did, in the words of a run's table."""
    named = zip(_told_apart(sides), sides, strict=True)
    return told({name: work_seen(side.result.trials, side.target) for name, side in named})


def _both(base: Side, head: Side) -> list[Result]:
    return [base.result] if base.result is head.result else [base.result, head.result]


def _more(sides: Sequence[Side], asked: Asked) -> Finding:
    """Three or more: a column each. The newest against the first is what is gated and explained."""
    compare = cache(lambda base, head: compare_sides(sides[base], sides[head]))
    names = _told_apart(sides)
    section = line_up(names, lambda base, head: compare(base, head).comparison)
    newest = _two(sides[0], sides[-1], asked)
    notes = [
        f"{note[:2]}{names[place]}: {note[2:]}"
        for place in range(1, len(sides))
        for note in _differences(compare(0, place))
    ]
    scenario = sides[-1].result.scenario.name
    versions = [
        {"name": name, "label": side.result.label, "target": side.target, "path": str(side.path)}
        for name, side in zip(names, sides, strict=True)
    ]
    shown = Shown(
        title=headline(sides[-1].result),
        scenario=scenario,
        sections=[section],
        notes=[*notes, _evidence(sides)],
        data={"scenario": scenario, "versions": versions},
    )
    return Finding(scenario, shown, newest.code, newest.evidence, sides=tuple(sides))


def _told_apart(sides: Sequence[Side]) -> list[str]:
    """The shortest names that differ: of versions, of the targets of one run, else of both."""
    named = (
        [side.version for side in sides],
        [side.target for side in sides if side.version == sides[0].version],
    )
    return next((names for names in named if len(set(names)) == len(sides)), [side.named for side in sides])


def _differences(compared: Compared) -> list[str]:
    """What makes a comparison doubtful, then what is expected to differ."""
    allowed = compared.allowed
    doubts = [f"! differs: {each}" for each in (*allowed.machine, *allowed.warnings)]
    between = ["! two kinds of cluster: what differs may be the clusters'"] if allowed.clusters else []
    return [*between, *doubts, *(f"  {each}" for each in (*allowed.clusters, *allowed.target))]


# ---- arguments


def _load(word: str, asked: Asked) -> tuple[Loaded, ...]:
    """All results of an argument; where it may be a metric mistyped, the error says so."""
    try:
        return results.load_all(word)
    except ResultError as error:
        meant = did_you_mean(word, BY_NAME) if asked.explain else ""
        raise ResultError(error.message, f"or a metric: {meant}" if meant else error.advice) from None


def _remarks(loaded: Sequence[Loaded]) -> list[str]:
    """Which labels stand for git refs."""
    return [f"  {remark}" for remark in dict.fromkeys(each.remark for each in loaded) if remark]


def _limited(result: Result, asked: Asked) -> Result:
    """The result with the limits of the command line, and the metrics that these and the command line name."""
    patterns = (*asked.shown, *asked.metrics)
    return with_metrics(msgspec.structs.replace(result, scenario=limited(result.scenario, asked.limits)), patterns)


def _with_limits(side: Side, limits: tuple[object, ...], asked: Asked) -> Side:
    scenario = msgspec.structs.replace(side.result.scenario, limits=limits)
    result = with_metrics(msgspec.structs.replace(side.result, scenario=scenario), (*asked.shown, *asked.metrics))
    return Side(side.version, result, side.path, side.target)


# ---- what is told


def _worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Findings with comparisons before others, the gravest first, else by name."""

    def place(finding: Finding) -> tuple[bool, tuple[int, float], str]:
        gravest = min((gravity(each.comparison) for each in finding.evidence), default=(0, 0.0))
        return not finding.evidence, gravest, finding.name

    return sorted(findings, key=place)


def _explained(findings: Sequence[Finding], asked: Asked) -> list[Finding]:
    """The verdicts asked for explained, both sides profiled first where one became worse. Raises UsageError."""
    cases = [_cases(finding, asked.metrics) for finding in findings]
    if not any(cases):
        raise UsageError("nothing is compared, so there is no verdict to explain", "name two results")
    from perfkit.commands.capturing import capture_sides  # it can open clusters, which few comparisons need

    capture_sides(itertools.chain.from_iterable(cases), asked.profilers)
    return [_with_explanations(finding, own) for finding, own in zip(findings, cases, strict=True)]


def _cases(finding: Finding, metrics: Sequence[str]) -> list[Case]:
    """The rows of the metrics that are named, else of the worst one. Raises UsageError."""
    found = []
    for evidence in finding.evidence:
        rows = {row.metric.name: row for row in evidence.comparison.rows}
        missing = [name for name in metrics if name not in rows]
        if missing:
            raise UsageError(f"{finding.name} has no {missing[0]}", f"it has {', '.join(rows)}")
        worst_of_all = worst_row(evidence.comparison) or evidence.comparison.rows[0]
        found.append(Case(evidence, tuple(rows[name] for name in metrics) or (worst_of_all,)))
    return found


def _with_explanations(finding: Finding, cases: Iterable[Case]) -> Finding:
    told = [each for case in cases for each in explained(case)]
    return replace(finding, shown=msgspec.structs.replace(finding.shown, explanations=told))


def _page(findings: Sequence[Finding], remarks: list[str], asked: Asked) -> list[Shown]:
    """The findings, below a summary where there are several; in formats for programs without one."""
    shown = [each.shown for each in findings]
    named = [(_named(each, evidence), evidence.comparison) for each in findings for evidence in each.evidence]
    if len(findings) == 1 or not named or asked.output in {"json", "csv"}:
        shown[0] = msgspec.structs.replace(shown[0], notes=[*shown[0].notes, *remarks])
        return shown
    title = " → ".join(asked.names) or findings[0].evidence[0].head.label
    heading = f"{title} · {counted(len(named), 'comparison')}, worst first"
    summary = Shown(title=heading, scenario="", sections=[], notes=remarks, data={}, grids=[overview(named)])
    return [summary, *shown]


def _named(finding: Finding, evidence: Evidence) -> str:
    """What a comparison is called: as its finding, or as its cell where that has several."""
    return finding.name if len(finding.evidence) == 1 else evidence.head.scenario.name


def _gates(findings: Iterable[Finding], asked: Asked) -> list[Gate]:
    """What would fail a build: of versions of one program, and between sessions only where that is asked for."""
    return [
        gate
        for finding in findings
        for each in finding.evidence
        if each.comparison.versions
        for gate in gates(
            _named(finding, each), each.comparison, every if each.comparison.paired or asked.fails else nothing
        )
    ]
