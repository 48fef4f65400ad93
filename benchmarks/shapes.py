"""What each shape's pods weigh, how well a LIST of them compresses, and how long laying it out and resetting it takes.

python benchmarks/shapes.py [SHAPE…]
"""

from __future__ import annotations

import sys
import time
import zlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from perfkit.mock.generator.population import populate
from perfkit.mock.generator.shape import load
from perfkit.mock.store import Store
from perfkit.statistics.estimate import nearest_rank

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPES = Path(__file__).resolve().parents[1] / "fixtures" / "shapes"
LISTED = 2_000  # pods that are rendered and compressed, as the API server does it: at level 1


def main() -> None:
    """Print a Markdown table."""
    names = sys.argv[1:] or sorted(path.stem for path in SHAPES.glob("*.toml"))
    print("| shape | pods | p50 B | p95 B | gzip | laid out | reset |\n|---|---|---|---|---|---|---|")
    for name in names:
        shape = load(SHAPES / f"{name}.toml")
        laid_out = min(timed(partial(populate, shape, 1)) for _ in range(3))
        population = populate(shape, 1)
        pods = population.collections["pods"]
        store = Store(population)
        reset = min(timed(store.reset) for _ in range(3))
        bodies = list(pods.bodies(0, min(LISTED, len(pods))))
        whole = b",".join(bodies)
        sizes = [len(body) for body in bodies]
        print(
            f"| {name} | {len(pods):,} | {nearest_rank(sizes, 50):,} | {nearest_rank(sizes, 95):,} "
            f"| {len(whole) / len(zlib.compress(whole, 1)):.1f} × | {laid_out * 1e3:.0f} ms | {reset * 1e3:.2f} ms |"
        )


def timed(action: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
