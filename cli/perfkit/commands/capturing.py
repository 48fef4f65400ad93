"""Profiles of both sides of what regressed, captured for its explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.commands.explaining import FITTING, NONE, Case, profiled
from perfkit.commands.preparation import Prepared
from perfkit.commands.profiling import profile_each, tell, window_of
from perfkit.errors import InterruptedRunError, PerfkitError
from perfkit.measure.machine import machine_facts
from perfkit.profilers.tools import find_tools
from perfkit.storage import labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perfkit.model.metrics import Metric
    from perfkit.profilers.tools.tool import Tool
    from perfkit.statistics.analysis import Row
    from perfkit.views.explain import Evidence

OF_TIME: Final = "py-spy,pprof,perf"  # of several that could be used the first
OF_MEMORY: Final = "memray,pprof-heap"
Job = tuple[str, str]  # names of profilers, and the step that is looked at; empty: the whole life


def capture_sides(cases: Iterable[Case], profilers: str) -> None:
    """Profile base and head of what became worse; the files lie beside the result of the run they are targets of.

    ``profilers``: their names, FITTING or NONE. What cannot be profiled is told, and explained without.

    Raises:
        UsageError: no such profiler.
        InterruptedRunError: Ctrl-C.
    """
    named = None if profilers in {FITTING, NONE} else find_tools(profilers)
    for case in cases if profilers != NONE else ():
        worse = [row for row in case.rows if row.verdict == "regressed" or row.broken]
        jobs = [] if not worse else [(named, "")] if named else list(_fitting(worse, case.evidence))
        if jobs and not (problem := _not_here(case.evidence)):
            _capture(case.evidence, jobs)
        elif jobs:
            tell(f"! {case.evidence.head.scenario.name}: not profiled: {problem}")


def _not_here(evidence: Evidence) -> str:
    """Why a capture now would show something else than what was measured; empty: it would not."""
    if not evidence.comparison.paired:
        return "base and head are of two runs: profile each while it is installed"
    if evidence.head.fingerprint.machine not in ({}, machine_facts()):
        return "it was measured on another machine: profile it there"
    return ""


def _fitting(rows: Iterable[Row], evidence: Evidence) -> Iterator[tuple[Sequence[Tool], str]]:
    """For each kind of metric the first profiler that both targets can be profiled with, unless both were."""
    done = profiled(evidence)
    for names, step in dict.fromkeys(_job(row.metric) for row in rows if row.metric.kind != "count"):
        tools = find_tools(names)
        if {".".join(filter(None, (step, tool.name))) for tool in tools} & done.keys():
            continue
        obstacles = [(tool, _obstacle(tool, evidence, step)) for tool in tools]
        usable = [tool for tool, obstacle in obstacles if not obstacle]
        if usable:
            _tell_missing(evidence, obstacles[: tools.index(usable[0])], usable[0])
            yield usable[:1], step
        else:
            told = "; ".join(f"{tool.name}: {obstacle}" for tool, obstacle in obstacles)
            tell(f"! {evidence.head.scenario.name}: not profiled: {told}")


def _tell_missing(evidence: Evidence, better: Iterable[tuple[Tool, str]], used: Tool) -> None:
    """Of the profilers that come before the used one: those that would do once they were installed."""
    for tool, obstacle in better:
        if obstacle.startswith("not installed"):
            tell(f"! {evidence.head.scenario.name}: profiled with {used.name}; {tool.name} is {obstacle}")


def _job(metric: Metric) -> Job:
    """Memory profilers see a whole life; the time that a step takes is looked at in that step."""
    name = metric.parsed
    return (OF_MEMORY, "") if name.whole.startswith("memory") else (OF_TIME, name.step or "")


def _obstacle(tool: Tool, evidence: Evidence, step: str) -> str:
    window = window_of(evidence.head.scenario, step)
    sides = (evidence.comparison.base, evidence.comparison.head)
    return next(filter(None, (tool.obstacle(target, window) for target in sides)), "")


def _capture(evidence: Evidence, jobs: Iterable[tuple[Sequence[Tool], str]]) -> None:
    targets = (evidence.comparison.base, evidence.comparison.head)
    scenario = msgspec.structs.replace(evidence.head.scenario, targets=targets)
    folder = labels.find_label(evidence.head.label).folder
    for tools, step in jobs:
        try:
            profile_each([Prepared(scenario, None)], tools, step, folder)
        except InterruptedRunError:
            raise
        except PerfkitError as error:  # a verdict without its reason is better than none
            tell(f"! {scenario.name}: not profiled: {error.message}")
