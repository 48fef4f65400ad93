"""Phrases that several views share."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from perfkit.model.units import format_beside, format_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.model.limits import Limit
    from perfkit.model.metrics import Metric
    from perfkit.model.result import Result
    from perfkit.statistics.analysis import Summary

LATE_MARK: Final = "~"
LATE_NOTE: Final = f"{LATE_MARK} the link's relay was late in some of these trials, and may have set the time"

NAMED: Final = 6  # targets that a line names one by one
MINUS = "−"  # as wide as a plus sign


def headline(result: Result) -> str:
    """``startup · mock small 1,000 pods seed 1 · direct``: what was run, on what, over what."""
    facts = result.fingerprint.experiment
    cluster = result.scenario.cluster
    pods = int(facts.get("cluster.pods", cluster.pods or 0))
    held = f"{cluster.shape}, {pods:,} pods, seed {cluster.seed}"
    if cluster.kind != "mock":
        held = f"{cluster.name}: {held}" if cluster.populate else cluster.name
    return f"{result.scenario.name} · {cluster.kind} {held} · {result.scenario.link}"


def value(number: float | None, metric: Metric) -> str:
    """A metric's value with its unit, or a dash."""
    return "–" if number is None else format_value(number, metric.kind)


def beside(number: float | None, metric: Metric, limits: Sequence[Limit]) -> str:
    """The same as it stands beside limits, in the units in which they are written."""
    return "–" if number is None else format_beside(number, metric.kind, limits[0].written)


def written(limits: Iterable[Limit]) -> str:
    """Limits as somebody wrote them."""
    return ", ".join(limit.written for limit in limits)


def folded(text: str, width: int) -> str:
    """Lines no wider than that, as far as words allow it, all but the first indented."""
    return textwrap.fill(text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def median(summary: Summary, metric: Metric) -> str:
    """The median of a metric, marked where a late relay of the link may have set some of its values."""
    return f"{value(summary.median, metric)}{f' {LATE_MARK}' if summary.late else ''}"


def percent(change: float | None) -> str:
    """A relative change: ``+5 %``, ``−16 %``, ``+0.4 %``; a dash where it is not known, words where it is infinite."""
    if change is None:
        return "–"
    if change in {float("inf"), float("-inf")}:
        return "fails" if change > 0 else f"{MINUS}fails"
    size = abs(change) * 100
    digits = 0 if size >= 9.95 else 1
    text = f"{size:,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        return "0 %"
    return f"{'+' if change > 0 else MINUS}{text} %"


def unsigned(fraction: float | None) -> str:
    """The size of a change, where its direction does not matter: ``3.1 %``, ``12 %``; a dash where it is not known."""
    return percent(fraction).lstrip(f"+{MINUS}")


def noise_floor(fraction: float | None) -> str:
    """``3.1 %``; ``exact`` where nothing varies; a dash where it is not known."""
    return "exact" if fraction == 0 else unsigned(fraction)


def fixed(number: float, digits: int) -> str:
    """With so many decimals: ``0.62``, ``−0.01``, ``0.00``."""
    return f"{round(number, digits) + 0.0:.{digits}f}".replace("-", MINUS)


def times(ratio: float) -> str:
    """A ratio between different programs: ``1.8 ×``, ``16 ×``."""
    return f"{ratio:.1f} ×" if ratio < 10 else f"{ratio:,.0f} ×"


def counted(number: int, noun: str) -> str:
    """``1 pair``, ``20 pairs``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def span(low: float, high: float) -> str:
    """An interval of relative changes: ``−19 … −13 %``, ``+0.2 … +1.4 %``; ``? `` for an end that is not known."""
    ends = [percent(end) if abs(end) != float("inf") else "?" for end in (low, high)]
    return f"{ends[0].removesuffix(' %')} … {ends[1]}"


def spread(fraction: float | None) -> str:
    """Half the interquartile range over the median: ``± 3 %``; nothing where there is none."""
    if fraction is None:
        return ""
    percentage = fraction * 100
    return f"± {percentage:.0f} %" if percentage >= 0.95 or percentage == 0 else f"± {percentage:.1f} %"
