"""``python -m perfkit.network FD``: started by the engine with the descriptor of its lifeline."""

from __future__ import annotations

import sys

from perfkit.lifeline import adopt
from perfkit.network.service import run

if __name__ == "__main__":
    run(adopt(int(sys.argv[1])))
