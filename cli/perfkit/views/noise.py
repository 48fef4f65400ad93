"""A noise floor as a table, as limits to paste into perfkit.toml, and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.model.scenario import DEFAULT_LOOKS
from perfkit.statistics.noise import suggest
from perfkit.views.grids import Grid
from perfkit.views.text import counted, percent, span, unsigned

if TYPE_CHECKING:
    from perfkit.model.noise import MetricNoise, Noise
    from perfkit.statistics.noise import Suggestion

SCHEMA: Final = "perfkit.noise/1"

MEANING: Final = f"floor: the smallest change that {DEFAULT_LOOKS[-1]} pairs tell 4 times in 5"
HEADER: Final = ("", "pair SD", "A/A", "interval", "floor", "limit", "pairs")


def grid(noise: Noise) -> Grid:
    """A row a metric: its noise, what A/A showed, the floor at the last look, a limit above it and its pairs."""
    title = f"{program(noise)} against itself · {counted(noise.pairs, 'pair')}"
    rows = [_cells(each, suggestion) for each, suggestion in zip(noise.metrics, suggest(noise.metrics), strict=True)]
    return Grid(title, HEADER, list(rows), [MEANING])


def notes(noise: Noise) -> list[str]:
    """What makes the floors doubtful."""
    lines = [
        f"! {each.metric.name}: the target differed from itself by {span(each.low, each.high)}: "
        "a bias, or the machine changed; measure again"
        for each in noise.metrics
        if each.metric.gated and (each.low > 0 or each.high < 0)
    ]
    if noise.fingerprint.context.get("load") == "busy":
        lines.append("! the machine was busy when this began: floors are those of such a machine")
    return lines


def snippet(noise: Noise) -> str:
    """The suggested limits of gated metrics, to be pasted into perfkit.toml or a scenario."""
    lines = [f"\n# noise of {program(noise)}, {noise.scenario}: {noise.pairs} pairs on {noise.created[:10]}"]
    for each in suggest(noise.metrics):
        if each.metric.gated and each.limit:
            lines += ["[[limit]]", f'metric = "{each.metric.name}"', f'limit = "{each.limit}"{_pairs_comment(each)}']
        elif each.metric.gated:
            lines.append(f"# {each.metric.name}: too noisy here for any limit")
    return "\n".join(lines)


def program(noise: Noise) -> str:
    """``lean 0.1.0``."""
    return f"{noise.program} {noise.version}".strip()


def noise_data(noise: Noise) -> dict[str, Any]:
    """The measurement as it is stored, but for its schema, with the suggestions in each metric."""
    data: dict[str, Any] = msgspec.to_builtins(noise)
    del data["schema"]
    for written, suggestion in zip(data["metrics"], suggest(noise.metrics), strict=True):
        written |= {"floor": suggestion.floor, "limit": suggestion.limit, "pairs_to_show": suggestion.pairs}
    return data


def _cells(noise: MetricNoise, suggestion: Suggestion) -> tuple[str, ...]:
    return (
        noise.metric.name,
        "exact" if noise.exact else unsigned(noise.spread),
        percent(noise.change),
        "exact" if noise.exact else span(noise.low, noise.high),
        "exact" if noise.exact else unsigned(suggestion.floor),
        suggestion.limit or "none",
        "–" if suggestion.pairs is None else str(suggestion.pairs),
    )


def _pairs_comment(suggestion: Suggestion) -> str:
    return f"  # about {counted(suggestion.pairs, 'pair')}" if suggestion.pairs is not None else ""
