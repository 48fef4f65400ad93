"""Simulated time: whole seconds since 1970, RFC 3339 in objects, short durations in tables."""

from __future__ import annotations

import time
from datetime import datetime


def parse_time(text: str) -> int:
    """``2026-01-15T09:30:00Z`` as seconds; raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return int(moment.timestamp())


def format_time(seconds: int) -> str:
    """Seconds as ``2026-01-15T09:30:00Z``."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
