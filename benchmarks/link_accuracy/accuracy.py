"""The link beside netem: ``python -m benchmarks.link_accuracy.accuracy [--model] [--runs N] [WORD...]``.

Measures every case whose name or group has a WORD in it over perfkit's relay on loopback and over its model alone, and
prints both beside the oracle's stored table: times in ms, errors of the median and of whatever else is bounded. Exits 1
when a case misses. Needs no root.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from benchmarks.link_accuracy import model, relay, table
from benchmarks.link_accuracy.bounds import judge
from benchmarks.link_accuracy.case import GROUPS, Case
from benchmarks.link_accuracy.cases import CASES

from perfkit.model.relay import LATE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.link_accuracy.bounds import Outcome
    from benchmarks.link_accuracy.relay import Measured

MODEL_RUNS = 1000  # of a case with chance in it
RELAY, MODEL = ("relay p50", "late p99", "relay error", "relay"), ("model error", "model")


def main() -> None:
    """Measure, print, and say how many miss."""
    options = _parse()
    columns = ("case", "group", "netem p50", "bound", *(() if options.model else RELAY), *MODEL)
    _print(columns)
    _print(["---"] * len(columns))
    outcomes = list(_outcomes(options))
    print()
    for source in outcomes[0]:
        _sum_up(source, [outcome[source] for outcome in outcomes])
    print(f"load average {' '.join(f'{each:.1f}' for each in os.getloadavg())}")
    sys.exit(1 if any(each.misses for outcome in outcomes for each in outcome.values()) else 0)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", metavar="WORD", help="only cases with such a word in their name or group")
    parser.add_argument("--model", action="store_true", help="the model alone, on an invented clock")
    parser.add_argument(
        "--runs", type=int, default=100, help="over the relay of a case with chance in it (%(default)s)"
    )
    options = parser.parse_args()
    if options.runs < 1:
        parser.error(f"--runs {options.runs}: at least 1")
    if not _chosen(options.words):
        parser.error(
            f"no case has {' or '.join(options.words)} in its name; they are the first column of {table.ORACLE}"
        )
    return options


def _chosen(words: list[str]) -> list[Case]:
    return [case for case in CASES.values() if not words or any(word in f"{case.group} {case.name}" for word in words)]


def _outcomes(options: argparse.Namespace) -> Iterator[dict[str, Outcome]]:
    """Of each case, by what was measured; shown as they come. The model goes first: the relay's part has priority."""
    oracle, cases = table.read(), _chosen(options.words)
    modelled = {
        case: [model.run(case, seed) for seed in range(MODEL_RUNS if case.link.random else 1)] for case in cases
    }
    for case, measured in _measured(cases, options):
        row = oracle[case.name]
        found = {"relay": judge(case, row, measured.seconds)} if measured else {}
        found["model"] = judge(case, row, modelled[case])
        _show(found, measured)
        yield found


def _measured(cases: list[Case], options: argparse.Namespace) -> Iterator[tuple[Case, Measured | None]]:
    if options.model:
        yield from ((case, None) for case in cases)
    else:
        yield from ((measured.case, measured) for measured in relay.measure(cases, options.runs))


def _show(found: dict[str, Outcome], measured: Measured | None) -> None:
    by_model = found["model"]
    cells = [by_model.case.name, by_model.case.group, f"{by_model.oracle.p50:.2f}", by_model.allowed]
    if measured is not None:
        cells += [f"{found['relay'].p50:.2f}", _late(measured), found["relay"].shown, found["relay"].verdict]
    _print([*cells, by_model.shown, by_model.verdict])


def _late(measured: Measured) -> str:
    """In ms; marked where every try was late."""
    return f"{measured.late / 1e6:.2f}{' LATE' if measured.late > LATE else ''}"


def _sum_up(source: str, outcomes: list[Outcome]) -> None:
    for group in GROUPS:
        judged = [outcome for outcome in outcomes if outcome.case.group == group]
        missed = [outcome.case.name for outcome in judged if outcome.misses]
        if judged:
            print(
                f"{source}, {group}: {len(judged)} cases, {len(missed)} miss{': ' if missed else ''}{', '.join(missed)}"
            )


def _print(cells: Sequence[str]) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
