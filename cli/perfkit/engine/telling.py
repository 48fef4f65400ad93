"""What a target's own runtime tells in a trace trial that asks it: of the whole trial, and step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from perfkit.measure.runtime import Heard, asking, heard, told, told_between
from perfkit.targets.launcher.output import HEAD

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.model.scenario import TargetSpec
    from perfkit.steps.stage import Stage


class Telling:
    """Has the runtime talk, and notes at the end of each step what it has told by then. ``folder`` is for counts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._heard: list[Heard] = []

    def begin(self, target: TargetSpec) -> TargetSpec:
        """The target, asked."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return msgspec.structs.replace(target, environment=asking(target.environment, self.folder))

    def mark(self, stage: Stage) -> None:
        """A step has ended."""
        self._heard.append(self._now(stage))

    def values(self, stage: Stage) -> dict[str, float]:
        """Metrics of the whole and of each step; one that failed has what came until the end."""
        output = b"".join(path.read_bytes() for path in _outputs(stage))
        found = told(self.folder, output.decode(errors="replace"))
        nothing = {name: 0.0 for name in found if not name.endswith(".peak")}
        before = Heard()
        for window, after in zip(stage.windows, [*self._heard, self._now(stage)], strict=False):
            if after.output >= HEAD:  # from there on the launcher keeps the end alone, and writes that last
                break
            values = nothing | told_between(before, after, output)
            found |= {f"{window.name}/{name}": value for name, value in values.items()}
            before = after
        return found

    def _now(self, stage: Stage) -> Heard:
        return heard(self.folder, sum(path.stat().st_size for path in _outputs(stage)))


def _outputs(stage: Stage) -> list[Path]:
    """What each start has printed, in order."""
    return [start.output for start in stage.starts if start.output is not None and start.output.exists()]
