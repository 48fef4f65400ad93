"""One trial: cluster reset, fresh home, the steps, teardown; its values are read off what was seen from outside."""

from __future__ import annotations

import math
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perfkit.engine.carriage import chance_of
from perfkit.engine.evidence import Files, gather
from perfkit.engine.observation import observe
from perfkit.measure.machine import Steal, load_average
from perfkit.model.protocols import TargetFailedError
from perfkit.model.result import Health, Outcome, Trial
from perfkit.model.windows import Window, kind_of, step_names
from perfkit.steps.perform import perform
from perfkit.steps.stage import Stage
from perfkit.steps.stirring import end_churn
from perfkit.targets.home import fresh_home

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.engine.observation import Observation
    from perfkit.model.protocols import Capture, Clock, Cluster, Launcher, Link, Observer
    from perfkit.model.scenario import Scenario, Step, TargetSpec

GRACE = 5.0  # seconds a target has between SIGTERM and SIGKILL at the end of a trial
OVERHEAD_LIMIT = 0.03  # share of one core that engine and launcher may use before the trial says so
LEAST_OVERHEAD = 0.005  # seconds of CPU; less than that is the start and end of a trial, however short it is
MOCK_LIMIT = 0.8  # share of one core from which on the mock, not the target, may set the pace
STEAL_LIMIT = 0.02


@dataclass(frozen=True, slots=True)
class Bench:
    """What a run has open, and where its bulk files go."""

    cluster: Cluster
    launcher: Launcher
    clock: Clock
    artifacts: Path
    link: Link | None  # None: the target talks to the cluster directly
    kept_homes: Path  # where homes live through the run, for scenarios that keep them
    observer: Observer | None = None  # None: timing trials, in which nothing looks
    capture: Capture | None = None  # the profiler of a profile trial


@dataclass(frozen=True, slots=True)
class Place:
    """Where a trial stands in the schedule, and how long it may wait for its target to be ready."""

    index: int
    block: int
    order: int
    patience: float = math.inf  # seconds


def run_trial(bench: Bench, scenario: Scenario, target: TargetSpec, place: Place) -> Trial:
    """Run one trial to its end, whatever the target does. Raises ClusterError when the cluster fails."""
    stem = bench.artifacts / f"{place.index:04d}-{target.name}"
    files = Files.of(stem, target)
    bench.cluster.reset(files.requests)
    if bench.link is not None:
        bench.link.reset(chance_of(scenario.cluster.seed, place.block), files.edges)
    observation = observe(bench, scenario.trace, stem)
    with _home(bench, scenario, target) as home:
        stage = Stage(
            cluster=bench.cluster,
            launcher=observation.launcher(bench.launcher),
            clock=bench.clock,
            target=observation.begin(target),
            home=home,
            output=files.output,
            link=bench.link,
            profile=scenario.link,
            patience=place.patience,
        )
        gauge = _Gauge(bench)
        outcome, reason = _do_steps(scenario, stage, observation)
        health = gauge.read(stage, observation.end())
    traffic = bench.cluster.traffic()
    evidence = gather(scenario, stage, files, observation, traffic)
    return Trial(
        index=place.index,
        block=place.block,
        order=place.order,
        target=target.name,
        pass_=scenario.pass_,
        outcome=outcome,
        reason=reason,
        screen="" if outcome == "ok" else evidence.screen,
        exit_status=stage.running.exit_status if stage.running else None,
        values=evidence.values,
        origin_ns=stage.origin_ns,
        windows=tuple(window.since(stage.origin_ns) for window in stage.windows),
        work=traffic.work,
        digest=traffic.digest,
        health=health,
        warnings=(*stage.warnings, *_doubts(health), *evidence.doubts, *traffic.notes),
        artifacts=evidence.artifacts,
    )


def _home(bench: Bench, scenario: Scenario, target: TargetSpec) -> AbstractContextManager[Path]:
    """An empty home, or with ``home = "kept"`` the one that the target had in the trial before."""
    if scenario.repeat.home == "fresh":
        return fresh_home()
    home = bench.kept_homes / target.name
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return nullcontext(home)


def _do_steps(scenario: Scenario, stage: Stage, observation: Observation) -> tuple[Outcome, str]:
    try:
        for name, step in zip(step_names(scenario.steps), scenario.steps, strict=True):
            _do_step(name, step, stage, observation)
        end_churn(stage)
    except TargetFailedError as error:
        return error.outcome, error.reason
    else:
        return "ok", ""
    finally:
        stage.stop(GRACE)


def _do_step(name: str, step: Step, stage: Stage, observation: Observation) -> None:
    """Do one step, and note its window however it ends; the last look at what it leaves is part of it."""
    stage.step, start = name, stage.clock.now()
    observation.enter(name)
    try:
        perform(step, stage)
        observation.mark(stage)
    finally:
        stage.windows.append(Window(name=name, do=kind_of(step), start_ns=start, end_ns=stage.clock.now()))
    if stage.link is not None:
        stage.link_counters.append(stage.link.stats())


class _Gauge:
    """What perfkit itself and the machine do while a trial runs."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._started = bench.clock.now()
        self._steal = Steal()
        self._before = self._cpu()

    def read(self, stage: Stage, sampler_cpu: float) -> Health:
        """The gauge's readings since it was made; the trial's duration counts from exec where there was one."""
        started = stage.running.started_ns if stage.running else self._started
        engine, launcher, mock = (after - before for after, before in zip(self._cpu(), self._before, strict=True))
        return Health(
            duration=(self._bench.clock.now() - started) / 1e9,
            engine_cpu=engine,
            launcher_cpu=launcher,
            mock_cpu=mock,
            sampler_cpu=sampler_cpu,
            steal=self._steal.share(),
            load=load_average(),
        )

    def _cpu(self) -> tuple[float, float, float]:
        return time.process_time(), self._bench.launcher.cpu(), self._bench.cluster.cpu()


def _doubts(health: Health) -> list[str]:
    """What makes the numbers of this trial doubtful, in words."""
    if health.duration <= 0:
        return []
    own = (health.engine_cpu + health.launcher_cpu + health.sampler_cpu) / health.duration
    mock = health.mock_cpu / health.duration
    doubts = []
    if own > OVERHEAD_LIMIT and own * health.duration > LEAST_OVERHEAD:
        doubts.append(f"perfkit itself used {own:.1%} of a core")
    if mock > MOCK_LIMIT:
        doubts.append(f"the mock cluster used {mock:.0%} of a core and may have set the pace")
    if health.steal is not None and health.steal > STEAL_LIMIT:
        doubts.append(f"the hypervisor took {health.steal:.1%} of the CPU")
    return doubts
