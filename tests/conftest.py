"""What all floors share."""

from __future__ import annotations

import faulthandler
import gc
import os
import signal
from collections.abc import Generator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LONGEST = 600  # seconds, many times what any test takes on a busy machine


def pytest_configure() -> None:
    """Shells start background jobs, and some CI systems all jobs, with SIGINT ignored, and children inherit that.

    Tests send SIGINT to programs that they start, so it must mean what it means at a terminal.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    stderr = os.dup(2)  # before pytest captures it
    faulthandler.register(signal.SIGALRM, file=stderr, chain=True)  # the stacks, and then the end


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test that hangs ends the run and says where: it must not hold CI up for hours.

    One that is marked ``lasts(seconds)`` has so much longer.
    """
    lasting = item.get_closest_marker("lasts")
    signal.alarm(LONGEST + (round(lasting.args[0]) if lasting else 0))
    try:
        return (yield)
    finally:
        signal.alarm(0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What runs real programs on a machine that others use gets a second try, and the summary names who needed it.

    ``-p no:rerunfailures`` takes it away: so are races found. The unit floor never gets one.
    """
    for item in items:
        if item.path.is_relative_to(TESTS / "functional") or item.path.is_relative_to(TESTS / "e2e"):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_collection_finish() -> None:
    """What was imported stays: the collector need not walk all of it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
