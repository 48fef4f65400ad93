"""Reading a log as it grows."""

from __future__ import annotations

import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol

from perfkit.client.problems import ApiError, CancelledError
from perfkit.errors import PerfkitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

AGAIN: Final = 2.0  # seconds until a container that waits is asked for again


class Blocks(Protocol):
    """Blocks of whole lines, as they come."""

    def __iter__(self) -> Iterator[bytes]: ...

    def cancel(self) -> None:
        """No more of them; from any thread."""


class Following:
    """``begin`` opens the log (and waits for its headers), ``tell`` hears its lines; both in a thread of its own.

    A container that waits is asked for again. What ends a log is the last line.
    """

    def __init__(
        self, begin: Callable[[], Blocks], tell: Callable[[Iterable[str]], object], again: float = AGAIN
    ) -> None:
        self._begin = begin
        self._tell = tell
        self._again = again
        self._lock = threading.Lock()
        self._blocks: Blocks | None = None
        self._stopped = threading.Event()
        threading.Thread(target=self._run, name="perfkit-log", daemon=True).start()

    def stop(self) -> None:
        """No more lines."""
        with self._lock:
            self._stopped.set()
            if self._blocks is not None:
                self._blocks.cancel()

    def _run(self) -> None:
        said = ""
        while True:
            try:
                self._read()
                why, waits = "the log ends here", False
            except CancelledError:
                return
            except PerfkitError as error:
                why, waits = error.message, _waits(error)
            if why != said and not self._stopped.is_set():
                self._tell([f"── {why} ──"])
                said = why
            if not waits or self._stopped.wait(self._again):
                return

    def _read(self) -> None:
        """To its end. Raises PerfkitError."""
        blocks = self._begin()
        with self._lock:
            self._blocks = blocks
            if self._stopped.is_set():
                blocks.cancel()
        for block in blocks:
            self._tell(block.decode(errors="replace").splitlines())


def _waits(error: PerfkitError) -> bool:
    """Whether the container has not begun yet."""
    return isinstance(error, ApiError) and error.code == HTTPStatus.BAD_REQUEST and "waiting to start" in error.message
