"""What all floors share."""

from __future__ import annotations

import faulthandler
import gc
import os
import signal
from collections.abc import Generator

import pytest

LONGEST = 600  # seconds, many times what any test takes on a busy machine
_STDERR = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    """Shells start background jobs, and some CI systems all jobs, with SIGINT ignored, and children inherit that.

    Tests send SIGINT to programs that they start, so it must mean what it means at a terminal.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.stash[_STDERR] = os.dup(2)  # before pytest captures it


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test that hangs ends the run and says where: it must not hold CI up for hours."""
    faulthandler.dump_traceback_later(LONGEST, exit=True, file=item.config.stash[_STDERR])
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


def pytest_collection_finish() -> None:
    """What was imported stays: the collector need not walk all of it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
