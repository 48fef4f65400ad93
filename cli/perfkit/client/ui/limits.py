"""What this program may need: the bounds that its own performance view draws, and that its alerts hold."""

from __future__ import annotations

from typing import Final

from perfkit.model.limits import Limit

LIMITS: Final = {"memory.rss": Limit.parse("< 100 MB", "bytes"), "cpu.share": Limit.parse("< 10 %", "ratio")}
