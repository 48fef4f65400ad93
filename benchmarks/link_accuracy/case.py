"""What a case is, for the oracle, the relay and the model alike. Standard library only: runs in the guest.

A case's name is made from all that defines it, so a stored measurement can never be taken for that of another case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

KIB = 1024
MIB = 1024 * KIB
Group = Literal["fitted", "seen", "blind"]  # the model was made by it; was looked at beside it meanwhile; never was
GROUPS: Final[tuple[Group, ...]] = get_args(Group)


@dataclass(frozen=True)
class Link:
    """A link as asked for. Loss and jitter hold for each direction; a rate of 0 is unlimited."""

    rtt: float  # ms, half of it each way
    down: float = 0.0  # Mbit/s towards the client
    up: float = 0.0  # Mbit/s from the client
    loss: float = 0.0  # % of the segments
    jitter: float = 0.0  # ms: each segment is delayed by rtt / 2 ± jitter, uniform, order kept

    @property
    def name(self) -> str:
        """Short and unique: ``rtt50-10/10mbit-loss1``."""
        parts = [f"rtt{self.rtt:g}"]
        if self.down or self.up:
            parts.append(f"{self.down:g}/{self.up:g}mbit")
        if self.loss:
            parts.append(f"loss{self.loss:g}")
        if self.jitter:
            parts.append(f"jitter{self.jitter:g}")
        return "-".join(parts)

    @property
    def random(self) -> bool:
        """Whether two runs of a case may differ."""
        return bool(self.loss or self.jitter)


@dataclass(frozen=True)
class Case:
    """One transfer, timed from just before the connect (cold) or before the request (warm) to the last byte."""

    link: Link
    size: int  # bytes of the body
    upload: bool = False
    before: tuple[int, ...] = ()  # bodies moved first on the same connection, untimed; none: a cold connection
    idle: float = 0.0  # seconds of silence between those and the timed one
    connections: int = 1  # at once; timed until the last is done
    group: Group = "fitted"

    @property
    def name(self) -> str:
        """Short and unique: ``rtt50/cold-1MiB``, ``rtt50/warm-1MiB-after-1MiB``."""
        parts = ["warm" if self.before else "cold"]
        if self.upload:
            parts.append("up")
        parts.append(size_name(self.size))
        if self.before:
            parts.append("after-" + "+".join(size_name(size) for size in self.before))
        if self.idle:
            parts.append(f"idle{self.idle:g}s")
        if self.connections > 1:
            parts.append(f"x{self.connections}")
        return f"{self.link.name}/{'-'.join(parts)}"

    @property
    def ping(self) -> bool:
        """Whether the case is a bare round trip."""
        return self.size == 1 and bool(self.before)


def size_name(size: int) -> str:
    """Bytes as a person writes them: ``64kB``, ``256KiB``, ``1MiB``."""
    for unit, name in ((MIB, "MiB"), (KIB, "KiB"), (1000, "kB")):
        if size % unit == 0 and size >= unit:
            return f"{size // unit}{name}"
    return f"{size}B"
