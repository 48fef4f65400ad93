"""The work of controllers: keys that are looked at a moment after something of theirs changed, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from perfkit.mock.life.hands import Hands

SOON = 0.05  # seconds; what changes within counts as one change
LATER = 0.2  # for what only sums up, such as a status


class Controller(Protocol):
    """Brings the objects of one kind nearer to what they say they want."""

    def sync(self, key: str) -> None:
        """Look at one of them."""
        ...


class Queue:
    """Work to do, by controller and key."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._pending: set[tuple[str, str]] = set()
        self.controllers: dict[str, Controller] = {}

    def clear(self) -> None:
        """Forget all work."""
        self._pending.clear()

    def add(self, controller: str, key: str, seconds: float = SOON) -> None:
        """Have a controller look at ``key``; where that is planned already, it stays as it is."""
        if (controller, key) in self._pending or controller not in self.controllers:
            return
        self._pending.add((controller, key))

        def work() -> None:
            self._pending.discard((controller, key))
            self.controllers[controller].sync(key)

        self._hands.after(seconds, work)
