"""What a trial measured by its account and its traffic: of the whole, and of each start where there are several."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.model.control import Churned, Traffic
    from perfkit.model.protocols import Usage
    from perfkit.model.requests import Entry
    from perfkit.steps.stage import Stage, Start


def trial_values(stage: Stage, traffic: Traffic, asked: Sequence[Entry]) -> dict[str, float]:
    """Whatever is known: a failed trial keeps what it has, for people; statistics count it as failed."""
    values: dict[str, float] = {
        "api.requests": float(traffic.requests),
        "api.bytes_received": float(traffic.bytes_sent),
        "api.connections": float(traffic.connections),
    }
    if stage.churned:
        values |= _churn_values([done for _, done in stage.churned])
    for step in dict.fromkeys(step for step, _ in stage.churned):
        own = _churn_values([done for name, done in stage.churned if name == step])
        values |= {f"{step}/{name}": value for name, value in own.items()}
    values |= stage.noted
    for start in stage.starts:
        own = _start_values(start, asked)
        values |= own if start is stage.starts[0] else {}
        values |= {f"{start.step}/{name}": value for name, value in own.items()} if len(stage.starts) > 1 else {}
    return values | _total([start.usage for start in stage.starts if start.usage])


def _start_values(start: Start, asked: Iterable[Entry]) -> dict[str, float]:
    """Of one start: when it first asked for something, when it was ready, what it used until its end."""
    started = start.running.started_ns
    first = next((entry.ns for entry in asked if entry.ns >= started), None)
    values = {} if first is None else {"startup.first_request": (first - started) / 1e9}
    if start.ready_ns is not None:
        values["startup.ready"] = (start.ready_ns - started) / 1e9
    return values | (_usage_values(start.usage) if start.usage else {})


def saved(starts: Sequence[Start], asked: Iterable[Entry]) -> dict[str, float]:
    """The share of the first start's requests that the last one did without; below 0 where it needed more."""
    if len(starts) < 2:
        return {}
    begun = [start.running.started_ns for start in starts]
    counts = [0] * len(begun)
    for entry in asked:
        counts[max(0, bisect_right(begun, entry.ns) - 1)] += 1
    return {"cache.saved": 1 - counts[-1] / counts[0]} if counts[0] else {}


def _total(usages: Sequence[Usage]) -> dict[str, float]:
    """What all starts used together; of memory the most that one of them had."""
    each = [_usage_values(usage) for usage in usages]
    return {
        name: (max if name == "memory.peak" else sum)(values[name] for values in each) for name in (each or [{}])[0]
    }


def _churn_values(churned: list[Churned]) -> dict[str, float]:
    events = sum(churn.events for churn in churned)
    seconds = sum(churn.seconds for churn in churned)
    return {"churn.events": float(events)} | ({"churn.rate": events / seconds} if seconds else {})


def _usage_values(usage: Usage) -> dict[str, float]:
    return {
        "cpu.seconds": usage.cpu_seconds,
        "cpu.system": usage.system_seconds,
        "memory.peak": float(usage.memory_peak),
        "process.page_faults": float(usage.page_faults),
        "process.context_switches": float(usage.context_switches),
    }
