"""Results in whose every name and text somebody tries to write into a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from perfkit.model.limits import Limit
from perfkit.model.metrics import Metric
from perfkit.model.scenario import MetricLimit

if TYPE_CHECKING:
    from perfkit.model.result import Result

EVIL = '<script>window.ran = 1</script><img src=x onerror="window.ran = 2">\'"&'


def mischievous(result: Result) -> Result:
    """The same with mischief in every name and text that a stored result has."""
    names = {spec.name: f"{spec.name}{EVIL}" for spec in result.scenario.targets}
    targets = tuple(
        msgspec.structs.replace(spec, name=names[spec.name], version=EVIL, command=("sh", EVIL), toolchain={EVIL: EVIL})
        for spec in result.scenario.targets
    )
    metric = Metric(name=f"busy/cpu.seconds{{thread={EVIL}}}", kind="time", source=EVIL, help=EVIL)
    trials = tuple(
        msgspec.structs.replace(
            trial,
            target=names[trial.target],
            reason=EVIL if trial.reason else "",
            screen=EVIL,
            values={**trial.values, metric.name: 1.0 + trial.index},
            work={f"list {EVIL}": 1},
            warnings=(EVIL,),
        )
        for trial in result.trials
    )
    scenario = msgspec.structs.replace(
        result.scenario,
        name=f"startup{EVIL}".replace("/", ""),
        title=EVIL,
        targets=targets,
        limits=(MetricLimit(metric="cpu.seconds", limits=(Limit("<", 0.1, written=f"< 1 {EVIL}"),)),),
        show=(metric.name,),
    )
    print_ = msgspec.structs.replace(result.fingerprint, machine={EVIL: EVIL}, context={"kernel": EVIL})
    return msgspec.structs.replace(
        result,
        scenario=scenario,
        base=names[result.base] if result.base else None,
        metrics=(*result.metrics, metric),
        trials=trials,
        fingerprint=print_,
        commit=EVIL,
    )
