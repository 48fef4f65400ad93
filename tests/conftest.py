"""What all floors share."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Shells start background jobs, and some CI systems all jobs, with SIGINT ignored, and children inherit that.

    Tests send SIGINT to programs that they start, so it must mean what it means at a terminal.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
