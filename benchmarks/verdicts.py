"""How often is a verdict wrong, and how often is there none? Simulations; each prints a Markdown table.

    python benchmarks/verdicts.py [TABLE ...] [--checks N] [--seed N]

One check runs pairs of trials of two targets until the looks decide all gated metrics, as ``perfkit run`` does. The
trials of a check follow one another, in one of two worlds.

An *invented machine* drifts (AR(1), ρ = 0.9 or 0.95 from trial to trial), suffers bursts of a few trials' length that a
pair shares partly, and adds noise to each trial. Start-up and CPU time share the machine's state and have the stated SD
of ln(head / base) within pairs, all noise together; the memory peak has a fifth of it; requests are constant.

*Recorded* series of real clients lie in benchmarks/series, trial by trial as they ran (benchmarks/record.py). A check
takes a window of one of them as it was, from a random trial on (a circular block bootstrap: Politis & Romano 1992), and
hands the trials to base and head as the schedule of a run does.

equal: verdicts of whole checks where base and head are equal; beside them the plain gate "ratio of means above 5 %"
over 20 trials a side, on the same pairs, and on the same machine with all trials of the base before those of the head.
limit: the head needs more CPU time by exactly the limit. power: it needs 10 % more CPU time, is 20 % slower, or has 1 %
more memory. heads: several equal heads share one base. failing: trials fail at random, of base and head alike.
procedures: what else was tried.
"""

from __future__ import annotations

import argparse
import csv
import math
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from perfkit.model.catalogue import BY_NAME
from perfkit.model.limits import Limit
from perfkit.model.scenario import DEFAULT_LOOKS
from perfkit.statistics.failures import FailureJudgement, judge_failures
from perfkit.statistics.looks import OK_ALPHA, Risk, risk, share
from perfkit.statistics.stopping import undecided
from perfkit.statistics.verdict import WORST_FIRST, Judgement, is_exact, judge_paired

SERIES = Path(__file__).parent / "series"
CLIENTS = ("kubectl-get", "lean", "lightkube", "kubernetes")
GATED = [metric for metric in BY_NAME.values() if metric.gated]
NOISE_SHARE = {"startup.ready": 1.0, "cpu.seconds": 1.0, "memory.peak": 0.2}  # of the stated SD
BASE_VALUES = {"startup.ready": 0.5, "cpu.seconds": 0.4, "memory.peak": 60e6, "api.requests": 4.0}
PAIR_SDS = (0.05, 0.10, 0.17)
RHOS = (0.9, 0.95)
OWN_NOISE = 0.55  # SD of a trial's own noise over that of the drift: gives the lag-1 autocorrelation of 0.69 once seen
BURST_STARTS, BURST_ENDS, BURST_SIZE = 0.03, 0.25, 1.5  # a trial's chances; mean size over the SD of the drift
PLAIN_TRIALS, PLAIN_LIMIT = 20, 1.05

Values = dict[str, float]  # of one trial, by metric; empty: it failed
World = Callable[[random.Random, int], list[Values]]  # so many trials, one after the other
Sides = tuple[Sequence[Values], Sequence[Values]]  # base and head


class Machine:
    """The state of an invented machine from trial to trial, in units of the drift's SD."""

    def __init__(self, source: random.Random, rho: float) -> None:
        self._random, self._rho = source, rho
        self._drifts = {name: source.gauss(0, 1) for name in ("time", "memory")}
        self._burst = 0.0

    def trial(self) -> Values:
        """The logarithms of the measured metrics of one trial, unscaled."""
        source = self._random
        for name, drift in self._drifts.items():
            self._drifts[name] = self._rho * drift + math.sqrt(1 - self._rho**2) * source.gauss(0, 1)
        if self._burst:
            self._burst *= source.random() > BURST_ENDS
        elif source.random() < BURST_STARTS:
            self._burst = source.expovariate(1 / BURST_SIZE)
        part = source.random()  # how much of the burst falls into this trial
        busy = self._drifts["time"] + self._burst * part
        return {
            "startup.ready": busy + OWN_NOISE * source.gauss(0, 1),
            "cpu.seconds": busy + OWN_NOISE * source.gauss(0, 1),
            "memory.peak": self._drifts["memory"] + OWN_NOISE * source.gauss(0, 1),
        }


@cache
def unit_pair_sd(metric: str, rho: float) -> float:
    """The SD of head − base within pairs on the unscaled machine."""
    machine = Machine(random.Random("unit"), rho)
    return statistics.stdev(machine.trial()[metric] - machine.trial()[metric] for _ in range(20_000))


def invented(rho: float, pair_sd: float, source: random.Random, number: int) -> list[Values]:
    """Trials of equal targets on an invented machine."""
    machine = Machine(source, rho)
    scales = {name: pair_sd * part / unit_pair_sd(name, rho) for name, part in NOISE_SHARE.items()}
    noise = (machine.trial() for _ in range(number))
    return [
        BASE_VALUES | {name: BASE_VALUES[name] * math.exp(scale * trial[name]) for name, scale in scales.items()}
        for trial in noise
    ]


@cache
def series(client: str) -> list[list[Values]]:
    """All series recorded of a client."""
    return [_read(path) for path in sorted(SERIES.glob(f"{client}-[0-9].csv"))]


def recorded(client: str, source: random.Random, number: int) -> list[Values]:
    """Trials of equal targets, as they once ran."""
    trials = source.choice(series(client))
    start = source.randrange(len(trials))
    return [trials[(start + k) % len(trials)] for k in range(number)]


def failing(chance: float, world: World, source: random.Random, number: int) -> list[Values]:
    """Trials of which some fail."""
    return [{} if source.random() < chance else trial for trial in world(source, number)]


def recorded_sds(client: str) -> str:
    """The SDs of ln(head / base) in pairs of neighbours, per cent, of wall time, CPU time and memory."""
    sds = (
        statistics.stdev(math.log(b[name] / a[name]) for trials in series(client) for a, b in _neighbours(trials))
        for name in NOISE_SHARE
    )
    return ", ".join(f"{sd:.1%}" for sd in sds)


WORLDS: dict[str, World] = {f"ρ {rho}, pair SD {sd:.0%}": partial(invented, rho, sd) for rho in RHOS for sd in PAIR_SDS}
SMALL_SDS: dict[str, World] = {
    f"ρ {rho}, pair SD {sd:.0%}": partial(invented, rho, sd) for rho in RHOS for sd in (0.02, 0.03)
}
REAL: dict[str, World] = {client: partial(recorded, client) for client in CLIENTS}


@dataclass(frozen=True)
class Truth:
    """What the heads have more of, and the limits that are set."""

    factors: Values = field(default_factory=dict)
    limits: dict[str, tuple[Limit, ...]] = field(default_factory=dict)

    def head(self, trials: Sequence[Values]) -> list[Values]:
        """Trials of a head, made of trials of the base."""
        return [{name: value * self.factors.get(name, 1.0) for name, value in trial.items()} for trial in trials]


@dataclass(frozen=True)
class Procedure:
    """When to look, and how sure "ok" must be at a look; by default what perfkit does."""

    looks: tuple[int, ...] = DEFAULT_LOOKS
    ok_alpha: Callable[[int, tuple[int, ...]], float] | None = None  # after so many pairs
    shared: bool = True  # by all heads of a run

    def risk(self, pairs: int, gates: int, heads: int) -> Risk:
        """What one judgement may risk after so many pairs."""
        usual = risk(pairs, self.looks, gates * heads if self.shared else gates)
        return usual if self.ok_alpha is None else Risk(usual.alpha, self.ok_alpha(pairs, self.looks))


@dataclass(frozen=True)
class Verdict:
    """On one head."""

    judgements: dict[str, Judgement]
    failures: FailureJudgement

    @property
    def open(self) -> bool:
        """Whether more pairs may help."""
        return bool(undecided(self.judgements.values(), self.failures))

    @property
    def word(self) -> str:
        """The worst of all gated metrics and the failures."""
        found = {judgement.verdict for judgement in self.judgements.values()}
        worst = next(word for word in WORST_FIRST if word in found)
        return "regressed" if self.failures.verdict == "regressed" else worst


@dataclass(frozen=True)
class Check:
    """How one check ended: a verdict a head, after so many pairs."""

    verdicts: list[Verdict]
    pairs: int

    def verdict(self, metric: str) -> str:
        """On the only head."""
        return self.verdicts[0].judgements[metric].verdict

    @property
    def word(self) -> str:
        """The worst of all heads."""
        found = {verdict.word for verdict in self.verdicts}
        return next(word for word in WORST_FIRST if word in found)


EQUAL, PERFKIT = Truth(), Procedure()
AT_LIMIT = Truth({"cpu.seconds": 1.05})
WORSE = {
    "cpu.seconds": Truth({"cpu.seconds": 1.1}),
    "startup.ready": Truth({"startup.ready": 1.2}),
    "memory.peak": Truth({"memory.peak": 1.01}, {"memory.peak": (Limit.parse("+0.5 %", "bytes"),)}),
}


def nominal(alpha: float, _pairs: int, _looks: Sequence[int]) -> float:
    """The same at each look."""
    return alpha


def power_family(power: int, pairs: int, looks: Sequence[int]) -> float:
    """OK_ALPHA spent by a power of the share of pairs."""
    before = max((look for look in looks if look < pairs), default=0)
    return OK_ALPHA * ((pairs / looks[-1]) ** power - (before / looks[-1]) ** power)


def obrien_fleming(pairs: int, looks: Sequence[int]) -> float:
    """OK_ALPHA spent as O'Brien & Fleming's boundaries do (Lan & DeMets 1983)."""
    normal = statistics.NormalDist()
    edge = normal.inv_cdf(1 - OK_ALPHA / 2)
    before = max((look for look in looks if look < pairs), default=0)
    spent = [2 * normal.cdf(-edge / math.sqrt(n / looks[-1])) if n else 0.0 for n in (before, pairs)]
    return spent[1] - spent[0]


SIXTY, FIFTY = (15, 20, 30, 40, 60), (15, 20, 30, 40, 50, 60)
TRIED = (
    ("1 % each (until 2026-11-23)", Procedure(SIXTY, partial(nominal, 0.01))),
    ("1 % each", Procedure(FIFTY, partial(nominal, 0.01))),
    ("0.2 % each (Bonferroni)", Procedure(SIXTY, partial(nominal, 0.002))),
    ("1 % in all, by (n/N)²", Procedure(SIXTY, partial(power_family, 2))),
    ("1 % in all, O'Brien–Fleming", Procedure(SIXTY, obrien_fleming)),
    ("1 % each", Procedure(DEFAULT_LOOKS, partial(nominal, 0.01))),
    ("0.17 % each (Bonferroni)", Procedure(DEFAULT_LOOKS, partial(nominal, 0.01 / 6))),
    ("1 % in all, by (n/N)³", Procedure(DEFAULT_LOOKS, partial(power_family, 3))),
    ("1 % in all, O'Brien–Fleming", Procedure(DEFAULT_LOOKS, obrien_fleming)),
    ("**1 % in all, by (n/N)²**", Procedure()),
)


def run_check(seed: str, world: World, truth: Truth = EQUAL, procedure: Procedure = PERFKIT, heads: int = 1) -> Check:
    """Blocks of trials until all is decided."""
    source = random.Random(seed)
    base, *others = in_blocks(source, world(source, (1 + heads) * procedure.looks[-1]), 1 + heads)
    for pairs in procedure.looks:
        verdicts = [_judge((base[:pairs], truth.head(head[:pairs])), truth, procedure, heads) for head in others]
        if not any(verdict.open for verdict in verdicts):
            break
    return Check(verdicts, pairs)


def in_blocks(source: random.Random, trials: Sequence[Values], targets: int) -> list[list[Values]]:
    """The trials of each target: neighbours make a block, in random order."""
    blocks = (source.sample(trials[k : k + targets], targets) for k in range(0, len(trials), targets))
    return [list(side) for side in zip(*blocks, strict=True)]


def plain_gate(base: Sequence[Values], head: Sequence[Values]) -> bool:
    """Whether the ratio of means of any measured metric is above 5 %."""
    means = ([statistics.fmean(trial[name] for trial in side) for name in NOISE_SHARE] for side in (base, head))
    return any(head_mean > PLAIN_LIMIT * base_mean for base_mean, head_mean in zip(*means, strict=True))


def _judge(sides: Sides, truth: Truth, procedure: Procedure, heads: int) -> Verdict:
    samples = {metric: _samples(sides, metric.name) for metric in GATED}
    gates = sum(not is_exact(metric, *both) for metric, both in samples.items())
    allowed = procedure.risk(len(sides[0]), gates, heads)
    judgements = {
        metric.name: judge_paired(*both, metric, truth.limits.get(metric.name, ()), allowed)
        for metric, both in samples.items()
    }
    base_ok, head_ok = ([bool(trial) for trial in side] for side in sides)
    return Verdict(judgements, judge_failures(base_ok, head_ok, share(heads, len(procedure.looks))))


def _samples(sides: Sides, metric: str) -> tuple[list[float | None], list[float | None]]:
    base, head = ([trial.get(metric) for trial in side] for side in sides)
    return base, head


def _read(path: Path) -> list[Values]:
    with path.open() as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return [{name: float(value) for name, value in row.items()} for row in rows]


def _neighbours(trials: Sequence[Values]) -> Iterator[tuple[Values, Values]]:
    return zip(trials[::2], trials[1::2], strict=False)


class Table:
    """Checks by the thousand, and what became of them, as a Markdown table."""

    def __init__(self, checks: int, seed: int) -> None:
        self.checks, self._seed = checks, seed

    def run(
        self, name: str, world: World, truth: Truth = EQUAL, procedure: Procedure = PERFKIT, heads: int = 1
    ) -> list[Check]:
        """All checks of one row."""
        return [run_check(f"{self._seed}/{name}/{k}", world, truth, procedure, heads) for k in range(self.checks)]

    def equal(self) -> None:
        """Base and head are equal."""
        _head("trials", *WORST_FIRST, "pairs", "plain gate, in pairs", "one after the other")
        for name, world in (WORLDS | REAL).items():
            checks = self.run(name, world)
            words = [check.word for check in checks]
            shares = [_share(words.count(word), len(words)) for word in WORST_FIRST]
            plain = [_share(count, self.checks) for count in self._plain(name, world)]
            label = f"{name}, recorded ({recorded_sds(name)})" if name in REAL else name
            _row(label, *shares, _pairs(checks), *plain)

    def limit(self) -> None:
        """The head needs more CPU time by exactly the limit: half of all estimates are beyond it."""
        _head("trials", *(f"CPU {word}" for word in WORST_FIRST), "pairs")
        for name, world in (WORLDS | REAL).items():
            checks = self.run(name, world, AT_LIMIT)
            words = [check.verdict("cpu.seconds") for check in checks]
            _row(name, *(_share(words.count(word), len(words)) for word in WORST_FIRST), _pairs(checks))

    def power(self) -> None:
        """The head is worse: how often is it called regressed, after so many pairs at most?"""
        cases = (
            ("cpu.seconds", 30, "CPU +10 %, 30 pairs"),
            ("startup.ready", 60, "wall +20 %, 60 pairs"),
            ("memory.peak", 15, "memory +1 %, limit +0.5 %, 15 pairs"),
        )
        _head("trials", *(label for _, _, label in cases))
        for name, world in (SMALL_SDS | WORLDS | REAL).items():
            _row(name, *(self._power(name, world, case) for case in cases))

    def heads(self) -> None:
        """Equal heads share one base: how often is any of them called regressed?"""
        _head("heads", *WORST_FIRST, "regressed, were α not shared")
        world = WORLDS["ρ 0.9, pair SD 17%"]
        for heads in (1, 2, 4):
            alone = Procedure(shared=False)
            words, unshared = (
                [check.word for check in self.run("heads", world, procedure=each, heads=heads)]
                for each in (PERFKIT, alone)
            )
            shares = [_share(words.count(word), len(words)) for word in WORST_FIRST]
            _row(str(heads), *shares, _share(unshared.count("regressed"), len(unshared)))

    def failing(self) -> None:
        """Trials of both sides fail at random."""
        _head("trials that fail", *WORST_FIRST, "pairs")
        for chance in (0.05, 0.2, 0.5):
            checks = self.run("failing", partial(failing, chance, WORLDS["ρ 0.9, pair SD 5%"]))
            words = [check.word for check in checks]
            _row(f"{chance:.0%}", *(_share(words.count(word), len(words)) for word in WORST_FIRST), _pairs(checks))

    def procedures(self) -> None:
        """What was tried, at ρ 0.9: how often is an equal head "ok", and one that is worse by the limit?"""
        _head(
            "looks",
            '"ok" at a look',
            *(f"ok, {sd:.0%}" for sd in PAIR_SDS),
            "ok at the limit",
            *(f"pairs, {sd:.0%}" for sd in PAIR_SDS),
        )
        for label, procedure in TRIED:
            equal = [self.run("procedures", WORLDS[f"ρ 0.9, pair SD {sd:.0%}"], EQUAL, procedure) for sd in PAIR_SDS]
            wrong = self.run("procedures", WORLDS["ρ 0.9, pair SD 5%"], AT_LIMIT, procedure)
            shares = (_share(sum(check.word == "ok" for check in checks), len(checks)) for checks in equal)
            at_limit = _share(sum(check.verdict("cpu.seconds") == "ok" for check in wrong), len(wrong))
            looks = ", ".join(map(str, procedure.looks))
            _row(looks, label, *shares, at_limit, *map(_pairs, equal))

    def _plain(self, name: str, world: World) -> tuple[int, int]:
        """How often the plain gate calls an equal head worse: in pairs, and with all of the base first."""
        paired = apart = 0
        for k in range(self.checks):
            source = random.Random(f"{self._seed}/{name}/plain/{k}")
            trials = world(source, 2 * PLAIN_TRIALS)
            paired += plain_gate(*in_blocks(source, trials, 2))
            apart += plain_gate(trials[:PLAIN_TRIALS], trials[PLAIN_TRIALS:])
        return paired, apart

    def _power(self, name: str, world: World, case: tuple[str, int, str]) -> str:
        metric, most, _ = case
        procedure = Procedure(tuple(look for look in DEFAULT_LOOKS if look <= most))
        checks = self.run(f"{name}/{metric}", world, WORSE[metric], procedure)
        return _share(sum(check.verdict(metric) == "regressed" for check in checks), len(checks))


def _head(first: str, *others: str) -> None:
    print(f"| {first} |", " | ".join(others), "|")
    print("|:---|" + "---:|" * len(others))


def _row(*cells: str) -> None:
    print("|", " | ".join(cells), "|", flush=True)


def _share(count: int, of: int) -> str:
    """Per cent; with two digits behind the point where it must not be above 1."""
    return f"{count / of:.2%}" if count / of < 0.02 else f"{count / of:.1%}"


def _pairs(checks: Sequence[Check]) -> str:
    return f"{statistics.median(check.pairs for check in checks):.0f}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tables = ("equal", "limit", "power", "heads", "failing", "procedures")
    parser.add_argument("table", nargs="*", metavar="TABLE", help=f"{', '.join(tables)} (default: all)")
    parser.add_argument("--checks", type=int, default=2000, help="checks a row (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if unknown := set(options.table) - set(tables):
        parser.error(f"no such table: {', '.join(unknown)}")
    table = Table(options.checks, options.seed)
    for name in options.table or tables:
        started = time.perf_counter()
        print(f"\n{name}: {options.checks} checks a row, {len(GATED)} gated metrics, default limits unless said\n")
        getattr(table, name)()
        print(f"\n{time.perf_counter() - started:.0f} s; seed {options.seed}", flush=True)


if __name__ == "__main__":
    main()
