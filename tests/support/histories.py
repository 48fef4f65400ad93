"""Invented histories: results of one client over labels, with a shift, a drift, or another machine."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from perfkit.storage.history import Point, Release
from support.samples import sample_result

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from perfkit.model.result import Result

START = datetime(2026, 1, 1, 9, 30, tzinfo=UTC)


def results(
    number: int, factors: Callable[[int], Mapping[str, float]], machine: Callable[[int], str] = lambda _: "Ada 1"
) -> list[Result]:
    """One result a day of one target, ``lean``: its metrics differ from the usual by factors, and a day's mood."""
    chance = random.Random(7)
    found = []
    for day in range(number):
        mood = chance.gauss(1, 0.01)
        given = {name: factor * (1 if name == "api.requests" else mood) for name, factor in factors(day).items()}
        result = sample_result({"lean": given}, blocks=5)
        fingerprint = msgspec.structs.replace(result.fingerprint, machine={"cpu": machine(day)})
        created = (START + timedelta(days=day)).isoformat()
        label = f"v1.{day}.0"
        found.append(msgspec.structs.replace(result, label=label, created=created, fingerprint=fingerprint))
    return found


def points(given: Sequence[Result], folder: Path) -> list[Point]:
    """The points of stored results, each of its last target; commits are invented."""
    return [
        Point(
            release=Release(
                label=result.label,
                path=folder / result.label / "startup.perfkit.json",
                created=datetime.fromisoformat(result.created),
                commit=f"{number + 1:x}" * 40,
                result=result,
            ),
            target=result.scenario.targets[-1].name,
        )
        for number, result in enumerate(given)
    ]
