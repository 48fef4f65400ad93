"""One direction of one connection as Linux' TCP sender and receiver would have it, in numbers of bytes.

The model holds no data: the relay offers as many bytes as it has, and writes on what has been delivered. Loss is found
by RACK and the tail-loss probe (RFC 8985) and the retransmission timer (RFC 6298); the receiver acknowledges every
packet, selectively (RFC 2018).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.network.cubic import Cubic
from perfkit.network.receiver import Receiver
from perfkit.network.recovery import Recovery
from perfkit.network.scoreboard import Scoreboard
from perfkit.network.segment import RTO_MAX, RoundTrips, Segment
from perfkit.network.send_buffer import SendBuffer
from perfkit.network.window_use import WindowUse

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.network.wire import Wire

HEADERS = 66  # bytes of Ethernet, IPv4 and TCP with timestamps before a segment's data
OVER_MTU = 14  # of them are Ethernet's, which the MTU does not count
LONE_PACKET = 200_000_000  # ns more before a single packet is probed for: the receiver may be delaying
TICKS = 8_000_000  # two of a kernel's timer at 250 Hz
DUPLICATES = 3
BATCH = 1 << 16  # bytes that go through the wire as one where nothing tells them apart
SHARE = 8  # parts of a window, of which one may go as one: what comes back for it clocks what follows


class Flow:
    """Sender and receiver of one direction; of its wires the first carries the data, the second the acknowledgements.

    ``touched`` is called whenever what the relay can do may have changed, and ``soon`` with what is to be done once
    everything that happens at the same time has. ``deadline`` is the time (ns) at which ``expire`` wants to be called;
    0: never.
    """

    def __init__(
        self,
        wires: tuple[Wire, Wire],
        mtu: int,
        touched: Callable[[], None],
        soon: Callable[[Callable[[int], None]], None],
    ) -> None:
        self._forth, self._back = wires
        self._touched = touched
        self._soon = soon
        self._mss = mtu + OVER_MTU - HEADERS
        self.peer: Flow | None = None  # the other direction of the same connection
        self.open = False
        self.retransmissions = 0  # packets
        self.receiver = Receiver()
        self._buffer = SendBuffer(self._mss)
        self._board = Scoreboard()
        self._window = Cubic()
        self._trips = RoundTrips()
        self._recovery = Recovery(self._board, self._window)
        self._use = WindowUse(self._board, self._window, self._trips, self._recovery)
        self._end_sent = False
        self._last_sent = 0
        self._reorder_at = 0  # when waiting for reordering ends; 0: nothing waits
        self._timer: Callable[[int], None] = self._time_out
        self._timer_at = 0
        self._backoff = 0

    # ---- the relay's side

    @property
    def delivered(self) -> int:
        """Bytes that arrived in order."""
        return self.receiver.delivered

    @property
    def ended(self) -> bool:
        """Whether the end of the stream arrived, behind all its bytes."""
        return self.receiver.ended

    @property
    def deadline(self) -> int:
        """When ``expire`` wants to be called (ns); 0: never."""
        timer, delayed = self._timer_at, self.receiver.deadline
        return min(timer, delayed) if timer and delayed else timer or delayed

    def start(self, now: int, rtt: int) -> None:
        """The handshake is done and took ``rtt`` ns (0: not known): data may go."""
        self.open = True
        self._last_sent = now
        self._use.begin(now)
        if rtt:
            self._trips.sample(rtt)
        self._send_new(now)

    def appetite(self) -> int:
        """How many bytes may be offered."""
        return self._buffer.appetite() if self.open else 0

    def offer(self, now: int, size: int) -> None:
        """``size`` more bytes are at hand, to be written when the model gets to them; ``appetite`` allowed them."""
        self._buffer.offered += size
        self._write(now)

    def finish(self, now: int) -> None:
        """No more bytes will come; the end travels behind what was offered."""
        self._buffer.finished = True
        self._send_new(now)

    def consume(self, now: int, total: int) -> None:
        """The reader has taken ``total`` bytes so far, which opens the receive window."""
        self._buffer.consume(total)
        self._write(now)

    def expire(self, now: int) -> None:
        """A deadline has passed."""
        if 0 < self.receiver.deadline <= now:
            self._tell(now)
        if 0 < self._timer_at <= now:
            self._timer_at = 0
            self._timer(now)

    def close(self) -> None:
        """Nobody needs it any more: no timer rings, and its cycles of references are cut."""
        self._board.outstanding.clear()
        self._timer_at = self.receiver.deadline = 0
        self.peer = None

    # ---- the wire's side

    def _write(self, now: int) -> None:
        """What is at hand goes into the send buffer as far as there is room, and from there on its way."""
        board = self._board
        room = self._buffer.room(board.una)
        if not room:
            return
        if not board.packets_out and self._buffer.written == board.sent:
            self._use.resume(now, now - self._last_sent)
        self._buffer.write(room, board.una)
        self._send_new(now)

    def _send_new(self, now: int) -> None:
        """Send what the window allows of the bytes that were written."""
        board, written = self._board, self._buffer.written
        if board.unrepaired or not self.open:
            return
        before, step = board.sent, self._batch()
        while board.sent < written and (space := self._window.window - board.in_flight) > 0:
            self._launch(now, min(written - board.sent, step, space * self._mss))
        if self._buffer.complete and not self._end_sent and board.sent == written:
            self._end_sent = True
            self._launch(now, 0)
            self._arm(now)
        if board.sent > before:
            self._use.sent(now)
            self._arm(now)

    def _launch(self, now: int, size: int) -> None:
        """The next ``size`` bytes; none stand for the end, which takes a packet as well."""
        sent = self._board.sent
        segment = Segment(sent, sent + size, max(1, -(-size // self._mss)))
        self._board.add(segment)
        self.receiver.expect(segment)
        self._recovery.sent(segment.packets)
        self._transmit(now, segment)

    def _transmit(self, now: int, segment: Segment) -> None:
        segment.sent = self._last_sent = now
        if self.peer is not None:
            other = self.peer.receiver
            other.answered(now)
            if other.arrivals > other.told:
                segment.carried = other.tell()
        self._forth.send(now, segment.end - segment.start + HEADERS * segment.packets, self._arrive, segment)

    def _batch(self) -> int:
        """Bytes that go as one: one packet's where loss, jitter, a slow rate or a small window tell packets apart."""
        wire = self._forth
        if wire.loss or wire.jitter or wire.dead:
            return self._mss
        if wire.burst >= BATCH:
            return BATCH // self._mss * self._mss
        return self._mss * max(1, min(wire.burst // self._mss, self._window.window // SHARE))

    def _arrive(self, now: int, packet: object) -> None:
        """The far end gets a segment, with the acknowledgement that rides on it."""
        assert isinstance(packet, Segment)
        if packet.carried and self.peer is not None:
            self.peer.acknowledge(now, packet.carried)
        if self.receiver.take(now, packet):
            self._tell(now)
        self._touched()

    def _tell(self, now: int) -> None:
        self._back.send(now, HEADERS, self.acknowledge, self.receiver.tell())

    def acknowledge(self, now: int, packet: object) -> None:
        """The sender hears of everything that had arrived when this acknowledgement left."""
        assert isinstance(packet, int)
        board = self._board
        before = board.una
        fresh = board.hear(packet)
        if not fresh:
            return
        for segment in fresh:
            board.learn(now, segment, self._trips.least)
        self._measure(now, fresh)
        lost = board.lost_out
        self._find_lost(now)
        acked = sum(segment.packets for segment in fresh)
        self._react(now, acked, board.lost_out - lost, advanced=board.una > before)
        self._arm(now)
        self._send_new(now)
        self._make_room()
        self._touched()

    def _measure(self, now: int, fresh: list[Segment]) -> None:
        first, last = fresh[0], fresh[-1]
        if not first.repeated:
            self._trips.sample(now - first.sent)
        if not last.repeated:
            self._window.sample(now, now - last.sent, self._board.una, self._board.sent)

    def _make_room(self) -> None:
        """What was acknowledged leaves the send buffer; its writer wakes when the kernel is done with all that came."""
        if self._board.in_flight < self._window.window:
            self._buffer.grow(self._window.window)
        self._buffer.free(self._board.una)
        self._soon(self._write)

    # ---- loss

    def _find_lost(self, now: int) -> None:
        board = self._board
        if not board.sacked_out and not board.repeated_out:
            return
        unsure = not self._recovery.state and board.sacked_out < DUPLICATES
        wait = board.find_lost(now, self._trips.least // 4 if unsure else 0)
        self._reorder_at = now + wait + TICKS if wait else 0

    def _react(self, now: int, acked: int, lost: int, *, advanced: bool) -> None:
        if advanced:
            self._backoff = 0
        self._recovery.update()
        if self._recovery.state == "recovery":
            self._recovery.reduce(acked, lost, advanced=advanced)
        elif advanced and self._use.limits:
            self._window.acknowledged(now, acked)
        self._repair(now)

    def _repair(self, now: int) -> None:
        """Send lost segments again, as far as the window goes."""
        if not self._board.unrepaired:
            return
        for segment in self._board.to_repair():
            if self._board.in_flight >= self._window.window:
                break
            self._repeat(now, segment)

    def _repeat(self, now: int, segment: Segment) -> None:
        if segment.lost:
            self._board.travels(segment)
            self._recovery.sent(segment.packets)
        segment.repeated = True
        self.retransmissions += segment.packets
        self._transmit(now, segment)

    # ---- timers

    def _arm(self, now: int) -> None:
        """One timer at a time, as in Linux: for reordering, else the tail-loss probe, else retransmission."""
        board = self._board
        if not board.outstanding:
            self._timer_at = self._reorder_at = 0
            return
        if self._reorder_at:
            self._timer_at, self._timer = self._reorder_at, self._reorder_expired
            return
        timeout = min(RTO_MAX, self._trips.timeout << self._backoff)
        calm = not (self._recovery.state or self._recovery.probing or board.sacked_out)
        if calm and self._trips.smoothed:
            wait = 2 * self._trips.smoothed + (LONE_PACKET if board.packets_out == 1 else TICKS)
            self._timer_at, self._timer = now + min(wait, timeout), self._probe_tail
        else:
            self._timer_at, self._timer = now + timeout, self._time_out

    def _reorder_expired(self, now: int) -> None:
        self._reorder_at = 0
        self._find_lost(now)
        if self._recovery.begin():
            self._window.window = max(1, min(self._window.window, self._board.in_flight + 1))
        self._repair(now)
        self._arm(now)
        self._send_new(now)
        self._touched()

    def _probe_tail(self, now: int) -> None:
        last = self._board.outstanding[-1]
        self._recovery.probe(last)
        self._repeat(now, last)
        self._arm(now)

    def _time_out(self, now: int) -> None:
        self._recovery.start_over()
        self._backoff = min(self._backoff + 1, 10)
        self._reorder_at = 0
        self._repair(now)
        self._arm(now)
