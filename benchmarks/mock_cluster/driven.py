"""A mock that changes by itself: ``python -m benchmarks.mock_cluster.driven RATE COUNT WATCHES FD``.

Once so many watches are open, it changes config maps of about 5 KB, RATE a second and COUNT in all, straight in its
store. Each says in ``data`` its number and the CLOCK_MONOTONIC nanoseconds at which it was made.
"""

from __future__ import annotations

import asyncio
import sys
import time

import msgspec

from perfkit.lifeline import adopt
from perfkit.mock.resources.configuration import CONFIG_MAPS
from perfkit.mock.service import Lifeline, Service
from perfkit.mock.store import Change, Store
from perfkit.model.control import MockConfig

OBJECTS = 100
FILLING = {f"key-{number}": "lorem ipsum dolor sit amet " * 8 for number in range(21)}
TURN = 0.002  # seconds: changes come in small bursts, as a Python timer allows


async def main(rate: float, count: int, watches: int, fd: int) -> None:
    """Serve until the lifeline closes."""
    lifeline = Lifeline(adopt(fd))
    service = Service(msgspec.convert(await lifeline.receive(), MockConfig), lifeline)
    await service.start()
    store, open_watches = service._store, service._app.watches._tasks  # noqa: SLF001 - a benchmark may
    while len(open_watches) < watches:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.5)
    await drive(store, rate, count)
    await asyncio.Event().wait()


async def drive(store: Store, rate: float, count: int) -> None:
    """Make the changes when they are due."""
    began, made = time.monotonic(), 0
    while made < count:
        await asyncio.sleep(TURN)
        due = min(count, int((time.monotonic() - began) * rate))
        for number in range(made, due):
            change(store, number)
        made = max(made, due)


def change(store: Store, number: int) -> None:
    """One change."""
    name = f"driven-{number % OBJECTS}"
    metadata = {"name": name, "namespace": "default", "creationTimestamp": "2026-01-15T09:00:00Z"}
    data = {"number": str(number), "ns": str(time.monotonic_ns()), **FILLING}
    store.apply(Change(CONFIG_MAPS, f"default/{name}", {"metadata": metadata, "data": data}))


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
