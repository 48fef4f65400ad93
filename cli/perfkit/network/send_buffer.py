"""The program that writes to a flow, and the buffer of its socket."""

from __future__ import annotations

RECEIVE_WINDOW = 3 << 20  # bytes: half of the 6 MiB to which Linux tunes a receive buffer
AHEAD = RECEIVE_WINDOW  # bytes: no moment sends more, so whoever offers in time is never missed
FIRST = 25  # segments; fitted on a warm transfer behind a cold one


class SendBuffer:
    """Bytes are offered when they come to hand and written when a program on the far side would get to write them.

    So the model's own time decides, and not when whoever brings the bytes is awake.
    """

    def __init__(self, mss: int) -> None:
        self.offered = 0  # bytes
        self.written = 0  # bytes of them, sent or not
        self.finished = False  # no more will be offered
        self._mss = mss
        self._allowed = RECEIVE_WINDOW  # bytes that the receiver takes in all
        self._capacity = FIRST * mss
        self._full = False

    @property
    def complete(self) -> bool:
        """Whether everything there will ever be is written."""
        return self.finished and self.written == self.offered

    def appetite(self) -> int:
        """How many bytes more may be offered."""
        return 0 if self.finished else AHEAD - (self.offered - self.written)

    def consume(self, total: int) -> None:
        """The reader has taken ``total`` bytes so far, which opens the receive window."""
        self._allowed = total + RECEIVE_WINDOW

    def room(self, una: int) -> int:
        """How many of the bytes offered can be written; ``una`` is the first byte that is not acknowledged."""
        if self._full:
            return 0
        free = self._capacity - (self.written - una)
        return max(0, min(free, self._allowed - self.written, self.offered - self.written))

    def write(self, size: int, una: int) -> None:
        """Take so many of the bytes offered; ``room`` allowed them."""
        self.written += size
        self._full = self.written - una >= self._capacity

    def grow(self, window: int) -> None:
        """A full buffer that starves the congestion window, of ``window`` segments, comes to hold two of them."""
        if self._full:
            self._capacity = max(self._capacity, (2 * window + 1) * self._mss)

    def free(self, una: int) -> None:
        """The writer of a full buffer wakes at a third of space."""
        if self._full:
            self._full = 3 * (self.written - una) > 2 * self._capacity
