"""A/A on an invented cluster and launcher: what is run, what is kept, and what is said when it fails."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import pytest

from perfkit.commands.floors import floors_of, spread_of, with_floors
from perfkit.commands.noise_floor import noise_of, twins
from perfkit.commands.preparation import Prepared
from perfkit.engine.session import Session
from perfkit.engine.sweep import Sweep
from perfkit.engine.trial import Bench
from perfkit.errors import TargetError, UsageError
from perfkit.model.catalogue import CATALOGUE
from perfkit.model.result import Trial
from perfkit.model.scenario import Repeat
from perfkit.statistics.analysis import Comparison, analyse
from perfkit.storage.noise import write_noise
from support.fakes import Behaviour, FakeWorld, scenario
from support.stored import make_result

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.model.result import Result


class MemoryLedger:
    def __init__(self) -> None:
        self.trials: list[Trial] = []

    def append(self, trial: Trial) -> None:
        self.trials.append(trial)


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def pair(**repeat: object) -> Prepared:
    given = scenario("client", repeat=Repeat(**repeat))  # type: ignore[arg-type]
    return twins(Prepared(given, None), given.targets[0])


def measured(folder: Path, behaviour: Behaviour, **repeat: object) -> Result:
    """The result of an invented target against itself."""
    prepared, ledger = pair(**repeat), MemoryLedger()
    world = FakeWorld({target.name: behaviour for target in prepared.scenario.targets})
    bench = Bench(cluster=world, launcher=world, clock=world.clock, artifacts=folder, link=None, kept_homes=folder)
    session = Session(prepared.scenario, prepared.base, bench, ledger, lambda _event: None)
    sweep = Sweep([session], prepared.scenario.repeat.max_time)
    sweep.rehearse()
    sweep.run()
    return make_result(scenario=prepared.scenario, base=prepared.base, trials=tuple(ledger.trials), metrics=CATALOGUE)


def test_both_sides_are_the_same_target_under_names_of_one_length() -> None:
    first, second = pair().scenario.targets
    assert (first.name, second.name) == ("client-a", "client-b")
    assert msgspec.structs.replace(first, name="") == msgspec.structs.replace(second, name="")
    assert pair().base == "client-a"


def test_nothing_stops_before_the_last_pair(tmp_path: Path) -> None:
    """A verdict of equal sides comes early; a spread wants all pairs."""
    noise = noise_of(measured(tmp_path, Behaviour(noise=0.02), pairs=(15, 20, 30), max_time=1e6))
    assert noise.pairs == 30


def test_the_spread_is_measured_and_named(tmp_path: Path) -> None:
    noise = noise_of(measured(tmp_path, Behaviour(noise=0.05), pairs=(100,), max_time=1e6))
    found = {each.metric.name: each for each in noise.metrics}
    assert found["cpu.seconds"].spread == pytest.approx(0.05 * math.sqrt(2), rel=0.3)
    assert found["api.requests"].exact
    assert (noise.scenario, noise.program, noise.failed) == ("startup", "client", 0)


def test_a_target_that_never_works_is_told(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="failed in 6 of 6 trials"):
        noise_of(measured(tmp_path, Behaviour(exit_status=1)))


def test_too_little_time_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="pairs fitted the time; 15 tell the noise"):
        noise_of(measured(tmp_path, Behaviour(ready=1.0), max_time=10.0))


def compared(result: Result) -> Comparison:
    (section,) = with_floors(analyse(result), result)
    assert isinstance(section, Comparison)
    return section


def test_a_later_comparison_of_that_program_has_the_floors(tmp_path: Path) -> None:
    result = measured(tmp_path, Behaviour(noise=0.05), pairs=(60,), max_time=1e6)
    assert compared(result).noise == ""
    noise = noise_of(result)
    write_noise(noise)
    after = compared(result)
    assert after.noise == noise.created
    floors = {row.metric.name: row.floor for row in after.rows}
    assert 0.03 < (floors["cpu.seconds"] or 0) < 0.1
    assert floors["api.requests"] == 0


def test_what_a_target_can_tell_is_known_before_the_first_pair(tmp_path: Path) -> None:
    result = measured(tmp_path, Behaviour(noise=0.05), pairs=(60,), max_time=1e6)
    head = result.scenario.targets[-1]
    assert floors_of(result, head) == {}
    write_noise(noise_of(result))
    before = msgspec.structs.replace(result, trials=())
    assert floors_of(before, head) == {
        row.metric.name: row.floor for row in compared(result).rows if row.floor is not None
    }


def test_a_plan_reckons_with_the_spread_that_was_measured(tmp_path: Path) -> None:
    result = measured(tmp_path, Behaviour(noise=0.05), pairs=(60,), max_time=1e6)
    assert spread_of(result) is None
    noise = noise_of(result)
    write_noise(noise)
    assert spread_of(result) == next(each.spread for each in noise.metrics if each.metric.name == "startup.ready")


def test_a_comparison_on_another_cluster_has_none(tmp_path: Path) -> None:
    result = measured(tmp_path, Behaviour(noise=0.05), pairs=(60,), max_time=1e6)
    write_noise(noise_of(result))
    elsewhere = msgspec.structs.replace(
        result.fingerprint, experiment={**result.fingerprint.experiment, "cluster.pods": "9"}
    )
    assert compared(msgspec.structs.replace(result, fingerprint=elsewhere)).noise == ""
