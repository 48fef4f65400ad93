"""``python -m perfkit.measure.sampler FD``: started by the engine with the descriptor of its lifeline."""

from __future__ import annotations

import sys

from perfkit.lifeline import adopt
from perfkit.measure.sampler.service import Service

if __name__ == "__main__":
    Service(adopt(int(sys.argv[1]))).run()
