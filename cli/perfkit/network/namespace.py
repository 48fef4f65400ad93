"""A network namespace of our own, joined to ours by a veth pair. Both go with the process that holds the namespace.

That holder reads a pipe from us to its end, so it dies with us, however we die; with it the namespace, with that one
end of the pair, and with that the other: the kernel sweeps, and nothing is ever left to find.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from perfkit.errors import LinkError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CLONE_NEWNET = 0x40000000  # sched.h
NEAR_MAC, FAR_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"  # locally administered
FAR: Final = "far"
NETWORKS = 1 << 15  # of 4 addresses each, in 198.18.0.0/15
TOOLS = {"ip": "iproute2", "tc": "iproute2", "unshare": "util-linux", "nsenter": "util-linux"}
ADMINISTRATOR_FOLDERS = ("/usr/sbin", "/sbin")  # not on everybody's PATH
ADVICE = "use --backend relay"
# What TCP remembers of a host would make a connection depend on those before it.
HOLD = "echo 1 > /proc/sys/net/ipv4/tcp_no_metrics_save; echo held; exec cat"


class Ends(NamedTuple):
    """The veth pair of the namespace that process ``holder`` holds: names and addresses on both sides."""

    holder: int
    near: str
    near_address: str
    far_address: str


def ends(holder: int) -> Ends:
    """Names and addresses that no other holder's pair has: 198.18.0.0/15 is for network tests (RFC 2544)."""
    base = holder % NETWORKS * 4
    prefix = f"198.{18 + (base >> 16)}.{base >> 8 & 255}"
    return Ends(holder, f"perfkit{holder}", f"{prefix}.{(base & 255) + 1}", f"{prefix}.{(base & 255) + 2}")


def inside_of(holder: int) -> tuple[str, ...]:
    """What to put before a command that is to run in the holder's namespace."""
    return ("nsenter", "--target", f"{holder}", "--net")


def joining(pair: Ends, mtu: int) -> list[tuple[str, ...]]:
    """The commands that make the pair and raise both ends; packets pass one by one, as on a real wire."""
    one = ("mtu", f"{mtu}", "gso_max_segs", "1")
    far = ("peer", "name", FAR, "address", FAR_MAC, *one, "netns", f"{pair.holder}")
    return [
        ("ip", "link", "add", "name", pair.near, "address", NEAR_MAC, *one, "type", "veth", *far),
        *_raising((), pair.near, pair.near_address, (pair.far_address, FAR_MAC)),
        *_raising(inside_of(pair.holder), FAR, pair.far_address, (pair.near_address, NEAR_MAC)),
    ]


def _raising(
    inside: tuple[str, ...], device: str, address: str, neighbour: tuple[str, str]
) -> Iterator[tuple[str, ...]]:
    yield (*inside, "ip", "address", "add", f"{address}/30", "dev", device)
    yield (*inside, "ip", "link", "set", device, "up")
    # Known from the start: no connection pays for asking who is there.
    there, mac = neighbour
    yield (*inside, "ip", "neighbour", "add", there, "lladdr", mac, "dev", device, "nud", "permanent")


class Namespace:
    """The namespace and its pair. All methods raise LinkError."""

    def __init__(self) -> None:
        self._holder: subprocess.Popen[bytes] | None = None

    def open(self, mtu: int) -> None:
        """Make the namespace and join it to ours."""
        refuse_where_impossible()
        self._holder = subprocess.Popen(
            [found("unshare"), "--net", "sh", "-c", HOLD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C goes to us alone
        )
        assert self._holder.stdout is not None
        assert self._holder.stderr is not None
        if not self._holder.stdout.readline():
            raise LinkError(f"no network namespace: {self._holder.stderr.read().decode().strip()}", ADVICE)
        for command in joining(self.ends, mtu):
            run(command)

    def close(self) -> None:
        """Remove both. May be called twice."""
        if self._holder is None:
            return
        with contextlib.suppress(LinkError):
            run(("ip", "link", "delete", self.ends.near))  # at once: an open socket may outlive the holder
        with self._holder as holder:
            holder.communicate()
        self._holder = None

    @property
    def ends(self) -> Ends:
        """Names and addresses of the pair."""
        if self._holder is None:
            raise LinkError("the link is not open")
        return ends(self._holder.pid)

    @property
    def path(self) -> str:
        """By which ``inside`` enters it."""
        return f"/proc/{self.ends.holder}/ns/net"

    def repeated(self) -> int:
        """TCP segments that were sent again from within, since it was made."""
        with open(f"/proc/{self.ends.holder}/net/snmp", encoding="ascii") as file:  # noqa: PTH123 - procfs
            return counter(file.read(), "Tcp", "RetransSegs")


def counter(snmp: str, protocol: str, name: str) -> int:
    """One of the kernel's counters, from the text of ``/proc/net/snmp``."""
    names, values = (line.split() for line in snmp.splitlines() if line.startswith(f"{protocol}:"))
    return int(values[names.index(name)])


def refuse_where_impossible() -> None:
    """Raise LinkError where no namespace can be made, saying what is missing."""
    if sys.platform != "linux":
        raise LinkError("netem is Linux' own", ADVICE)
    if os.geteuid():
        raise LinkError("netem needs root: it makes a network namespace", "use sudo or --backend relay")
    for tool in TOOLS:
        found(tool)


def found(tool: str) -> str:
    """Path of a tool. Raises LinkError naming the package that has it."""
    place = shutil.which(tool, path=_path())
    if place is None:
        raise LinkError(f"netem needs `{tool}`, which is not installed", f"install {TOOLS[tool]}")
    return place


def _path() -> str:
    return os.pathsep.join((os.environ.get("PATH", os.defpath), *ADMINISTRATOR_FOLDERS))


def run(command: Sequence[str]) -> None:
    """Run one command to its end. Raises LinkError with what it complained of."""
    environment = {**os.environ, "PATH": _path()}  # nsenter looks there as well
    done = subprocess.run(
        [found(command[0]), *command[1:]], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise LinkError(f"`{' '.join(command)}` failed: {said[0]}", ADVICE)


@contextmanager
def inside(path: str) -> Iterator[None]:
    """Make the calling thread's new sockets belong to the namespace at ``path`` ("": to its own). Raises OSError."""
    if not path:
        yield
        return
    with open("/proc/thread-self/ns/net", "rb") as ours, open(path, "rb") as theirs:  # noqa: PTH123 - procfs
        _enter(theirs.fileno())
        try:
            yield
        finally:
            _enter(ours.fileno())


def _enter(descriptor: int) -> None:
    """``os.setns``, which Python has from 3.12 on."""
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, CLONE_NEWNET):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
