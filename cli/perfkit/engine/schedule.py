"""In which order targets are tried: seeded random order within each block."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def block_order(targets: Sequence[str], seed: int, block: int) -> list[str]:
    """The order of ``targets`` in one block: the same for the same seed and block, whatever ran before."""
    order = list(targets)
    random.Random(f"{seed}/{block}").shuffle(order)
    return order
