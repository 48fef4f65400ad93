"""Invented noise: of a program whose trials are alike but for what is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.model.catalogue import CATALOGUE
from perfkit.model.noise import MetricNoise, Noise
from support.stored import CREATED, make_fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

QUIET = {
    "startup.first_request": 0.09,
    "startup.ready": 0.06,
    "cpu.seconds": 0.02,
    "memory.peak": 0.004,
    "api.bytes_received": 0.0,
    "api.requests": 0.0,
    "api.connections": 0.0,
}


def make_noise(spreads: Mapping[str, float] = QUIET, **fields: Any) -> Noise:
    metrics = tuple(
        MetricNoise(metric=metric, pairs=60, spread=spreads[metric.name])
        for metric in CATALOGUE
        if metric.name in spreads
    )
    given: dict[str, Any] = {
        "created": CREATED,
        "scenario": "startup",
        "program": "client",
        "version": "1.2.3",
        "pairs": 60,
        "failed": 0,
        "fingerprint": make_fingerprint(),
        "metrics": metrics,
    }
    return Noise(**given | fields)
