"""A link as data: what a profile of ``fixtures/links`` says, with what the command line changed."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

MTU: Final = 1500
FaultKind = Literal["reset", "stall", "truncate", "drip"]


class RateStep(msgspec.Struct, frozen=True, kw_only=True):
    """From ``at`` seconds after the link came up, the rates are these (bit/s; 0: unlimited)."""

    at: float
    down: float = 0.0
    up: float = 0.0


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What goes wrong on connections, after so many more bytes towards the client.

    ``reset``: both ends get a reset. ``stall``: nothing more comes, the connection stays. ``truncate``: an orderly end
    too early. ``drip``: the rest comes at ``rate`` bytes/s. It strikes open and new connections: each with probability
    ``share``, ``count`` of them at most (None: no bound), and only within ``duration`` seconds (None: until replaced).
    """

    kind: FaultKind
    after: int = 0  # bytes
    share: float = 1.0
    count: int | None = None
    duration: float | None = None
    rate: float = 100.0


class LinkProfile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A link in base units. Loss and jitter hold for each direction on its own.

    Jitter is uniform: each packet is delayed by ``rtt / 2`` ± ``jitter``, and never overtakes another. ``trace_down``
    and ``trace_up`` are paths of Mahimahi traces, which take the place of a rate.
    """

    name: str = "custom"
    title: str = ""
    rtt: float = 0.0  # seconds, half of it each way
    jitter: float = 0.0  # seconds
    down: float = 0.0  # bit/s towards the client; 0: unlimited
    up: float = 0.0  # bit/s from the client
    loss: float = 0.0  # share of the packets
    mtu: int = MTU
    steps: tuple[RateStep, ...] = ()
    trace_down: str = ""
    trace_up: str = ""
    fault: Fault | None = None

    def __str__(self) -> str:
        """``vpn 60 ms, 20 Mbit/s, 0.5 % loss``; ``direct``."""
        rates = {self.down, self.up} - {0.0}
        parts = [
            f"{self.rtt * 1e3:g} ms" if self.rtt else "",
            f"± {self.jitter * 1e3:g} ms" if self.jitter else "",
            "/".join(f"{rate / 1e6:g}" for rate in sorted(rates, reverse=True)) + " Mbit/s" if rates else "",
            f"{self.loss * 100:g} % loss" if self.loss else "",
            self.fault.kind if self.fault else "",
        ]
        return f"{self.name} {', '.join(filter(None, parts))}".strip()

    @property
    def only_delays(self) -> bool:
        """Whether a packet meets nothing but half a round trip: what a client waits for is then round trips alone."""
        return self == LinkProfile(name=self.name, title=self.title, rtt=self.rtt, mtu=self.mtu)

    @property
    def direct(self) -> bool:
        """Whether it does nothing at all, so that no relay is needed."""
        return self == LinkProfile(name=self.name, title=self.title) and self.name == DIRECT.name


DIRECT: Final = LinkProfile(name="direct")
