"""The verdict on growing memory."""

from __future__ import annotations

import msgspec
import pytest

from perfkit.model.catalogue import metric_of
from perfkit.model.result import Result
from perfkit.model.windows import Window
from perfkit.views.leaks import leaks
from perfkit.views.notes import notes
from support import samples

MIB = 1024**2
NAMES = ("busy/memory.growth", "busy/memory.growth.low", "busy/memory.growth.high")


def grown(growth: tuple[float, float, float], seconds: float) -> Result:
    """Two targets whose memory grew like that (MiB an hour) in the step ``busy``."""
    result = samples.sample_result({"a": {}, "b": {}}, blocks=3)
    window = Window(name="busy", do="churn", start_ns=0, end_ns=round(seconds * 1e9))
    values = {name: each * MIB for name, each in zip(NAMES, growth, strict=True)}
    trials = tuple(
        msgspec.structs.replace(trial, values=trial.values | values, windows=(window,)) for trial in result.trials
    )
    metrics = [metric for name in NAMES if (metric := metric_of(name)) is not None]
    return msgspec.structs.replace(result, trials=trials, metrics=(*result.metrics, *metrics))


def test_certain_growth_is_a_leak() -> None:
    line = "! a grows 3.2 MiB an hour in busy (2.1 MiB … 4.3 MiB): leaks, if it goes on like that"
    result = grown((3.2, 2.1, 4.3), 3600)
    assert leaks(result) == [line, line.replace("! a", "! b")]
    assert line in notes(result, [])


def test_a_little_in_a_short_time_may_be_a_heap_that_finds_its_size() -> None:
    assert leaks(grown((3.2, 2.1, 4.3), 60))[0].endswith("; so far 54.6 KiB, a longer run is surer")


@pytest.mark.parametrize("low", [0.0, -1.0])
def test_growth_that_may_be_none_is_none(low: float) -> None:
    (line, _) = leaks(grown((1.5, low, 3.0), 3600))
    assert line.startswith("  a: no certain growth in busy (")


def test_of_what_was_not_asked_nothing_is_said() -> None:
    result = grown((3.2, 2.1, 4.3), 3600)
    assert leaks(msgspec.structs.replace(result, metrics=result.metrics[: -len(NAMES)])) == []
    failed = tuple(msgspec.structs.replace(trial, outcome="timeout") for trial in result.trials)
    assert leaks(msgspec.structs.replace(result, trials=failed)) == []
