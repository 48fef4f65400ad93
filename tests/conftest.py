"""What all floors share."""

from __future__ import annotations

import gc
import signal


def pytest_configure() -> None:
    """Shells start background jobs, and some CI systems all jobs, with SIGINT ignored, and children inherit that.

    Tests send SIGINT to programs that they start, so it must mean what it means at a terminal.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """What was imported stays: the collector need not walk all of it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
