"""``python -m perfkit.mock FD``: started by the engine with the descriptor of its lifeline."""

from __future__ import annotations

import asyncio
import sys

from perfkit.lifeline import adopt
from perfkit.mock.service import run

if __name__ == "__main__":
    asyncio.run(run(adopt(int(sys.argv[1]))))
