"""Is the same program ever accused? Real A/A checks of a real client, with a CPU burner coming and going beside them.

    python benchmarks/honesty.py --checks 50 --log honesty.jsonl

The same client stands on both sides, check after check; beside the verdicts stands what a plain gate (ratio of means
over 5 %) would have said of the same trials. The burner keeps each core busy for random seconds and leaves it alone for
random seconds, at the client's own priority. Checks are appended to the log one by one: started again with the same
log, it goes on where it stopped, and with a log that has them all it only counts.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from perfkit.model.catalogue import BY_NAME
from perfkit.model.result import Result, Trial, complete_blocks, sample
from perfkit.statistics.analysis import compare_paired
from perfkit.storage.results import read_result

if TYPE_CHECKING:
    from collections.abc import Iterator

GATED = [metric.name for metric in BY_NAME.values() if metric.gated]
SIDES = ("base", "head")
BURST, PAUSE = 4.0, 6.0  # mean seconds that a core is kept busy, and left alone
PLAIN_LIMIT = 1.05
FAILED = 2  # perfkit's exit codes from here on: the run itself went wrong

Log = list["Check"]


class Check(msgspec.Struct, frozen=True):
    """One A/A check: a line of the log. ``values``: metric → the samples of base and head, block by block."""

    number: int
    started: str
    client: str
    overall: str
    pairs: int
    seconds: float
    load: float  # one-minute average at its end
    verdicts: dict[str, str]
    values: dict[str, tuple[list[float | None], list[float | None]]]

    @property
    def plain(self) -> bool:
        """Whether the plain gate calls the head slower or bigger."""
        return any(_ratio(*sides) > PLAIN_LIMIT for sides in self.values.values())


def main() -> None:
    """Run what the log does not hold yet, and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checks", type=int, default=50)
    parser.add_argument("--client", default="kubectl-get")
    parser.add_argument("--shape", default="tiny")
    parser.add_argument("--max-time", default="45s")
    parser.add_argument("--log", type=Path, default=Path("honesty.jsonl"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--burn", type=int, metavar="CORE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.burn is not None:
        burn(random.Random(f"{options.seed}/{options.burn}"))
        return
    checks = read_log(options.log)
    if len(checks) < options.checks:
        with burners(options.seed):
            go_on(checks, options)
    tell(checks)


def go_on(checks: Log, options: argparse.Namespace) -> None:
    """The checks that are missing, each into the log as it ends."""
    for number in range(len(checks), options.checks):
        checks.append(run_check(number, options))
        with options.log.open("ab") as log:
            log.write(msgspec.json.encode(checks[-1]) + b"\n")
        print(f"{number:3} {checks[-1].overall:10} {checks[-1].pairs} pairs", flush=True)


def read_log(path: Path) -> Log:
    """The checks made so far."""
    return [msgspec.json.decode(line, type=Check) for line in path.read_bytes().splitlines()] if path.exists() else []


def burn(source: random.Random) -> None:
    """Keep a core busy for random seconds, again and again, until the process that started this one has gone."""
    parent = os.getppid()
    while os.getppid() == parent:
        until = time.monotonic() + source.expovariate(1 / BURST)
        while time.monotonic() < until:
            pass
        time.sleep(source.expovariate(1 / PAUSE))


@contextmanager
def burners(seed: int) -> Iterator[None]:
    """One burner a core."""
    command = [sys.executable, __file__, "--seed", str(seed), "--burn"]
    started = [subprocess.Popen([*command, str(core)]) for core in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for burner in started:
            burner.kill()
            burner.wait()


def run_check(number: int, options: argparse.Namespace) -> Check:
    """One ``perfkit run`` of the client against itself."""
    began, started = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    with tempfile.TemporaryDirectory() as folder:
        result = _run(Path(folder), number, options)
    comparison = compare_paired(result, *SIDES)
    blocks = complete_blocks(result.trials, SIDES)
    return Check(
        number=number,
        started=started,
        client=f"{options.client} {comparison.head.version}",
        overall=comparison.overall,
        pairs=comparison.pairs,
        seconds=round(time.monotonic() - began, 1),
        load=os.getloadavg()[0],
        verdicts={row.metric.name: row.verdict for row in comparison.rows if row.metric.gated},
        values={name: _samples(blocks, name) for name in GATED},
    )


def tell(checks: Log) -> None:
    """Print the counts."""
    overall = Counter(check.overall for check in checks)
    by_metric = Counter((name, word) for check in checks for name, word in check.verdicts.items())
    pairs = statistics.fmean(check.pairs for check in checks)
    print(f"\n{len(checks)} A/A checks of {checks[-1].client}, {pairs:.0f} pairs each on average")
    print(f"from {checks[0].started}, load {statistics.fmean(check.load for check in checks):.1f} on average")
    print("perfkit: " + ", ".join(f"{word} {count}" for word, count in overall.most_common()))
    for (metric, word), count in sorted(by_metric.items()):
        print(f"  {metric:16} {word:10} {count}")
    wrong = overall["regressed"] + overall["improved"]
    print(f"wrong: perfkit {wrong}, a plain gate (ratio of means > 5 %) {sum(check.plain for check in checks)}")


def _run(folder: Path, number: int, options: argparse.Namespace) -> Result:
    command = [sys.executable, "-m", "perfkit", "run", "--shape", options.shape, "--seed", str(number)]
    targets = [word for side in SIDES for word in ("-t", f"{side}={options.client}")]
    done = subprocess.run(
        [*command, *targets, "--label", "check", "--max-time", options.max_time],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode >= FAILED:
        sys.exit(done.stderr)
    return read_result(folder / "results/local/check/startup.perfkit.json")


def _samples(blocks: list[dict[str, Trial]], metric: str) -> tuple[list[float | None], list[float | None]]:
    base, head = ([sample(block[side], metric) for block in blocks] for side in SIDES)
    return base, head


def _ratio(base: list[float | None], head: list[float | None]) -> float:
    means = [statistics.fmean(value for value in side if value is not None) for side in (base, head)]
    return means[1] / means[0]


if __name__ == "__main__":
    main()
