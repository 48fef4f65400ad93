"""One direction of one connection as Linux' TCP sender and receiver would have it, in numbers of bytes.

The model holds no data: the relay pushes as many bytes as there is room for, and writes on what has been delivered.
Loss is found by RACK and the tail-loss probe (RFC 8985) and the retransmission timer (RFC 6298), repaired under
proportional rate reduction (RFC 6937); the receiver acknowledges every packet, selectively (RFC 2018).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from perfkit.network.cubic import INITIAL, Cubic
from perfkit.network.receiver import Receiver
from perfkit.network.segment import RTO_MAX, RoundTrips, Segment

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.network.wire import Wire

HEADERS = 66  # bytes of Ethernet, IPv4 and TCP with timestamps before a segment's data
OVER_MTU = 14  # of them are Ethernet's, which the MTU does not count
RECEIVE_WINDOW = 3 << 20  # bytes: half of the 6 MiB to which Linux tunes a receive buffer
LONE_PACKET = 200_000_000  # ns more before a single packet is probed for: the receiver may be delaying
TICKS = 8_000_000  # two of a kernel's timer at 250 Hz
DUPLICATES = 3
SEND_BUFFER = 25  # segments at first; fitted on a warm transfer behind a cold one
BATCH = 1 << 16  # bytes that go through the wire as one where nothing tells them apart


class Flow:
    """Sender and receiver of one direction. ``forth`` carries its data, ``back`` its acknowledgements.

    ``touched`` is called whenever what the relay can do may have changed. ``deadline`` is the time (ns) at which
    ``expire`` wants to be called; 0: never.
    """

    def __init__(self, forth: Wire, back: Wire, mtu: int, touched: Callable[[], None]) -> None:
        self._forth = forth
        self._back = back
        self._touched = touched
        self.mss = mtu + OVER_MTU - HEADERS
        self.peer: Flow | None = None  # the other direction of the same connection
        self.open = False
        self.receiver = Receiver()
        self.window = Cubic()
        self.trips = RoundTrips()
        self.pushed = 0  # bytes
        self.retransmissions = 0  # packets
        self._sent = 0  # bytes
        self._una = 0  # the first byte that is not acknowledged
        self._consumed = 0
        self._finished = False
        self._end_sent = False
        self._outstanding: deque[Segment] = deque()  # sent and not acknowledged in order
        self._packets_out = self._sacked_out = self._lost_out = self._repeated_out = 0
        self._told = 0  # the highest acknowledgement
        self._heard = 0  # segments whose arrival is known
        self._recovering = ""  # "recovery" or "loss", until ``_recovery_point`` is acknowledged
        self._recovery_point = 0
        self._prior_window = self._repaired = self._sent_in_recovery = 0
        self._newest = (0, 0)  # RACK: of the segments delivered, the one sent last: when, and its end
        self._newest_rtt = 0
        self._reorder_at = 0  # when waiting for reordering ends; 0: nothing waits
        self._probe: Segment | None = None  # what the tail-loss probe repeated
        self._probe_end = 0
        self._timer: Callable[[int], None] = self._time_out
        self._timer_at = 0
        self._backoff = 0
        self._last_sent = 0
        self._buffer = SEND_BUFFER  # segments
        self._buffer_full = False
        self._limited = False
        self._usage_end = 0
        self._most_out = 0
        self._used = 0
        self._used_stamp = 0

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
        self._last_sent = self._used_stamp = now
        if rtt:
            self.trips.sample(rtt)
        self._send_new(now)

    def room(self) -> int:
        """How many bytes may be pushed: what the send buffer has left, within what the receiver can take."""
        if not self.open or self._finished or self._buffer_full:
            return 0
        free = self._buffer * self.mss - (self.pushed - self._una)
        return max(0, min(free, RECEIVE_WINDOW - (self.pushed - self._consumed)))

    def push(self, now: int, size: int) -> None:
        """Take ``size`` more bytes; ``room`` allowed them."""
        self._wake(now)
        self.pushed += size
        self._buffer_full = self.pushed - self._una >= self._buffer * self.mss
        self._send_new(now)

    def finish(self, now: int) -> None:
        """No more bytes will come; the end travels behind what was pushed."""
        self._finished = True
        self._send_new(now)

    def consume(self, total: int) -> None:
        """The reader has taken ``total`` bytes so far, which opens the receive window."""
        self._consumed = total

    def expire(self, now: int) -> None:
        """A deadline has passed."""
        if 0 < self.receiver.deadline <= now:
            self._tell(now)
        if 0 < self._timer_at <= now:
            self._timer_at = 0
            self._timer(now)

    def close(self) -> None:
        """Nobody needs it any more: no timer rings, and its cycles of references are cut."""
        self._outstanding.clear()
        self._timer_at = self.receiver.deadline = 0
        self.peer = None

    # ---- the wire's side

    def _send_new(self, now: int) -> None:
        """Send what the window allows of the bytes that were pushed."""
        if self._lost_out > self._repeated_out or not self.open:
            return
        before = self._sent
        step = self._batch()
        while self._sent < self.pushed and (space := self.window.window - self._in_flight) > 0:
            size = min(self.pushed - self._sent, step, space * self.mss)
            self._launch(now, Segment(self._sent, self._sent + size, -(-size // self.mss)))
        if self._finished and not self._end_sent and self._sent == self.pushed:
            self._end_sent = True
            self._launch(now, Segment(self._sent, self._sent, 1))
        if self._sent > before:
            self._validate(now)
            self._arm(now)

    def _launch(self, now: int, segment: Segment) -> None:
        self._sent = segment.end
        self._outstanding.append(segment)
        self.receiver.expect(segment)
        self._packets_out += segment.packets
        self._sent_in_recovery += segment.packets
        self._transmit(now, segment)
        if segment.start == segment.end:
            self._arm(now)

    def _transmit(self, now: int, segment: Segment) -> None:
        segment.sent = self._last_sent = now
        if self.peer is not None:
            other = self.peer.receiver
            other.answered(now)
            if other.arrivals > other.told:
                segment.carried = other.tell()
        self._forth.send(now, segment.end - segment.start + HEADERS * segment.packets, self._arrive, segment)

    def _batch(self) -> int:
        """Bytes that go as one: a single packet where loss, jitter or a slow rate tell packets apart."""
        wire = self._forth
        if wire.loss or wire.jitter or wire.dead:
            return self.mss
        return max(self.mss, min(BATCH, wire.burst) // self.mss * self.mss)

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
        self._told = max(self._told, packet)
        fresh = self._take()
        if not fresh:
            return
        for segment in fresh:
            self._learn(now, segment)
        self._measure(now, fresh)
        una = self._outstanding[0].start if self._outstanding else self._sent
        advanced, self._una = una > self._una, una
        lost = self._lost_out
        self._mark_lost(now)
        acked = sum(segment.packets for segment in fresh)
        self._react(now, acked, self._lost_out - lost, advanced=advanced)
        self._arm(now)
        self._send_new(now)
        self._make_room()
        self._touched()

    def _make_room(self) -> None:
        """A full send buffer grows to two windows once it starves the window; its writer wakes at a third of space."""
        if not self._buffer_full:
            return
        if self._in_flight < self.window.window:
            self._buffer = max(self._buffer, 2 * self.window.window + 1)
        self._buffer_full = 3 * (self.pushed - self._una) > 2 * self._buffer * self.mss

    def _take(self) -> list[Segment]:
        """Strike off what is known to have arrived; the segments of which that is news."""
        outstanding, known = self._outstanding, self._told
        fresh: list[Segment] = []
        while outstanding and 0 < outstanding[0].arrived <= known:
            segment = outstanding.popleft()
            self._packets_out -= segment.packets
            if segment.sacked:
                self._sacked_out -= segment.packets
            else:
                fresh.append(segment)
        if self._heard + len(fresh) < known:  # some arrived behind a gap
            for segment in outstanding:
                if 0 < segment.arrived <= known and not segment.sacked:
                    segment.sacked = True
                    self._sacked_out += segment.packets
                    fresh.append(segment)
        self._heard += len(fresh)
        return fresh

    def _learn(self, now: int, segment: Segment) -> None:
        if segment.lost:
            self._lost_out -= segment.packets
        if segment.travelling:
            self._repeated_out -= segment.packets
        if segment.repeated and now - segment.sent < self.trips.least:
            return  # the first copy arrived after all: the time says nothing
        if (segment.sent, segment.end) > self._newest:
            self._newest = (segment.sent, segment.end)
            self._newest_rtt = now - segment.sent

    def _measure(self, now: int, fresh: list[Segment]) -> None:
        first, last = fresh[0], fresh[-1]
        if not first.repeated:
            self.trips.sample(now - first.sent)
        if not last.repeated:
            una = self._outstanding[0].start if self._outstanding else self._sent
            self.window.sample(now, now - last.sent, una, self._sent)

    # ---- loss

    @property
    def _in_flight(self) -> int:
        return self._packets_out - self._sacked_out - self._lost_out + self._repeated_out

    def _mark_lost(self, now: int) -> None:
        """RACK: lost is what was sent before something delivered, by more than reordering explains."""
        if not self._sacked_out and not self._repeated_out:
            return
        patience = 0
        if not self._recovering and self._sacked_out < DUPLICATES:
            patience = self.trips.least // 4
        wait = 0
        for segment in self._outstanding:
            if segment.sacked or (segment.lost and not segment.travelling):
                continue
            if (segment.sent, segment.end) >= self._newest:
                continue
            remaining = segment.sent + self._newest_rtt + patience - now
            if remaining <= 0:
                self._lose(segment)
            else:
                wait = max(wait, remaining)
        self._reorder_at = now + wait + TICKS if wait else 0

    def _lose(self, segment: Segment) -> None:
        if segment.travelling:
            segment.travelling = False
            self._repeated_out -= segment.packets
        if not segment.lost:
            segment.lost = True
            self._lost_out += segment.packets

    def _react(self, now: int, acked: int, lost: int, *, advanced: bool) -> None:
        una = self._una
        if advanced:
            self._backoff = 0
        if self._recovering and una >= self._recovery_point:
            self._leave()
        if self._probe is not None and una >= self._probe_end:
            self._judge_probe()
        if self._lost_out and not self._recovering:
            self._enter()
        if self._recovering == "recovery":
            self._reduce(acked, lost, advanced=advanced)
        elif advanced:
            self._grow(now, acked)
        self._repair(now)

    def _enter(self) -> None:
        self._recovering = "recovery"
        self._recovery_point = self._sent
        self._prior_window = self.window.window
        self._repaired = self._sent_in_recovery = 0
        self.window.loss()
        self._probe = None

    def _leave(self) -> None:
        if self._recovering == "recovery":
            self.window.window = self.window.threshold
        self._recovering = ""

    def _reduce(self, acked: int, lost: int, *, advanced: bool) -> None:
        """Proportional rate reduction: bring the flight down to the threshold while repairs go out."""
        self._repaired += acked
        flight, target = self._in_flight, self.window.threshold
        if flight > target:
            sending = -(-self._repaired * target // self._prior_window) - self._sent_in_recovery
        else:
            sending = max(self._repaired - self._sent_in_recovery, acked)
            if advanced and not lost:
                sending += 1
            sending = min(target - flight, sending)
        sending = max(sending, 0 if self._sent_in_recovery else 1)
        self.window.window = max(1, flight + sending)

    def _grow(self, now: int, acked: int) -> None:
        limited = self._limited or (self.window.slow_start and self.window.window < 2 * self._most_out)
        if limited:
            self.window.acknowledged(now, acked)

    def _repair(self, now: int) -> None:
        """Send lost segments again, as far as the window goes."""
        if self._lost_out == self._repeated_out:
            return
        for segment in self._outstanding:
            if self._in_flight >= self.window.window:
                break
            if segment.lost and not segment.travelling and not segment.sacked:
                self._repeat(now, segment)

    def _repeat(self, now: int, segment: Segment) -> None:
        if segment.lost:
            segment.travelling = True
            self._repeated_out += segment.packets
            self._sent_in_recovery += segment.packets
        segment.repeated = True
        self.retransmissions += segment.packets
        self._transmit(now, segment)

    # ---- timers

    def _arm(self, now: int) -> None:
        """One timer at a time, as in Linux: for reordering, else the tail-loss probe, else retransmission."""
        if not self._outstanding:
            self._timer_at = self._reorder_at = 0
            return
        if self._reorder_at:
            self._timer_at, self._timer = self._reorder_at, self._reorder_expired
            return
        timeout = min(RTO_MAX, self.trips.timeout << self._backoff)
        if not self._recovering and not self._sacked_out and self._probe is None and self.trips.smoothed:
            wait = 2 * self.trips.smoothed + (LONE_PACKET if self._packets_out == 1 else TICKS)
            self._timer_at, self._timer = now + min(wait, timeout), self._probe_tail
        else:
            self._timer_at, self._timer = now + timeout, self._time_out

    def _reorder_expired(self, now: int) -> None:
        self._reorder_at = 0
        self._mark_lost(now)
        if self._lost_out and not self._recovering:
            self._enter()
            self.window.window = max(1, min(self.window.window, self._in_flight + 1))
        self._repair(now)
        self._arm(now)
        self._send_new(now)
        self._touched()

    def _probe_tail(self, now: int) -> None:
        """Tail-loss probe: send the last segment again, so that its acknowledgement shows what is missing."""
        self._probe, self._probe_end = self._outstanding[-1], self._sent
        self._repeat(now, self._probe)
        self._arm(now)

    def _judge_probe(self) -> None:
        """A probe that repaired the loss itself hides it: the window falls all the same."""
        segment, self._probe = self._probe, None
        if segment is not None and segment.rescued and not self._recovering:
            self.window.loss()
            self.window.window = self.window.threshold

    def _time_out(self, now: int) -> None:
        """All in flight counts as lost; start from one segment."""
        for segment in self._outstanding:
            if not segment.sacked:
                self._lose(segment)
        if self._recovering != "loss":
            self.window.timeout()
        self._recovering = "loss"
        self._recovery_point = self._sent
        self._probe = None
        self.window.window = self._in_flight + 1
        self._backoff = min(self._backoff + 1, 10)
        self._reorder_at = 0
        self._repair(now)
        self._arm(now)

    # ---- use of the window

    def _wake(self, now: int) -> None:
        """After silence longer than the timeout, slow start begins again (RFC 2861)."""
        idle = now - self._last_sent
        if self._packets_out or self.pushed > self._sent:
            return
        self.window.resumed(idle)
        if idle <= self.trips.timeout:
            return
        window, floor = self.window.window, min(INITIAL, self.window.window)
        left = idle - self.trips.timeout
        while left > 0 and window > floor:
            window, left = window // 2, left - self.trips.timeout
        self.window.shrink(max(window, floor))
        self._used_stamp, self._used = now, 0

    def _validate(self, now: int) -> None:
        """Linux' congestion window validation: whether the window was what limited the sender."""
        limited = self._in_flight >= self.window.window
        fresh_round = self._una >= self._usage_end
        if fresh_round or limited or (not self._limited and self._packets_out > self._most_out):
            self._limited, self._most_out, self._usage_end = limited, self._packets_out, self._sent
        if self._limited or (self.window.slow_start and self.window.window < 2 * self._most_out):
            self._used, self._used_stamp = 0, now
            return
        self._used = max(self._used, self._packets_out)
        if now - self._used_stamp >= self.trips.timeout and not self._recovering:
            used = max(self._used, INITIAL)
            if used < self.window.window:
                self.window.shrink((self.window.window + used) // 2)
            self._used, self._used_stamp = 0, now
