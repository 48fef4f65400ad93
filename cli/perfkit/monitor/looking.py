"""The thread that looks at the program it runs in, once an interval."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_log: Final = logging.getLogger("perfkit.monitor")


class Looker:
    """Calls ``look`` every ``interval`` seconds until it is stopped. A look that fails is logged and forgotten."""

    def __init__(self, look: Callable[[], None], interval: float) -> None:
        self._look = look
        self._interval = interval
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="perfkit-monitor", daemon=True)
        self.cpu = 0.0  # seconds that the thread has used

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for it."""
        self._end.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(self._interval):
            try:
                self._look()
            except Exception:  # noqa: BLE001 - a part of it is anybody's function
                _log.exception("a look at this process failed")
            self.cpu = time.thread_time()
