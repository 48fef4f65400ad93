"""The proof of a link as a person reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.model.units import format_bit_rate, format_value
from perfkit.views.console import stdout
from perfkit.views.grids import Grid
from perfkit.views.tables import say, show_grid, show_notes

if TYPE_CHECKING:
    from perfkit.network.proof import Check, Proof

BAR = 40  # columns of the longest bar
OCTAVES = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000)  # µs


def show_proof(proof: Proof) -> None:
    """The table of what was asked for and measured, the histogram of lateness, and doubts."""
    console = stdout()
    rows = [
        (check.name, _text(check, check.asked), _text(check, check.measured), _error(check), f"{check.n:,}")
        for check in proof.checks
    ]
    show_grid(console, Grid(f"link {described(proof)}", ("", "asked", "measured", "error", "n"), list(rows)))
    say(console, f"played by {proof.how}")
    if proof.backend == "relay":
        for line in lateness(proof):
            say(console, line)
    show_notes(console, notes(proof))


def described(proof: Proof) -> str:
    """``vpn: 60 ms, 20/20 Mbit/s, 0.5 % loss``."""
    link = proof.link
    parts = [f"{link.rtt * 1e3:g} ms"]
    if link.jitter:
        parts.append(f"± {link.jitter * 1e3:g} ms each way")
    if link.down or link.up:
        parts.append(f"{_rate(link.down)} down, {_rate(link.up)} up")
    if link.loss:
        parts.append(f"{link.loss * 100:g} % loss each way")
    return f"{link.name}: {', '.join(parts)}"


def notes(proof: Proof) -> list[str]:
    """What to know before believing the numbers."""
    found = ["· rates count headers; all but loss is measured with loss off, loss at a round trip of 2 ms"]
    if proof.why:
        found.append(f"· --backend auto took {proof.backend}: {proof.why}")
    if proof.stats.late:
        found.append("! the relay was late: p99 above 1 ms; the machine, not the link, may have set these numbers")
    return found


def lateness(proof: Proof) -> list[str]:
    """How late the relay was, in a line and as a histogram. Another back end has nobody who could be."""
    stats = proof.stats
    return [
        f"relay late: p50 {_micro(stats.late_p50)}, p99 {_micro(stats.late_p99)} ({proof.timer})",
        *histogram(stats.lateness),
    ]


def histogram(lateness: tuple[tuple[int, int], ...]) -> list[str]:
    """A bar for each step of 10, 20, 50 … µs that was needed."""
    counts = [0] * (len(OCTAVES) + 1)
    for bound, count in lateness:
        counts[next((place for place, edge in enumerate(OCTAVES) if bound <= edge * 1000), len(OCTAVES))] += count
    labels = [*(f"≤ {edge} µs" for edge in OCTAVES), f"> {OCTAVES[-1]} µs"]
    most = max(counts) or 1
    return [
        f"  {label:>9} {count:>8,} {'▇' * round(BAR * count / most)}".rstrip()
        for label, count in zip(labels, counts, strict=True)
        if count
    ]


def _text(check: Check, value: float) -> str:
    if check.kind == "bits":
        return format_bit_rate(float(f"{value:.4g}"))
    return f"{value * 1e3:.2f} ms" if check.kind == "time" else format_value(value, "ratio")


def _error(check: Check) -> str:
    difference = check.measured - check.asked
    if check.kind == "time":
        return f"{difference * 1e3:+.2f} ms"
    return f"{difference * 100:+.2f} points" if check.kind == "ratio" else f"{difference / check.asked * 100:+.1f} %"


def _rate(rate: float) -> str:
    return format_bit_rate(rate) if rate else "unlimited"


def _micro(ns: int) -> str:
    return f"{ns / 1000:.0f} µs"
