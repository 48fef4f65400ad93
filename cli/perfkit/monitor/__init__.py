"""A program's watch over itself: memory, CPU, event loops, requests, caches, collections; threads or asyncio.

    from perfkit.monitor import Monitor

    with Monitor() as monitor:
        with monitor.operation("list pods", namespace="default"):
            ...
        print(monitor.snapshot())

Importing this package loads msgspec and the standard library, no SDK, no HTTP library and no prometheus-client.
"""

from __future__ import annotations

from perfkit.monitor.alerts import DEFAULT_RULES, Alert, Rule
from perfkit.monitor.core import Monitor
from perfkit.monitor.options import Options
from perfkit.monitor.snapshot import Snapshot

__all__ = ["DEFAULT_RULES", "Alert", "Monitor", "Options", "Rule", "Snapshot"]
