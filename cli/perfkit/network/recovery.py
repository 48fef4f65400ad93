"""What a loss does to a sender until it is repaired: proportional rate reduction (RFC 6937), or starting over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from perfkit.network.cubic import Cubic
    from perfkit.network.scoreboard import Scoreboard
    from perfkit.network.segment import Segment


class Recovery:
    """Lasts until all that was sent when the loss was found is acknowledged."""

    def __init__(self, board: Scoreboard, window: Cubic) -> None:
        self.state: Literal["", "recovery", "loss"] = ""
        self._board = board
        self._window = window
        self._point = 0  # the byte whose acknowledgement ends it
        self._prior_window = self._repaired = self._sent = 0  # packets
        self._probe: Segment | None = None  # what the tail-loss probe repeated
        self._probe_end = 0

    @property
    def probing(self) -> bool:
        """Whether the answer to a tail-loss probe is awaited."""
        return self._probe is not None

    def sent(self, packets: int) -> None:
        """Packets were sent, new ones or repairs."""
        self._sent += packets

    def probe(self, segment: Segment) -> None:
        """The last segment is sent again, so that its acknowledgement shows what is missing."""
        self._probe, self._probe_end = segment, self._board.sent

    def update(self) -> None:
        """An acknowledgement came: what is repaired ends, what was found lost begins."""
        una = self._board.una
        if self.state and una >= self._point:
            self._leave()
        if self._probe is not None and una >= self._probe_end:
            self._judge(self._probe)
        self.begin()

    def begin(self) -> bool:
        """Reduce from now on, if something is lost and that was not known; whether that is so."""
        if self.state or not self._board.lost_out:
            return False
        self.state = "recovery"
        self._point = self._board.sent
        self._prior_window = self._window.window
        self._repaired = self._sent = 0
        self._window.loss()
        self._probe = None
        return True

    def start_over(self) -> None:
        """The retransmission timer fired: all in flight counts as lost, and one packet goes."""
        self._board.lose_all()
        if self.state != "loss":
            self._window.timeout()
        self.state = "loss"
        self._point = self._board.sent
        self._probe = None
        self._window.window = self._board.in_flight + 1

    def reduce(self, acked: int, lost: int, *, advanced: bool) -> None:
        """Bring the flight down to the threshold while repairs go out; packets just acknowledged, and found lost."""
        self._repaired += acked
        flight, target = self._board.in_flight, self._window.threshold
        if flight > target:
            sending = -(-self._repaired * target // self._prior_window) - self._sent
        else:
            sending = max(self._repaired - self._sent, acked)
            if advanced and not lost:
                sending += 1
            sending = min(target - flight, sending)
        sending = max(sending, 0 if self._sent else 1)
        self._window.window = max(1, flight + sending)

    def _leave(self) -> None:
        if self.state == "recovery":
            self._window.window = self._window.threshold
        self.state = ""

    def _judge(self, probe: Segment) -> None:
        """A probe that repaired the loss itself hides it: the window falls all the same."""
        self._probe = None
        if probe.rescued and not self.state:
            self._window.loss()
            self._window.window = self._window.threshold
