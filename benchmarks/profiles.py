"""Reading profiles of 10 MB: ``python benchmarks/profiles.py [--megabytes 10]``.

Each format beside ``json.loads`` of the speedscope file, in the same process: seconds of CPU, and the ratio.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import time
from typing import TYPE_CHECKING

from perfkit.model import pprof
from perfkit.model.profile import Frame, Profile, ProfileBuilder, ValueType
from perfkit.profilers import speedscope

if TYPE_CHECKING:
    from collections.abc import Callable

FUNCTIONS = 4000
DEPTH = 30
ROUNDS = 3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=10.0)
    size = parser.parse_args().megabytes * 1e6
    protobuf = gzip.decompress(pprof.write(grown(lambda profile: len(gzip.decompress(pprof.write(profile))), size)))
    sampled = speedscope.write(grown(lambda profile: len(speedscope.write(profile)), size))
    evented = events(size)
    yardstick = best(lambda: json.loads(sampled))
    print(f"json.loads of {len(sampled) / 1e6:.1f} MB: {yardstick:.2f} s")
    for name, data, read in (
        ("pprof, uncompressed", protobuf, pprof.read),
        ("speedscope, sampled", sampled, speedscope.read),
        ("speedscope, evented", evented, speedscope.read),
    ):
        seconds = best(lambda data=data, read=read: read(data))  # type: ignore[misc]
        print(f"{name}, {len(data) / 1e6:.1f} MB: {seconds:.2f} s, {seconds / yardstick:.1f} × json.loads")


def best(work: Callable[[], object]) -> float:
    """CPU seconds of the quickest of a few."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def grown(size_of: Callable[[Profile], int], size: float) -> Profile:
    """A profile of stacks of chance that takes about so many bytes."""
    few, more = size_of(made_up(2000)), size_of(made_up(4000))
    return made_up(round(2000 + 2000 * (size - few) / (more - few)))


def made_up(stacks: int) -> Profile:
    """So many stacks, each of about DEPTH functions."""
    chance = random.Random(1)
    builder = ProfileBuilder([ValueType("samples", "count"), ValueType("cpu", "nanoseconds")])
    frames = [
        builder.frame(Frame(f"k8s.io/client-go/part{n % 97}.(*Type{n}).Method", f"/src/part{n % 97}/file.go", n))
        for n in range(FUNCTIONS)
    ]
    for _ in range(stacks):
        stack = tuple(chance.choices(frames, k=chance.randrange(DEPTH // 2, DEPTH * 3 // 2)))
        builder.add_numbers(stack, (count := chance.randrange(1, 9), count * 10_000_000))
    return builder.profile()


def events(size: float) -> bytes:
    """An evented speedscope file of about so many bytes."""
    chance, found = random.Random(2), []
    open_: list[int] = []
    for at in range(round(size / 42)):
        closes = bool(open_) and (len(open_) > DEPTH or chance.random() < 0.5)
        frame = open_.pop() if closes else chance.randrange(FUNCTIONS)
        if not closes:
            open_.append(frame)
        found.append({"type": "C" if closes else "O", "frame": frame, "at": at / 1000})
    frames = [{"name": f"function{number}"} for number in range(FUNCTIONS)]
    profile = {"type": "evented", "unit": "seconds", "name": "main", "events": found}
    return json.dumps({"shared": {"frames": frames}, "profiles": [profile]}, separators=(",", ":")).encode()


if __name__ == "__main__":
    main()
