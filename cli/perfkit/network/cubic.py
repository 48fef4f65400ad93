"""The congestion window as Linux keeps it: slow start with HyStart, CUBIC (RFC 9438), only when it is the limit.

Windows are counted in segments, times in nanoseconds. Constants are those of Linux' ``tcp_cubic.c``.
"""

from __future__ import annotations

INITIAL = 10  # segments (RFC 6928)
BETA = 717 / 1024  # what a loss leaves of the window
SCALE = 0.4  # C of the cubic, segments per second³
FRIENDLY = 1.875  # segments acknowledged per window and segment that Reno would grow: 15/8 in Linux
HYSTART_LOW = 16  # segments below which HyStart stays quiet
HYSTART_SAMPLES = 8
ACK_SPACING = 2_000_000
GATHERED = 90  # segments that four bursts of 64 KiB are, sent at two windows a round trip
DELAY_STEP = (4_000_000, 16_000_000)
UPDATE_SPACING = 31_250_000  # 1/32 s
NEVER = 1 << 60


class Cubic:
    """How many segments may be in flight."""

    def __init__(self) -> None:
        self.window = INITIAL
        self.threshold = NEVER
        self._credit = 0
        self._rtt_min = NEVER
        self._maximum: int = 0
        self._forget()
        self._found = False
        self._round_end = -1
        self._begin_round(0, 0)

    @property
    def slow_start(self) -> bool:
        """Whether the window doubles every round trip."""
        return self.window < self.threshold

    def acknowledged(self, now: int, segments: int) -> None:
        """Grow by what arrived; to be called only while the window is what limits the sender."""
        if self.slow_start:
            taken = min(segments, self.threshold - self.window)
            self.window += taken
            segments -= taken
        if segments:
            self._climb(self._count(now, segments), segments)

    def sample(self, now: int, rtt: int, acked: int, sent: int) -> None:
        """A round trip was measured; ``acked`` and ``sent`` are stream offsets. HyStart may end slow start here."""
        if self._epoch and now - self._epoch < 1_000_000_000:
            return  # soon after a loss the queue is still short
        self._rtt_min = min(self._rtt_min, rtt)
        if self.slow_start and not self._found:
            self._hystart(now, rtt, acked, sent)

    def loss(self) -> None:
        """Segments were lost: the threshold falls; the sender brings the window down to it."""
        self._epoch = 0
        # Fast convergence: a flow that did not get back to its old maximum leaves room to others.
        self._maximum = int(self.window * (1 + BETA) / 2) if self.window < self._maximum else self.window
        self.threshold = max(2, int(self.window * BETA))

    def timeout(self) -> None:
        """The retransmission timer fired: start over."""
        self.loss()
        self._forget()
        self._found = False
        self._begin_round(0, 0)
        self._credit = 0

    def shrink(self, window: int) -> None:
        """Take a smaller window that no loss asked for (idle, or not used); slow start leads back most of the way."""
        self.threshold = max(self.threshold, self.window * 3 // 4)
        self.window = window

    def resumed(self, idle: int) -> None:
        """The sender was silent for ``idle`` ns, in which the cubic did not climb."""
        if self._epoch:
            self._epoch += idle

    def _forget(self) -> None:
        self._maximum = 0
        self._epoch = 0
        self._last_window = 0
        self._last_time = 0
        self._origin = 0
        self._inflection = 0.0
        self._acked = 0
        self._reno = 0
        self._every = NEVER

    def _climb(self, every: int, segments: int) -> None:
        if self._credit >= every:
            self._credit = 0
            self.window += 1
        self._credit += segments
        if self._credit >= every:
            steps, self._credit = divmod(self._credit, every)
            self.window += steps

    def _count(self, now: int, segments: int) -> int:
        """How many acknowledged segments raise the window by one."""
        self._acked += segments
        if self._last_window == self.window and now - self._last_time <= UPDATE_SPACING:
            return self._every
        self._last_window, self._last_time = self.window, now
        if not self._epoch:
            self._begin_epoch(now, segments)
        seconds = (now - self._epoch + min(self._rtt_min, 1 << 40)) / 1e9
        target = self._origin + SCALE * (seconds - self._inflection) ** 3
        every = int(self.window / (target - self.window)) if target > self.window + 1e-9 else 100 * self.window
        if not self._maximum:
            every = min(every, 20)
        self._every = max(2, self._friendly(every))
        return self._every

    def _begin_epoch(self, now: int, segments: int) -> None:
        self._epoch = now
        self._acked = segments
        self._reno = self.window
        self._origin = max(self._maximum, self.window)
        self._inflection = (max(0, self._maximum - self.window) / SCALE) ** (1 / 3)

    def _friendly(self, every: int) -> int:
        """Never slower than Reno would be."""
        step = max(1, int(self.window * FRIENDLY))
        grown, self._acked = divmod(self._acked, step)
        self._reno += grown
        if self._reno > self.window:
            return min(every, self.window // (self._reno - self.window))
        return every

    def _begin_round(self, now: int, sent: int) -> None:
        self._round_start = self._last_ack = now
        self._round_end = sent
        self._round_rtt = NEVER
        self._samples = 0

    def _hystart(self, now: int, rtt: int, acked: int, sent: int) -> None:
        if acked > self._round_end:
            self._begin_round(now, sent)
        if self.window < HYSTART_LOW:
            return
        if now - self._last_ack <= ACK_SPACING:
            self._last_ack = now
            # Segments that the sender gathers come late by themselves: by four of 64 KiB at its rate, 1 ms at most.
            gathering = min(1_000_000, GATHERED * rtt // self.window)
            if now - self._round_start > (self._rtt_min + gathering) // 2:
                self._found = True
        self._round_rtt = min(self._round_rtt, rtt)
        if self._samples < HYSTART_SAMPLES:
            self._samples += 1
        else:
            low, high = DELAY_STEP
            if self._round_rtt > self._rtt_min + min(max(self._rtt_min // 8, low), high):
                self._found = True
        if self._found:
            self.threshold = self.window
