"""``python -m perfkit.clusters.gateway FD``: started by the engine with the descriptor of its lifeline."""

from __future__ import annotations

import asyncio
import sys

from perfkit.clusters.gateway.service import run
from perfkit.lifeline import adopt

if __name__ == "__main__":
    asyncio.run(run(adopt(int(sys.argv[1]))))
