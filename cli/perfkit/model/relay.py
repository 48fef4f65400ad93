"""What the engine says to a relay, which plays a link, and what it answers; as in ``model.control``."""

from __future__ import annotations

import msgspec

from perfkit.model.link import Fault, LinkProfile  # noqa: TC001 - msgspec reads annotations at run time

LATE = 1_000_000  # ns; a relay that wakes up later than that, at its p99, sets the times itself


class RelayConfig(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="relay"):
    """The relay's first message: where it listens, where it leads, and what the link between is like.

    It listens in the network namespace at the path ``namespace`` ("": its own), and connects on from its own.
    """

    link: LinkProfile
    to: tuple[str, int]
    host: str = "127.0.0.1"
    namespace: str = ""
    port: int = 0  # 0: any free one
    seed: int = 1


class RelayReady(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="relaying"):
    """Answer to ``relay``: it listens. ``priority`` and ``timer`` say what the system allowed it."""

    port: int
    priority: str
    timer: str


class RelayError(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="relay_error"):
    """The relay cannot do what it was told."""

    message: str
    advice: str = ""


class SetLink(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="set_link"):
    """From now on the link is like this; its faults take the place of the earlier ones (answer: RelayDone)."""

    link: LinkProfile


class Cut(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="cut"):
    """Lose everything for ``duration`` seconds, or until ``restore`` (answer: RelayDone)."""

    duration: float | None = None


class Restore(msgspec.Struct, frozen=True, tag_field="type", tag="restore"):
    """End a cut (answer: RelayDone)."""


class SetFault(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="set_fault"):
    """Let this go wrong from now on, instead of what went wrong before; None ends it (answer: RelayDone)."""

    fault: Fault | None = None


class ResetRelay(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="reset_relay"):
    """Be as new (answer: RelayDone): no connections, the link as at first, chance drawn from ``seed``, counts at 0.

    What passes the edges is logged to ``path`` from now on; "" logs nothing.
    """

    seed: int
    path: str = ""


class AwaitDelivery(msgspec.Struct, frozen=True, tag_field="type", tag="await_delivery"):
    """Tell once when all that the far side has sent by now was read by the client (answer: Delivered)."""


class Delivered(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="delivered"):
    """What was awaited came true at ``ns``."""

    ns: int


class AskRelay(msgspec.Struct, frozen=True, tag_field="type", tag="ask_relay"):
    """What has passed since the start or the last ``reset_relay`` (answer: RelayStats)."""


class RelayDone(msgspec.Struct, frozen=True, tag_field="type", tag="relay_done"):
    """Answer to whatever changes the relay: done."""


class RelayStats(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="relay_stats"):
    """What has passed. ``lateness`` counts wake-ups by how late they were: (upper bound in ns, count)."""

    down: int  # bytes towards the client
    up: int
    connections: int
    open: int
    refused: int  # connections that the far side did not take
    resets: int
    faults: int  # connections struck
    retransmissions: int  # packets
    cpu: float  # seconds, since the relay's start
    late_p50: int  # ns
    late_p99: int
    lateness: tuple[tuple[int, int], ...] = ()

    @property
    def late(self) -> bool:
        """Whether the relay, not the link, may have set the times."""
        return self.late_p99 > LATE


RelayRequest = RelayConfig | SetLink | Cut | Restore | SetFault | ResetRelay | AwaitDelivery | AskRelay
RelayAnswer = RelayReady | RelayError | RelayDone | RelayStats | Delivered
