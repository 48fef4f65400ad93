"""Measures the cases over real netem and stores them: ``python -m benchmarks.link_accuracy.oracle [CASE...]`` as root.

In user-mode-linux by default, built by ``benchmarks.link_accuracy.kernel``; ``--native`` uses this machine's own netem.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.link_accuracy import netem, table
from benchmarks.link_accuracy.cases import CASES
from benchmarks.link_accuracy.kernel import KERNEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parent.parent.parent
INIT = """#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
cd '{root}' && exec {command} 2>&1
"""


def main() -> None:
    """Measure, print and store; the rows of cases not measured stay as they are."""
    options = _parse()
    stored = table.read() if table.ORACLE.exists() else {}
    left = set(options.cases or CASES)
    aside: list[str] = []
    with _lines(options) as lines:
        for row in rows(lines, aside):
            print(f"{row.case:52} {row.runs:5} runs  p50 {row.p50:9.2f} ms  p90 {row.p90:9.2f} ms", flush=True)
            stored[row.case] = row
            left.remove(row.case)
    if left:
        sys.exit(f"link_oracle: {len(left)} cases were not measured; the oracle's last words:\n{''.join(aside[-20:])}")
    table.write([stored[case] for case in CASES if case in stored], options.output)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="as in oracle.csv; all by default")
    parser.add_argument("--kernel", type=Path, default=KERNEL, help="a user-mode Linux (default: %(default)s)")
    parser.add_argument("--native", action="store_true", help="this machine's own netem, in real time")
    parser.add_argument(
        "--runs", type=int, default=netem.RANDOM_RUNS, help="of a case with chance in it (default: %(default)s)"
    )
    parser.add_argument("--output", type=Path, default=table.ORACLE, help="where the table goes (default: %(default)s)")
    options = parser.parse_args()
    unknown = [case for case in options.cases if case not in CASES]
    if unknown:
        parser.error(f"no case {unknown[0]!r}; the cases are the first column of {table.ORACLE.name}")
    if not options.native and not options.kernel.exists():
        parser.error(f"no kernel {options.kernel}: python -m benchmarks.link_accuracy.kernel builds it")
    return options


def rows(lines: Iterable[str], aside: list[str]) -> Iterator[table.Row]:
    """What the guest told, line by line; lines of the kernel and of failures go to ``aside``."""
    about: dict[str, str] = {}
    for line in lines:
        if not line.startswith(netem.MARK):
            aside.append(line)
            continue
        told: dict[str, Any] = json.loads(line.removeprefix(netem.MARK))
        if "kernel" in told:
            about = told
        else:
            yield _row(told["case"], told["seconds"], about)


def _row(case: str, seconds: list[float], about: dict[str, str]) -> table.Row:
    p10, p50, p90, p99 = (round(1e3 * table.quantile(seconds, share), 2) for share in (0.1, 0.5, 0.9, 0.99))
    return table.Row(
        case=case, runs=len(seconds), p10=p10, p50=p50, p90=p90, p99=p99, date=f"{datetime.now(UTC):%Y-%m-%d}", **about
    )


@contextmanager
def _lines(options: argparse.Namespace) -> Iterator[Iterable[str]]:
    measure = (sys.executable, "-m", "benchmarks.link_accuracy.netem", f"{options.runs}", *options.cases)
    if options.native:
        with _reading(("unshare", "-n", *measure)) as lines:
            yield lines
        return
    with tempfile.TemporaryDirectory() as folder:
        init = Path(folder) / "init"
        init.write_text(INIT.format(root=ROOT, command=" ".join(measure)))
        init.chmod(0o755)
        with _reading(boot(options.kernel, init)) as lines:
            yield lines


def boot(kernel: Path, init: Path) -> tuple[str, ...]:
    """User mode with the host's files as its read-only root; a kernel without time travel passes the last one over."""
    root = ("rootfstype=hostfs", "root=/dev/root", "rootflags=/", "ro", f"init={init}")
    console = ("con=null", "ssl=null", "con0=null,fd:1", "quiet")
    return (f"{kernel}", "mem=1G", *root, *console, "time-travel=inf-cpu")


@contextmanager
def _reading(command: tuple[str, ...]) -> Iterator[Iterable[str]]:
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout
        finally:
            process.kill()


if __name__ == "__main__":
    main()
