"""The start of a target in detail, from all that saw it: the cluster's record, the link, the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfkit.measure.startup import moments, startup_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from perfkit.model.requests import Entry
    from perfkit.steps.stage import Stage

ON_SCREEN: Final = {"first_paint": "ui.first_paint", "useful_screen": "ui.useful_screen"}


def start_values(stage: Stage, asked: Sequence[Entry], edges: Path, shown: Mapping[str, float]) -> dict[str, float]:
    """Moments and stretches of the first start; what the screen showed has metrics of its own, and ends stretches."""
    if not stage.starts:
        return {}
    started = stage.origin_ns
    at = moments(asked, stage.starts[0].ready_ns)
    if stage.link is not None and edges.exists():
        from perfkit.network.greeting import greeting

        at |= greeting(edges)
    at |= {name: started + round(shown[metric] * 1e9) for name, metric in ON_SCREEN.items() if metric in shown}
    values = startup_values(asked, at, started)
    return {name: value for name, value in values.items() if name not in {f"startup.{each}" for each in ON_SCREEN}}
