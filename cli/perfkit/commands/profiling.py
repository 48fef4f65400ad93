"""Capture profiles: trials of their own; their files lie beside a label's results, their values count for nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.commands.profile_files import ShownProfile, summed_up
from perfkit.commands.workshop import Workshop
from perfkit.engine.trial import Place, run_trial
from perfkit.errors import InterruptedRunError, ResultError, UsageError
from perfkit.model.scenario import Idle, Keys, Query, Stir
from perfkit.model.windows import step_names
from perfkit.profilers.summary import summarise
from perfkit.profilers.tools.tool import Window
from perfkit.storage import labels
from perfkit.storage.files import shown as as_typed
from perfkit.storage.files import write_whole
from perfkit.targets.claims import claimed_folder
from perfkit.targets.runs import SCRATCH
from perfkit.views.console import stderr
from perfkit.views.elapsed import showing_elapsed
from perfkit.views.flamegraph import flamegraph_svg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from perfkit.commands.preparation import Prepared
    from perfkit.engine.trial import Bench
    from perfkit.model.profile import Profile
    from perfkit.model.scenario import Scenario, Step, TargetSpec
    from perfkit.profilers.tools.tool import Tool


TELLING: Final = 2.0  # seconds of steps that say something about a whole trial


@dataclass(frozen=True, slots=True)
class Taken:
    """A profile that was captured."""

    scenario: str
    target: str
    tool: str
    path: Path
    profile: Profile

    @property
    def shown(self) -> ShownProfile:
        """Its summary."""
        return summed_up(self.profile, f"{self.scenario} · {self.target} · {self.tool} · {as_typed(self.path)}")


def profile_each(prepared: Iterable[Prepared], tools: Sequence[Tool], step: str, folder: Path) -> list[Taken]:
    """Profile every target of every scenario with every tool that can; what cannot is told and left out.

    Raises:
        UsageError: no scenario has the step.
        InterruptedRunError: Ctrl-C; what was captured before is kept.
        PerfkitError: the cluster, the link or the launcher fails.
    """
    taken: list[Taken] = []
    cells = list(prepared)
    windows = [window_of(cell.scenario, step) for cell in cells]
    try:
        with Workshop() as workshop, claimed_folder(SCRATCH) as scratch:
            for cell, window in zip(cells, windows, strict=True):
                scenario = msgspec.structs.replace(cell.scenario, pass_="profile")
                bench = workshop.bench(scenario, scratch)
                sitting = _Sitting(bench, scenario, window, labels.profiles_folder(folder, scenario.name))
                for target in scenario.targets:
                    taken += sitting.profile(target, tools)
    except KeyboardInterrupt:
        raise InterruptedRunError(f"interrupted; profiles kept: {len(taken)}, in {as_typed(folder)}") from None
    return taken


def window_of(scenario: Scenario, step: str) -> Window:
    """The step of that name and how long it takes. Raises UsageError."""
    if not step:
        return Window()
    for name, each in zip(step_names(scenario.steps), scenario.steps, strict=True):
        if name == step:
            return Window(step, each.duration if isinstance(each, Idle | Stir) else 0.0)
    raise UsageError(f"{scenario.name} has no step {step!r}", f"its steps are {', '.join(step_names(scenario.steps))}")


@dataclass(frozen=True, slots=True)
class _Sitting:
    """One scenario, open, and where its profiles go."""

    bench: Bench
    scenario: Scenario
    window: Window
    folder: Path
    seconds: dict[str, float] = field(default_factory=dict)  # what the last trial of a target took

    def profile(self, target: TargetSpec, tools: Iterable[Tool]) -> Iterator[Taken]:
        """With each tool, in a trial of its own."""
        for tool in tools:
            if problem := tool.obstacle(target, self.window):
                tell(f"! {target.name}: {tool.name} left out: {problem}")
            elif taken := self._take(target, tool):
                yield taken

    def _take(self, target: TargetSpec, tool: Tool) -> Taken | None:
        name = ".".join(filter(None, (target.name, self.window.step, tool.name)))
        capture = tool.capture(target, self.folder / name, self.window)
        expected = self.seconds.get(target.name, _planned(self.scenario))
        with showing_elapsed(f"profiling {target.name} with {tool.name}", expected):
            trial = run_trial(replace(self.bench, capture=capture), self.scenario, target, Place(0, 0, 0))
        if trial.health is not None:
            self.seconds[target.name] = trial.health.duration
        if not trial.ok:
            tell(f"! {target.name}: {tool.name}: the trial failed: {trial.reason}")
        output = self.bench.artifacts / f"0000-{target.name}.log"
        try:
            with showing_elapsed(f"reading what {tool.name} captured"):
                profile = capture.read(output)
        except ResultError as error:
            tell(f"! {target.name}: {tool.name}: no profile: {error.message}")
            return None
        write_whole(self.folder / f"{name}.svg", flamegraph_svg(profile, title=name).encode())
        return Taken(self.scenario.name, target.name, tool.name, capture.path, profile)


def _planned(scenario: Scenario) -> float:
    """The seconds that its steps take at least; 0 where most is what nobody knows, such as a start."""
    lasting = (each.duration for each in scenario.steps if isinstance(each, Idle | Stir) and not _background(each))
    typing = (each.times * each.pause for each in scenario.steps if isinstance(each, Keys | Query))
    seconds = sum(lasting) + sum(typing)
    return seconds if seconds >= TELLING else 0.0


def _background(step: Step) -> bool:
    return isinstance(step, Stir) and step.background


def tell_profiles(taken: Iterable[Taken]) -> None:
    """Where they are and what was most expensive, on stderr: a line each, below a run's results."""
    for each in taken:
        top = summarise(each.profile, top=1).by_self
        most = f": most in {top[0].function} {top[0].place}" if top else ""
        tell(f"{each.target}: {each.tool}{most} · perfkit compare {as_typed(each.path)}")


def tell(text: str) -> None:
    """A line on stderr; doubts in yellow."""
    stderr().print(text, markup=False, soft_wrap=True, style="yellow" if text.startswith("!") else "dim")
