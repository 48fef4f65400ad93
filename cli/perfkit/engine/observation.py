"""The passes of a trial beside timing: a sampler with what it tells afterwards; a profiler, which yields no values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Protocol

from perfkit.engine.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from perfkit.engine.trial import Bench
    from perfkit.model.protocols import Capture, Launcher, Observer, Running
    from perfkit.model.scenario import TargetSpec, Trace
    from perfkit.steps.stage import Stage


class Observation(Protocol):
    """How one trial is looked at. Methods raise PerfkitError when the looker fails."""

    files: tuple[Path, ...]

    def begin(self, target: TargetSpec) -> TargetSpec:
        """Look from now on; the target to start in place of ``target``."""
        ...

    def launcher(self, launcher: Launcher) -> Launcher:
        """What starts the target."""
        ...

    def enter(self, step: str) -> None:
        """A step begins."""
        ...

    def mark(self, stage: Stage) -> None:
        """A step has ended."""
        ...

    def end(self) -> float:
        """Look no more; the CPU seconds that looking cost."""
        ...

    def values(self, stage: Stage) -> dict[str, float]:
        """Metrics of each step and of the whole trial, once it is over."""
        ...


def observe(bench: Bench, trace: Trace, stem: Path) -> Observation:
    """How a trial is looked at; ``stem`` is the path that the names of its files begin with."""
    if bench.capture is not None:
        return _Profiled(bench.capture)
    return _Unobserved() if bench.observer is None else _Traced(bench.observer, trace, stem)


class _Unobserved:
    """A timing trial: nothing looks."""

    files: tuple[Path, ...] = ()

    def begin(self, target: TargetSpec) -> TargetSpec:
        return target

    def launcher(self, launcher: Launcher) -> Launcher:
        return launcher

    def enter(self, step: str) -> None:
        pass

    def mark(self, stage: Stage) -> None:
        pass

    def end(self) -> float:
        return 0.0

    def values(self, stage: Stage) -> dict[str, float]:
        del stage
        return {}


class _Profiled(_Unobserved):
    """A profile trial: what is measured of it counts for nothing."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture

    def begin(self, target: TargetSpec) -> TargetSpec:
        return self._capture.wrap(target)

    def launcher(self, launcher: Launcher) -> Launcher:
        return _Attaching(launcher, self._capture)

    def enter(self, step: str) -> None:
        self._capture.enter(step)

    def mark(self, stage: Stage) -> None:
        del stage
        self._capture.leave()

    def end(self) -> float:
        self._capture.end()
        return 0.0


class _Attaching:
    """A launcher that tells a profiler what it started."""

    def __init__(self, launcher: Launcher, capture: Capture) -> None:
        self._launcher, self._capture = launcher, capture

    def start(self, target: TargetSpec, *, home: Path, kubeconfig: str, output: Path, pattern: str) -> Running:
        running = self._launcher.start(target, home=home, kubeconfig=kubeconfig, output=output, pattern=pattern)
        self._capture.started(running.pid)
        return running

    def close(self) -> None:
        self._launcher.close()

    def cpu(self) -> float:
        return self._launcher.cpu()

    def sources(self) -> Mapping[str, str]:
        return self._launcher.sources()


class _Traced:
    """A trace trial."""

    def __init__(self, observer: Observer, trace: Trace, stem: Path) -> None:
        self._observer = observer
        self._samples = stem.with_name(f"{stem.name}.samples.csv")
        self._threads = stem.with_name(f"{stem.name}.threads.jsonl") if trace.threads else None
        self._telling = Telling(stem.with_name(f"{stem.name}.runtime")) if trace.runtime else None
        folder = self._telling.folder if self._telling is not None else None
        self.files: tuple[Path, ...] = tuple(filter(None, (self._samples, self._threads, folder)))

    def begin(self, target: TargetSpec) -> TargetSpec:
        self._observer.start(self._samples, self._threads)
        return target if self._telling is None else self._telling.begin(target)

    def launcher(self, launcher: Launcher) -> Launcher:
        return launcher

    def enter(self, step: str) -> None:
        pass

    def mark(self, stage: Stage) -> None:
        self._observer.mark()
        if self._telling is not None:
            self._telling.mark(stage)

    def end(self) -> float:
        return self._observer.stop()

    def values(self, stage: Stage) -> dict[str, float]:
        if not stage.starts:
            return {}
        from perfkit.measure.samples import Samples

        samples = Samples.read(self._samples, stage.origin_ns)
        whole = (stage.origin_ns, stage.windows[-1].end_ns)
        found = samples.values(*whole) | self._by_thread(*whole)
        found |= self._telling.values(stage) if self._telling is not None else {}
        for window in stage.windows:
            start = max(window.start_ns, stage.origin_ns)
            values = samples.values(start, window.end_ns) | self._by_thread(start, window.end_ns)
            found |= {f"{window.name}/{metric}": value for metric, value in values.items()}
        return found if _of_largest(stage) else {name: found[name] for name in found if not name.endswith(_PEAK)}

    def _by_thread(self, start: int, end: int) -> dict[str, float]:
        """CPU seconds by the name of threads, from the last look before the window to the last one in it."""
        if self._threads is None:
            return {}
        looks = [json.loads(line) for line in self._threads.read_text().splitlines()]
        before: dict[str, int] = next((look["cpu"] for look in reversed(looks) if look["ns"] <= start), {})
        latest = {name: cpu for look in looks if start < look["ns"] <= end for name, cpu in look["cpu"].items()}
        return {f"cpu.seconds{{thread={name}}}": (cpu - before.get(name, 0)) / 1e9 for name, cpu in latest.items()}


_PEAK: Final = "memory.peak"


def _of_largest(stage: Stage) -> bool:
    """Whether the trial's peak is that of one process, as the sampler tells it of a step, and not of the whole tree."""
    from perfkit.targets.process import LARGEST

    return stage.launcher.sources()[_PEAK] == LARGEST
