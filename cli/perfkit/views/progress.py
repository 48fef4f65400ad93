"""Progress of a run on stderr: one line that changes on a terminal, a line per block elsewhere.

It is drawn between trials only: a redraw inside a timed window would take CPU from the target.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.model.events import Looked, PlanMade, RunStarted, TrialFinished, TrialStarted
from perfkit.model.scenario import UNLIMITED
from perfkit.model.units import format_duration
from perfkit.views.console import stderr
from perfkit.views.text import NAMED, counted, unsigned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.model.events import Event


class Progress:
    """Shows the events of one scenario as they come; ``cell`` names it where several take turns."""

    def __init__(self, cell: str = "") -> None:
        self._cell = f"{cell}: " if cell else ""
        self._console = stderr()
        self._plan: PlanMade | None = None
        self._failed = 0
        self._screen_shown = False

    def on(self, event: Event) -> None:
        """Show one event."""
        match event:
            case RunStarted():
                self._say(event.headline)
                if event.resumed:
                    self._say(f"resuming {event.label}: {event.resumed} trials are there already")
            case TrialStarted():
                self._status(self._cell + self._line(event))
            case TrialFinished():
                self._finished(event)
            case PlanMade():
                self._plan = event
                self._show_plan(event)
            case Looked():
                if self._plan is not None and self._plan.visible is not None:
                    self._show_look(event)

    def close(self) -> None:
        """Take the changing line away."""
        self._clear()

    def _finished(self, event: TrialFinished) -> None:
        if not event.trial.ok:
            self._failed += 1
            where = "warm-up" if event.trial.warmup else f"block {event.trial.block + 1}"
            self._say(f"! {self._cell}{event.trial.target}, {where}: {event.trial.reason}")
            self._show_screen(event.trial.screen)

    def _show_screen(self, screen: str) -> None:
        """What could be read on the terminal of a target that failed: once, the next ones look alike as a rule."""
        if screen and not self._screen_shown:
            self._screen_shown = True
            for line in screen.splitlines():
                if any(map(str.isalnum, line)):  # not what only frames have drawn
                    self._say(self._fitting(f"  │ {line}"))

    def _fitting(self, line: str) -> str:
        """A terminal narrower than the target's would break each line in two."""
        width = self._console.width
        return f"{line[: width - 1]}…" if self._console.is_terminal and len(line) > width else line

    def _line(self, event: TrialStarted) -> str:
        if event.block < 0:
            return f"warm-up · {event.target}"
        if self._plan is None:
            return f"block {event.block + 1} · {event.target}"
        left = max(0.0, self._plan.ends - event.elapsed)
        failed = f" · {self._failed} failed" if self._failed else ""
        return (
            f"block {event.block + 1} of {self._plan.blocks} · {event.target} · "
            f"{format_duration(event.elapsed)}, at most {format_duration(left)} to go{failed}"
        )

    def _show_plan(self, plan: PlanMade) -> None:
        self._say(f"plan: {self._cell}{_each(plan.seconds_per_trial)} a trial · {self._fit(plan)}")
        if plan.visible is not None:
            self._say(f"      smallest visible change of startup.ready about {unsigned(plan.visible)}")
        elif len(plan.seconds_per_trial) > 1:
            self._say("      too few blocks to see a change of any size")

    def _fit(self, plan: PlanMade) -> str:
        blocks = counted(plan.blocks, "block")
        if plan.max_time < UNLIMITED:
            return f"{blocks} fit in {format_duration(plan.max_time)}"
        if self._cell:
            return f"{blocks}; all cells end at {format_duration(plan.ends)}"
        return f"{blocks} in {format_duration(plan.blocks * plan.seconds_per_block)}"

    def _show_look(self, look: Looked) -> None:
        open_ones = ", ".join(look.undecided)
        self._say(f"{self._cell}look at {look.blocks} blocks: {f'open: {open_ones}' if open_ones else 'all decided'}")

    def _say(self, text: str) -> None:
        self._clear()
        self._console.print(text, markup=False, soft_wrap=True)

    def _status(self, text: str) -> None:
        if self._console.is_terminal:
            self._console.file.write(f"\r\x1b[K{text[: self._console.width - 1]}")
            self._console.file.flush()

    def _clear(self) -> None:
        if self._console.is_terminal:
            self._console.file.write("\r\x1b[K")
            self._console.file.flush()


def _each(seconds_per_trial: Mapping[str, float]) -> str:
    """How long a trial of each target takes; of more than ``NAMED``, the shortest and the longest."""
    if len(seconds_per_trial) > NAMED:
        least, most = (format_duration(each(seconds_per_trial.values())) for each in (min, max))
        return f"{len(seconds_per_trial)} targets, {least} to {most}"
    return ", ".join(f"{name} {format_duration(seconds)}" for name, seconds in seconds_per_trial.items())
