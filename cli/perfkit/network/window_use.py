"""Linux' congestion window validation: a window that does not limit the sender neither grows nor stays (RFC 2861)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.network.cubic import INITIAL

if TYPE_CHECKING:
    from perfkit.network.cubic import Cubic
    from perfkit.network.recovery import Recovery
    from perfkit.network.scoreboard import Scoreboard
    from perfkit.network.segment import RoundTrips


class WindowUse:
    """How much of the window the sender uses. Counts are of packets, times in ns."""

    def __init__(self, board: Scoreboard, window: Cubic, trips: RoundTrips, recovery: Recovery) -> None:
        self._board = board
        self._window = window
        self._trips = trips
        self._recovery = recovery
        self._limited = False
        self._round_end = 0  # bytes
        self._most_out = 0
        self._used = 0
        self._stamp = 0  # when the window was last in full use

    @property
    def limits(self) -> bool:
        """Whether the window is what limits the sender, so that it may grow."""
        return self._limited or (self._window.slow_start and self._window.window < 2 * self._most_out)

    def begin(self, now: int) -> None:
        """From now on it can be used; what was used before does not count."""
        self._stamp, self._used = now, 0

    def sent(self, now: int) -> None:
        """New packets went out."""
        board, window = self._board, self._window
        limited = board.in_flight >= window.window
        fresh_round = board.una >= self._round_end
        if fresh_round or limited or (not self._limited and board.packets_out > self._most_out):
            self._limited, self._most_out, self._round_end = limited, board.packets_out, board.sent
        if self.limits:
            self.begin(now)
            return
        self._used = max(self._used, board.packets_out)
        if now - self._stamp >= self._trips.timeout and not self._recovery.state:
            used = max(self._used, INITIAL)
            if used < window.window:
                window.shrink((window.window + used) // 2)
            self.begin(now)

    def resume(self, now: int, idle: int) -> None:
        """Nothing was sent for ``idle`` ns: after more than the timeout, slow start begins again."""
        self._window.resumed(idle)
        left = idle - self._trips.timeout
        if left <= 0:
            return
        window, floor = self._window.window, min(INITIAL, self._window.window)
        while left > 0 and window > floor:
            window, left = window // 2, left - self._trips.timeout
        self._window.shrink(max(window, floor))
        self.begin(now)
