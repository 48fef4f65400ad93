"""What a link asks of the steps: changing it, and waiting longer where it is slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfkit.model.scenario import ChangeLink
    from perfkit.steps.stage import Stage


def change_link(step: ChangeLink, stage: Stage) -> None:
    """Change the link as the step says. Raises LinkError. A scenario with such a step has a link."""
    assert stage.link is not None
    if step.to is not None:
        stage.link.set(step.to)
    elif step.cut is not None:
        stage.link.cut(step.cut)
    elif step.fault is not None:
        stage.link.fault(step.fault)
    else:
        stage.link.restore()
        stage.link.set(stage.profile)


class Patience:
    """How long to wait yet: a step's timeout, and in addition the time that a link's rate needs for what it carried.

    A list of 15 MB over 1.6 Mbit/s takes 75 s by itself: that is no reason to call a target dead.
    """

    def __init__(self, stage: Stage, timeout: float) -> None:
        self._stage = stage
        self._deadline = stage.clock.now() + round(timeout * 1e9)

    def left(self) -> float:
        """Seconds."""
        return (self._deadline - self._stage.clock.now()) / 1e9 + self._carrying()

    def _carrying(self) -> float:
        """Seconds for which the slower direction of the link has been busy at least."""
        stage = self._stage
        if stage.link is None or not (stage.profile.down or stage.profile.up):
            return 0.0
        stats = stage.link.stats()
        sides = ((stats.down, stage.profile.down), (stats.up, stage.profile.up))
        return max(8 * carried / rate for carried, rate in sides if rate)
