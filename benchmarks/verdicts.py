"""How often is the verdict wrong, and how often is there none? A simulation; prints a Markdown table.

    python benchmarks/verdicts.py [--checks N] [--seed N]

One check runs pairs of trials of two targets until the looks decide all gated metrics, as ``perfkit run`` does. The
trials of a check follow one another on an invented machine that drifts (AR(1), ρ = 0.9 from trial to trial), suffers
bursts of a few trials' length that a pair shares partly, and adds noise to each trial. start-up and CPU time share the
machine's state and have the stated SD of ln(head / base) within pairs, all noise together; the memory peak has a fifth
of it; requests are constant. The head is equal, or needs 10 or 20 % more CPU time; the verdicts are of the whole check
where it is equal, else of CPU time. Beside them stands the plain gate "ratio of means above 5 %" over 20 trials a side,
on the same pairs, and on the same machine with all trials of the base before those of the head.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import time
from collections import Counter
from dataclasses import dataclass
from functools import cache

from perfkit.model.metrics import BY_NAME
from perfkit.model.scenario import DEFAULT_LOOKS
from perfkit.statistics.stopping import undecided
from perfkit.statistics.verdict import Judgement, is_exact, judge_paired

GATED = [metric for metric in BY_NAME.values() if metric.gated]
NOISE_SHARE = {"startup.ready": 1.0, "cpu.seconds": 1.0, "memory.peak": 0.2}  # of the stated SD
BASE_VALUES = {"startup.ready": 0.5, "cpu.seconds": 0.4, "memory.peak": 60e6, "api.requests": 4.0}
PAIR_SDS = (0.05, 0.10, 0.17)
GROWTHS = (0.0, 0.1, 0.2)
VERDICTS = ("regressed", "unclear", "improved", "ok")  # worst first
RHO = 0.9
OWN_NOISE = 0.55  # SD of a trial's own noise over that of the drift: gives the lag-1 autocorrelation of 0.69 once seen
BURST_STARTS, BURST_ENDS, BURST_SIZE = 0.03, 0.25, 1.5  # a trial's chances; mean size over the SD of the drift
PLAIN_TRIALS, PLAIN_LIMIT = 20, 1.05

Samples = dict[str, list[float]]


class Machine:
    """The state of an invented machine from trial to trial, in units of the drift's SD."""

    def __init__(self, source: random.Random) -> None:
        self._random = source
        self._drifts = {name: source.gauss(0, 1) for name in ("time", "memory")}
        self._burst = 0.0

    def trial(self) -> dict[str, float]:
        """The logarithms of the measured metrics of one trial, unscaled."""
        source = self._random
        for name, drift in self._drifts.items():
            self._drifts[name] = RHO * drift + math.sqrt(1 - RHO**2) * source.gauss(0, 1)
        if self._burst:
            self._burst *= source.random() > BURST_ENDS
        elif source.random() < BURST_STARTS:
            self._burst = source.expovariate(1 / BURST_SIZE)
        share = source.random()  # how much of the burst falls into this trial
        busy = self._drifts["time"] + self._burst * share
        return {
            "startup.ready": busy + OWN_NOISE * source.gauss(0, 1),
            "cpu.seconds": busy + OWN_NOISE * source.gauss(0, 1),
            "memory.peak": self._drifts["memory"] + OWN_NOISE * source.gauss(0, 1),
        }


@cache
def unit_pair_sd(metric: str) -> float:
    """The SD of head − base within pairs on the unscaled machine."""
    machine = Machine(random.Random("unit"))
    return statistics.stdev(machine.trial()[metric] - machine.trial()[metric] for _ in range(20_000))


def scaled_noise(source: random.Random, pair_sd: float) -> list[dict[str, float]]:
    """The factors by which noise multiplies each trial's values, in the order of the longest run."""
    machine = Machine(source)
    scales = {name: pair_sd * share / unit_pair_sd(name) for name, share in NOISE_SHARE.items()}
    trials = (machine.trial() for _ in range(2 * DEFAULT_LOOKS[-1]))
    return [{name: math.exp(scale * trial[name]) for name, scale in scales.items()} for trial in trials]


def in_pairs(
    source: random.Random, noise: list[dict[str, float]], factors: dict[str, float]
) -> tuple[Samples, Samples]:
    """Base and head side by side, in random order within each pair."""
    base, head = [], []
    for pair in zip(noise[::2], noise[1::2], strict=True):
        first, second = source.sample(pair, 2)
        base.append(first)
        head.append(second)
    return measured(base, {}), measured(head, factors)


def one_after_the_other(noise: list[dict[str, float]], factors: dict[str, float]) -> tuple[Samples, Samples]:
    """All trials of the base, then all of the head."""
    return measured(noise[:PLAIN_TRIALS], {}), measured(noise[PLAIN_TRIALS : 2 * PLAIN_TRIALS], factors)


def measured(noise: list[dict[str, float]], factors: dict[str, float]) -> Samples:
    """Values of all gated metrics, trial by trial; ``factors``: what the head has more of."""
    return {
        name: [value * factors.get(name, 1.0) * trial.get(name, 1.0) for trial in noise]
        for name, value in BASE_VALUES.items()
    }


def plain_gate(base: Samples, head: Samples) -> bool:
    """Whether the ratio of means of any measured metric is above 5 %."""
    means = ((statistics.fmean(side[name][:PLAIN_TRIALS]) for side in (base, head)) for name in NOISE_SHARE)
    return any(head_mean > PLAIN_LIMIT * base_mean for base_mean, head_mean in means)


@dataclass(frozen=True)
class Check:
    """How one check ended, and whether the plain gate calls the head slower, in pairs and one after the other."""

    judgements: dict[str, Judgement]
    pairs: int
    plain_paired: bool
    plain_apart: bool

    @property
    def verdict(self) -> str:
        """The worst of all gated metrics."""
        verdicts = {judgement.verdict for judgement in self.judgements.values()}
        return next(verdict for verdict in VERDICTS if verdict in verdicts)


def run_check(seed: str, pair_sd: float, factors: dict[str, float]) -> Check:
    """Pairs until decided."""
    source = random.Random(seed)
    noise = scaled_noise(source, pair_sd)
    base, head = in_pairs(source, noise, factors)
    for pairs in DEFAULT_LOOKS:
        judgements = look(base, head, pairs)
        if not undecided(judgements.values()):
            break
    return Check(judgements, pairs, plain_gate(base, head), plain_gate(*one_after_the_other(noise, factors)))


def look(base: Samples, head: Samples, pairs: int) -> dict[str, Judgement]:
    """The verdicts after so many pairs."""
    sides = {metric: (base[metric.name][:pairs], head[metric.name][:pairs]) for metric in GATED}
    gates = sum(not is_exact(metric, *samples) for metric, samples in sides.items())
    return {metric.name: judge_paired(*samples, metric, (), gates) for metric, samples in sides.items()}


def row(pair_sd: float, growth: float, options: argparse.Namespace) -> list[str]:
    """One line of the table."""
    factors = {"cpu.seconds": 1 + growth}
    checks = [run_check(f"{options.seed}/{pair_sd}/{growth}/{k}", pair_sd, factors) for k in range(options.checks)]
    verdicts = Counter(check.judgements["cpu.seconds"].verdict if growth else check.verdict for check in checks)
    return [
        f"{pair_sd:.0%}",
        f"CPU +{growth:.0%}" if growth else "equal",
        *(f"{verdicts[word] / len(checks):.1%}" for word in VERDICTS),
        f"{statistics.median(check.pairs for check in checks):.0f}",
        f"{statistics.fmean(check.plain_paired for check in checks):.1%}",
        f"{statistics.fmean(check.plain_apart for check in checks):.1%}",
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checks", type=int, default=500, help="checks a cell (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    started = time.perf_counter()
    print(f"{options.checks} checks a cell of {len(GATED)} gated metrics, default limits, looks at {DEFAULT_LOOKS}\n")
    print("| pair SD | head |", " | ".join(VERDICTS), "| pairs | plain gate, in pairs | one after the other |")
    print("|---:|:---|" + "---:|" * 7)
    for pair_sd in PAIR_SDS:
        for growth in GROWTHS:
            print("|", " | ".join(row(pair_sd, growth, options)), "|", flush=True)
    print(f"\n{time.perf_counter() - started:.0f} s; seed {options.seed}")


if __name__ == "__main__":
    main()
