"""OpenMetrics text (version 1.0.0; prometheus.io, "OpenMetrics specification"), for Prometheus and its like.

Only types that the older Prometheus text format has too, so that collectors of text files and push gateways, which
still parse that, read it as well: ``…_info`` is a gauge of 1 and not the type ``info``.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Final, get_args

import msgspec

from perfkit.model.result import Outcome
from perfkit.storage.exports.samples import spread_of, trials_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from perfkit.model.metrics import Metric
    from perfkit.model.result import Result
    from perfkit.storage.exports.samples import Spread

PREFIX: Final = "perfkit"
UNITS: Final = {"time": "seconds", "bytes": "bytes", "count": "", "ratio": "ratio", "rate": "per_second"}


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """Samples under one name, as finished lines."""

    name: str
    type: str
    unit: str = ""
    help: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        unit = f"# UNIT {self.name} {self.unit}\n" if self.unit else ""
        head = f"# TYPE {self.name} {self.type}\n{unit}# HELP {self.name} {_escaped(self.help)}\n"
        return head + "".join(f"{line}\n" for line in self.lines)


def export(result: Result) -> str:
    """What was run, trials by outcome, and a summary of each metric: 0.0 and 1.0 are its extremes, 0.5 its median."""
    families = [_run(result), _targets(result), _trials(result), *_summaries(result)]
    return "".join(map(str, families)) + "# EOF\n"


def _run(result: Result) -> Family:
    labels = {
        "scenario": result.scenario.name,
        "label": result.label,
        "created": result.created,
        "scenario_hash": result.scenario_hash,
        "seed": str(result.seed),
        "complete": "true" if result.complete else "false",
    }
    name = f"{PREFIX}_run_info"
    return Family(name=name, type="gauge", help="The run that the samples are of.", lines=(_sample(name, labels, 1),))


def _targets(result: Result) -> Family:
    name = f"{PREFIX}_target_info"
    lines = [
        _sample(name, {**_target(result, spec.name), "program": spec.program, "version": spec.version}, 1)
        for spec in result.scenario.targets
    ]
    return Family(name=name, type="gauge", help="The programs measured.", lines=tuple(lines))


def _trials(result: Result) -> Family:
    """Every outcome is there, also with 0, so that a rule on failures never lacks its series."""
    name = f"{PREFIX}_trials"
    lines = []
    for spec in result.scenario.targets:
        seen = Counter(trial.outcome for trial in trials_of(result, spec.name))
        lines += [
            _sample(f"{name}_total", {**_target(result, spec.name), "outcome": outcome}, seen[outcome])
            for outcome in get_args(Outcome)
        ]
    return Family(name=name, type="counter", help="Trials by how they ended; all but ok failed.", lines=tuple(lines))


def _summaries(result: Result) -> Iterator[Family]:
    """Metrics whose names differ only in punctuation share a family; the label ``metric`` tells them apart."""
    named: dict[str, list[Metric]] = {}
    for metric in result.metrics:
        named.setdefault(_family_name(metric), []).append(metric)
    for name, metrics in named.items():
        lines = chain.from_iterable(_summary(result, metric, name) for metric in metrics)
        unit, text = UNITS[metrics[0].kind], metrics[0].help
        yield Family(name=name, type="summary", unit=unit, help=text, lines=tuple(lines))


def _summary(result: Result, metric: Metric, name: str) -> Iterator[str]:
    for spec in result.scenario.targets:
        labels = {**_target(result, spec.name), "metric": metric.name}
        spread = spread_of(trials_of(result, spec.name), metric)
        shares = {} if spread is None else _shares(spread)
        yield from (_sample(name, {**labels, "quantile": share}, value) for share, value in shares.items())
        yield _sample(f"{name}_count", labels, spread.n if spread else 0)


def _shares(spread: Spread) -> dict[str, float]:
    return {"0.0": spread.lowest, "0.25": spread.q1, "0.5": spread.median, "0.75": spread.q3, "1.0": spread.highest}


def _family_name(metric: Metric) -> str:
    """``api.bytes_received`` in bytes → ``perfkit_api_received_bytes``: the unit is the last word, and stands once."""
    unit = UNITS[metric.kind]
    letters = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in metric.name)
    words = [word for word in letters.split() if word != unit]
    return "_".join(filter(None, [PREFIX, *words, unit]))


def _target(result: Result, target: str) -> dict[str, str]:
    return {"scenario": result.scenario.name, "target": target}


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    """One line; an empty label is the same as none, so it is left out."""
    return f"{name}{{{_labels(labels.items())}}} {value!r}"


def _labels(labels: Iterable[tuple[str, str]]) -> str:
    return ",".join(f'{key}="{_escaped(value)}"' for key, value in labels if value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
