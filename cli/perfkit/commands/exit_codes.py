"""What a result means to a script (design, section 4): one place for run and compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfkit.errors import Exit
from perfkit.statistics.analysis import Comparison, Ranking, Survey

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.statistics.analysis import Measured, Section

GRAVITY: Final = (Exit.OK, Exit.UNCLEAR, Exit.REGRESSED, Exit.TARGET_FAILED)


def exit_code(sections: Sequence[Section], *, strict: bool) -> Exit:
    """What the sections of one result mean to a script (design, section 4)."""
    return worst(_section_code(section, strict=strict) for section in sections)


def across_sessions(comparison: Comparison, *, strict: bool, fails: bool) -> Exit:
    """The same of a comparison of stored results: unpaired, its metrics fail nothing unless that is asked for.

    A head that fails its trials or an absolute limit does: neither is of the machine's making.
    """
    alone = comparison.broken or comparison.failures.verdict == "regressed"
    if comparison.paired or fails or alone or comparison.overall != "regressed":
        return _comparison_code(comparison, strict=strict)
    return Exit.OK


def worst(codes: Iterable[Exit]) -> Exit:
    """The gravest of several: a confirmed regression outweighs doubt, a target that never worked outweighs both."""
    return max(codes, key=GRAVITY.index, default=Exit.OK)


def _section_code(section: Section, *, strict: bool) -> Exit:
    match section:
        case Comparison():
            return _comparison_code(section, strict=strict)
        case Survey():
            return _measured_code(section.rows)
        case Ranking():
            return worst(_measured_code(rows) for rows in section.rows.values())


def _comparison_code(comparison: Comparison, *, strict: bool) -> Exit:
    """Of different programs a difference is a finding, not a failure; a broken limit or a head that fails is one."""
    if comparison.overall == "failed":
        return Exit.TARGET_FAILED
    fails = comparison.broken or comparison.failures.verdict == "regressed"
    if fails or (comparison.overall == "regressed" and comparison.versions):
        return Exit.REGRESSED
    if strict and comparison.overall == "unclear":
        return Exit.UNCLEAR
    return Exit.OK


def _measured_code(rows: Sequence[Measured]) -> Exit:
    """Of one target, held to no other."""
    if all(row.summary.failed == row.summary.n for row in rows):
        return Exit.TARGET_FAILED
    return Exit.REGRESSED if any(row.broken for row in rows) else Exit.OK
