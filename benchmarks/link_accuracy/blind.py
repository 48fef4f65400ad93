"""Cases that chance chose before anything was measured of them: the model was never looked at beside them, nor changed.

``python -m benchmarks.link_accuracy.blind`` prints the list, which ``blind.txt`` holds as it was committed. Standard
library only: runs in the guest.
"""

from __future__ import annotations

from random import Random

from benchmarks.link_accuracy.case import KIB, MIB, Case, Link

SEED = 20261127
COUNT = 24
SMALLEST, LARGEST, LARGEST_LOSSY = 1000, 4 * MIB, MIB  # bytes of a body; bounds end there
LONGEST = 2.0  # seconds of the wire that all bodies of a case may take


def cases() -> list[Case]:
    """As many as wanted, each once; what would take the wire too long is drawn again."""
    random = Random(SEED)
    chosen: dict[str, Case] = {}
    while len(chosen) < COUNT:
        case = _draw(random)
        if _wire(case) <= LONGEST:
            chosen.setdefault(case.name, case)
    return list(chosen.values())


def _draw(random: Random) -> Case:
    link = _link(random)
    largest = LARGEST_LOSSY if link.loss else LARGEST
    size = _size(random, largest)
    upload = random.random() < 0.2
    if random.random() < 0.5:
        return Case(link, size, upload=upload, group="blind")
    before = tuple(_size(random, largest) for _ in range(random.randint(1, 2)))
    idle = round(random.uniform(0.1, 5), 1) if random.random() < 0.5 else 0.0
    return Case(link, size, upload=upload, before=before, idle=idle, group="blind")


def _link(random: Random) -> Link:
    rtt = _spread(random, 2, 200)
    down = _spread(random, 1, 200) if random.random() < 0.5 else 0.0
    up = down / random.choice((1, 2, 5)) if down else 0.0
    loss = round(random.uniform(0.1, 1), 1) if random.random() < 0.33 else 0.0
    return Link(rtt, down=down, up=up, loss=loss)


def _size(random: Random, largest: int) -> int:
    """Bytes, in whole kB where that is 2 % at most."""
    size = int(_spread(random, SMALLEST, largest))
    return size // 1000 * 1000 if size > 50 * KIB else size


def _spread(random: Random, low: float, high: float) -> float:
    """Equally likely in each order of magnitude; two digits are enough."""
    return float(f"{low * (high / low) ** random.random():.2g}")


def _wire(case: Case) -> float:
    """Seconds of the wire."""
    rate = case.link.up if case.upload else case.link.down
    return 8e-6 * (case.size + sum(case.before)) / rate if rate else 0.0


if __name__ == "__main__":
    print("\n".join(case.name for case in cases()))
