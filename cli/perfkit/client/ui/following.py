"""Reading a log as it grows."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from perfkit.client.problems import CancelledError
from perfkit.errors import PerfkitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class Blocks(Protocol):
    """Blocks of whole lines, as they come."""

    def __iter__(self) -> Iterator[bytes]: ...

    def cancel(self) -> None:
        """No more of them; from any thread."""


class Following:
    """``begin`` opens the log (and waits for its headers), ``tell`` hears its lines; both in a thread of its own.

    What ends it is the last line.
    """

    def __init__(self, begin: Callable[[], Blocks], tell: Callable[[Iterable[str]], object]) -> None:
        self._begin = begin
        self._tell = tell
        self._lock = threading.Lock()
        self._blocks: Blocks | None = None
        self._stopped = False
        threading.Thread(target=self._run, name="perfkit-log", daemon=True).start()

    def stop(self) -> None:
        """No more lines."""
        with self._lock:
            self._stopped = True
            if self._blocks is not None:
                self._blocks.cancel()

    def _run(self) -> None:
        try:
            blocks = self._begin()
            with self._lock:
                self._blocks = blocks
                if self._stopped:
                    blocks.cancel()
            for block in blocks:
                self._tell(block.decode(errors="replace").splitlines())
        except CancelledError:
            return
        except PerfkitError as error:
            self._end(error.message)
        else:
            self._end("the log ends here")

    def _end(self, why: str) -> None:
        if not self._stopped:
            self._tell([f"── {why} ──"])
