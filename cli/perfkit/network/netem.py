"""The link as Linux' own netem plays it: needs root, and a kernel that has the module.

The target stays where it is and connects to the far end of a veth pair, so that its own kernel's TCP passes the wire.
There, in a namespace of its own, listens the relay, with no link to play: it leads each connection on to the cluster,
by sockets of our own namespace.
"""

from __future__ import annotations

import platform
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.errors import LinkError
from perfkit.model.link import LinkProfile
from perfkit.network.namespace import ADVICE, FAR, Namespace, inside_of, run
from perfkit.network.relay_link import RelayLink

if TYPE_CHECKING:
    from perfkit.model.link import Fault
    from perfkit.model.relay import RelayStats

ROOMY = 1_000_000  # packets a queue holds: a full one would lose what nobody asked to lose
KEEPS_ORDER = 10e9  # bit/s: netem lets a jittered packet overtake unless it has a rate
PROBE: Final = LinkProfile(rtt=0.02)
PROBES = 5
PATIENCE = 2.0  # seconds for one
CLOSED_PORT = 9  # nothing listens there: the kernel's refusal takes a round trip, and no process but ours
TOLERANCE = (-0.0005, 0.005)  # seconds that the quickest probe may be early and late
UNKNOWN = "qdisc kind is unknown"  # as the kernel says it


class NetemLink(RelayLink):
    """A link to ``to``, played by netem on a veth pair. ``folder`` receives the relay's log."""

    backend = "netem"

    def __init__(
        self, profile: LinkProfile, to: tuple[str, int], folder: Path, *, port: int = 0, seed: int = 1
    ) -> None:
        super().__init__(LinkProfile(), to, folder, port=port, seed=seed)
        self._asked = profile
        self._dead = False
        self._profile = profile
        self._namespace = Namespace()
        self._shaping = threading.RLock()
        self._later: threading.Timer | None = None
        self._repeated = 0

    def open(self) -> None:
        """Make the wire, prove that it delays, and listen at its far end."""
        refuse_unplayable(self._asked)
        try:
            self._namespace.open(self._asked.mtu)
            self._shape_first()
            refuse_unless_delayed(PROBE.rtt, _quickest(self._namespace.ends.far_address))
            self.set(self._asked)
            self._config = msgspec.structs.replace(
                self._config, host=self._namespace.ends.far_address, namespace=self._namespace.path
            )
            super().open()
        except LinkError:
            self.close()
            raise

    def close(self) -> None:
        """End the relay and take the wire away. May be called twice."""
        self._forget_restoring()
        super().close()
        self._namespace.close()

    def reset(self, seed: int, log: Path) -> None:
        """As of a relay; netem has no seed, so chance differs each time. The log is of the wire's far end alone."""
        super().reset(seed, log)
        self._repeated = self._namespace.repeated()
        self.restore()
        self.set(self._asked)

    def set(self, profile: LinkProfile) -> None:
        """From now on the link is like this."""
        refuse_unplayable(profile)
        with self._shaping:
            self._profile = profile
            self._apply()

    def cut(self, duration: float | None = None) -> None:
        """Lose everything for so many seconds, or until ``restore``."""
        self._forget_restoring()
        with self._shaping:
            self._dead = True
            self._apply()
        if duration is not None:
            self._later = threading.Timer(duration, self._restore)
            self._later.daemon = True
            self._later.start()

    def restore(self) -> None:
        """End a cut."""
        self._forget_restoring()
        self._restore()

    def fault(self, fault: Fault | None) -> None:
        """Refused: netem knows packets, not connections."""
        refuse_unplayable(LinkProfile(fault=fault))

    def stats(self) -> RelayStats:
        """As of a relay, but that ``retransmissions`` are the kernel's, and only of what goes towards the client."""
        again = self._namespace.repeated() - self._repeated
        return msgspec.structs.replace(super().stats(), retransmissions=again)

    @property
    def how(self) -> str:
        """What plays it, for a person."""
        congestion = Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text(encoding="ascii").strip()
        return f"netem of Linux {platform.release()}, {congestion}"

    def _shape_first(self) -> None:
        """Whether the kernel has netem is known from here on."""
        try:
            self._shape(PROBE, PROBE.loss)
        except LinkError as error:
            raise without_module(error) from error

    def _restore(self) -> None:
        with self._shaping:
            self._dead = False
            self._apply()

    def _forget_restoring(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None

    def _apply(self) -> None:
        self._shape(self._profile, 1.0 if self._dead else self._profile.loss)

    def _shape(self, profile: LinkProfile, loss: float) -> None:
        pair = self._namespace.ends
        run(qdisc(pair.near, profile, profile.up, loss))
        run((*inside_of(pair.holder), *qdisc(FAR, profile, profile.down, loss)))


def qdisc(device: str, profile: LinkProfile, rate: float, loss: float) -> tuple[str, ...]:
    """The command that makes ``device`` play one direction, whatever it played before; ``rate`` 0 is unlimited."""
    delay = [f"{profile.rtt * 5e5:.0f}us"]
    if profile.jitter:
        delay.append(f"{profile.jitter * 1e6:.0f}us")
        rate = rate or KEEPS_ORDER
    # Each is said even when it is nothing: netem keeps what it is not told.
    words = ("limit", f"{ROOMY}", "delay", *delay, "loss", f"{loss * 100:g}%", "rate", f"{rate:.0f}bit")
    return ("tc", "qdisc", "replace", "dev", device, "root", "netem", *words)


def without_module(error: LinkError) -> LinkError:
    """What an error of the first ``tc`` means: mostly that the kernel has no netem."""
    if UNKNOWN not in error.message:
        return error
    return LinkError("this kernel has no netem", f"try `modprobe sch_netem`, or {ADVICE}")


def refuse_unplayable(profile: LinkProfile) -> None:
    """Raise LinkError for what only a relay can play."""
    for what, asked in (
        ("traces", profile.trace_down or profile.trace_up),
        ("rate steps", profile.steps),
        ("faults of connections", profile.fault),
    ):
        if asked:
            raise LinkError(f"netem plays no {what}", ADVICE)


def refuse_unless_delayed(asked: float, measured: float) -> None:
    """Raise LinkError unless the quickest round trip (s) is the one that was asked for."""
    early, late = TOLERANCE
    if not asked + early <= measured <= asked + late:
        trips = f"{asked * 1e3:g} ms asked for, {measured * 1e3:.2f} ms measured"
        raise LinkError(f"netem does not delay as it should: {trips}", ADVICE)


def _quickest(host: str) -> float:
    """Seconds of the quickest of some round trips to ``host``. Raises LinkError."""
    return min(_round_trip(host) for _ in range(PROBES))


def _round_trip(host: str) -> float:
    start = time.monotonic()
    with socket.socket() as probe:
        probe.settimeout(PATIENCE)
        try:
            probe.connect((host, CLOSED_PORT))
        except ConnectionRefusedError:
            return time.monotonic() - start
        except OSError as error:
            raise LinkError(f"the far end of netem's wire does not answer: {error}", ADVICE) from error
    raise LinkError(f"something listens at port {CLOSED_PORT} of netem's far end", ADVICE)
