"""``perfkit compare`` from arguments to exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.commands.exit_codes import exit_code
from perfkit.commands.output import Output, Shown, of_result, show
from perfkit.errors import UsageError
from perfkit.statistics.analysis import analyse, compare_paired, compare_unpaired
from perfkit.storage import fingerprint, results
from perfkit.views.data import COMPARE_SCHEMA
from perfkit.views.notes import comparison_notes
from perfkit.views.text import headline

if TYPE_CHECKING:
    from perfkit.errors import Exit
    from perfkit.statistics.analysis import Comparison, Section
    from perfkit.storage.fingerprint import Comparability
    from perfkit.storage.results import Loaded


def compare_all(base: str | None, head: str | None, output: Output, *, strict: bool) -> Exit:
    """Show a stored result, or compare two; the exit code.

    Raises:
        NotComparableError: fingerprints forbid any comparison.
        ResultError, UsageError: a result is not there, not readable or not clear.
    """
    if head is None:
        loaded = results.load(base) if base else results.load_latest()
        if loaded.target is not None:
            raise UsageError(f"{base} is one target: compare it with what?", "give a second result, or leave #… away")
        sections = analyse(loaded.result)
        shown = of_result(loaded.result, sections, str(loaded.path))
    else:
        assert base is not None
        shown = _compare(results.load(base), results.load(head))
        sections = shown.sections
    show(output, [shown], COMPARE_SCHEMA)
    return exit_code(sections, strict=strict)


def _compare(base: Loaded, head: Loaded) -> Shown:
    """Paired where both are targets of one run, else unpaired, as far as the fingerprints allow."""
    if base.path.resolve() == head.path.resolve():
        pair = _target(base), _target(head)
        if pair[0] == pair[1]:
            raise UsageError("both sides are the same target of the same run", "name two: LABEL#BASE LABEL#HEAD")
        comparison = compare_paired(base.result, *pair)
        differences = [
            f"  {each}" for each in fingerprint.compare_targets(base.result, pair[0], base.result, pair[1]).target
        ]
        return _shown(head, comparison, differences)
    pair = _target(base), _target(head)
    allowed = fingerprint.compare_targets(base.result, pair[0], head.result, pair[1])
    allowed.demand()
    refused = _refused(head, allowed)
    comparison = compare_unpaired((base.result, pair[0]), (head.result, pair[1]), refused)
    remarks = [f"! differs: {each}" for each in (*allowed.machine, *allowed.warnings)]
    return _shown(head, comparison, [*remarks, *(f"  {each}" for each in allowed.target)])


def _refused(head: Loaded, allowed: Comparability) -> dict[str, str]:
    reason = "another machine (" + "; ".join(map(str, allowed.machine)) + ")"
    return {metric.name: reason for metric in head.result.metrics if not allowed.allows(metric)}


def _target(loaded: Loaded) -> str:
    """The target asked for, or the only one."""
    names = [target.name for target in loaded.result.scenario.targets]
    if loaded.target is not None:
        return loaded.target
    if len(names) > 1:
        label = loaded.result.label
        raise UsageError(f"{label} has targets {', '.join(names)}", f"pick one: {label}#{names[0]}")
    return names[0]


def _shown(head: Loaded, comparison: Comparison, remarks: list[str]) -> Shown:
    sections: list[Section] = [comparison]
    return Shown(
        title=headline(head.result),
        scenario=head.result.scenario.name,
        sections=sections,
        notes=[*comparison_notes(comparison), *remarks],
        data={"scenario": head.result.scenario.name, "head": str(head.path), "paired": comparison.paired},
    )
