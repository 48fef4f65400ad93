"""The link beside netem: ``python -m benchmarks.link_accuracy.accuracy [--model] [--runs N] [WORD...]``.

Measures every case whose name has a WORD in it over perfkit's relay on loopback, or over its model alone, and prints
it beside the oracle's stored table with its error and its bound. Exits 1 when a case misses. Needs no root.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from benchmarks.link_accuracy import model, relay, table
from benchmarks.link_accuracy.bounds import judge
from benchmarks.link_accuracy.cases import CASES, Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.link_accuracy.bounds import Outcome

COLUMNS = ("case", "fitted", "runs", "netem p50", "link p50", "error", "netem p90", "link p90", "error", "bound", "")
WIDTHS = (42, 6, 5, 9, 9, 8, 9, 9, 8, 12, 12)


def main() -> None:
    """Measure, print, and say how many miss."""
    options = _parse()
    _print(COLUMNS)
    _print(tuple("-" * width for width in WIDTHS))
    outcomes = list(_outcomes(options))
    missed = [outcome for outcome in outcomes if outcome.misses]
    held, held_missed = ([outcome for outcome in some if outcome.case.held_out] for some in (outcomes, missed))
    print(f"\n{len(outcomes)} cases, {len(missed)} miss; of {len(held)} held out, {len(held_missed)} miss")
    sys.exit(1 if missed else 0)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", metavar="WORD", help="only cases with such a word in their name")
    parser.add_argument("--model", action="store_true", help="the model alone, on an invented clock")
    parser.add_argument("--runs", type=int, help="of a case with chance in it (default: 100, or 1000 with --model)")
    options = parser.parse_args()
    if options.runs is None:
        options.runs = 1000 if options.model else 100
    if options.runs < 1:
        parser.error(f"--runs {options.runs}: at least 1")
    if not list(_chosen(options.words)):
        parser.error(
            f"no case has {' or '.join(options.words)} in its name; they are the first column of {table.ORACLE}"
        )
    return options


def _chosen(words: list[str]) -> Iterator[Case]:
    return (case for case in CASES.values() if not words or any(word in case.name for word in words))


def _outcomes(options: argparse.Namespace) -> Iterator[Outcome]:
    oracle = table.read()
    measure = _by_model if options.model else relay.measure
    for case, seconds in measure(list(_chosen(options.words)), options.runs):
        outcome = judge(case, oracle[case.name], seconds)
        _show(outcome)
        yield outcome


def _by_model(cases: list[Case], runs: int) -> Iterator[tuple[Case, list[float]]]:
    for case in cases:
        yield case, [model.run(case, seed) for seed in range(runs if case.link.random else 1)]


def _show(outcome: Outcome) -> None:
    limits, errors, oracle = outcome.limits, outcome.errors, outcome.oracle
    allowed = [f"{name} {limit:g}" for name in errors if (limit := getattr(limits, name)) is not None]
    _print((
        outcome.case.name,
        "" if outcome.case.held_out else "yes",
        f"{outcome.runs}",
        f"{oracle.p50:.2f}",
        f"{outcome.p50:.2f}",
        f"{errors['p50']:+.2f} {limits.unit}",
        f"{oracle.p90:.2f}",
        f"{outcome.p90:.2f}",
        f"{errors['p90']:+.2f} {limits.unit}",
        f"{', '.join(allowed)} {limits.unit}" if allowed else "",
        outcome.verdict,
    ))  # fmt: skip


def _print(cells: tuple[str, ...]) -> None:
    print("| " + " | ".join(f"{cell:{width}}" for cell, width in zip(cells, WIDTHS, strict=True)) + " |", flush=True)


if __name__ == "__main__":
    main()
