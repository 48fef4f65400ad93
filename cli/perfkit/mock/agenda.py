"""What shall happen later: a pod's containers end, the rest of a namespace goes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Agenda(Protocol):
    """Runs actions later, in the order of their times."""

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Run ``action`` in ``seconds``."""
        ...

    def clear(self) -> None:
        """Forget all actions."""
        ...


class Timers:
    """An agenda by the event loop's clock."""

    def __init__(self) -> None:
        self._pending: set[asyncio.TimerHandle] = set()

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Run ``action`` in ``seconds``."""

        def run() -> None:
            self._pending.discard(handle)
            action()

        handle = asyncio.get_running_loop().call_later(seconds, run)
        self._pending.add(handle)

    def clear(self) -> None:
        """Forget all actions."""
        for handle in self._pending:
            handle.cancel()
        self._pending.clear()
