"""Cases measured across two network namespaces with a veth pair and netem at both ends. Needs root and sch_netem.

``unshare -n python -m benchmarks.link_accuracy.netem RUNS [CASE...]`` prints a JSON line about the machine, then one
a case with its times in seconds. As process 1, in user-mode-linux, it mounts what it needs first and powers off
at the end.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import traceback
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.link_accuracy import exchange
from benchmarks.link_accuracy.cases import CASES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.link_accuracy.case import Link

MARK = "ORACLE "  # the console carries the kernel's lines too
CLIENT, SERVER = "10.77.0.1", "10.77.0.2"
NEAR, FAR = "02:00:00:00:00:01", "02:00:00:00:00:02"
PORT = 7000
ROOMY = 100_000  # packets a queue holds: a full one would lose what nobody asked to lose
KEEPS_ORDER = 10_000.0  # Mbit/s: netem lets a jittered packet overtake unless it has a rate
CONGESTION = "cubic"
SYSCTLS = (  # the buffers of a machine with memory enough, whatever the guest has; each run begins without a memory
    "net.ipv4.tcp_rmem=4096 131072 6291456",
    "net.ipv4.tcp_wmem=4096 16384 4194304",
    "net.ipv4.tcp_no_metrics_save=1",
    f"net.ipv4.tcp_congestion_control={CONGESTION}",
)
RUNS, RANDOM_RUNS = 3, 1000
POWER_OFF = 0x4321FEDC  # linux/reboot.h
FINIT_MODULE = 313  # the system call's number on x86-64
MODULES = Path("/usr/lib/uml/modules")  # of Debian's user-mode kernel; one built for this has them inside


def main() -> None:
    """Measure the cases named, or all; RUNS times what has chance in it."""
    measure = partial(_measure, sys.argv[2:], int(sys.argv[1]))
    if os.getpid() == 1:
        as_machine(measure)
    else:
        measure()


def as_machine(measure: Callable[[], None]) -> None:
    """What a machine does around it: what fails is told before the power goes off."""
    libc = ctypes.CDLL(None)
    try:
        for kind, where in (("proc", "/proc"), ("sysfs", "/sys")):
            _run("mount", "-t", kind, kind, where)
        for name in ("drivers/net/veth", "net/sched/sch_netem"):
            module = MODULES / os.uname().release / "kernel" / f"{name}.ko"
            if module.exists():
                with module.open("rb") as file:
                    libc.syscall(FINIT_MODULE, file.fileno(), b"", 0)
        measure()
    except Exception:  # noqa: BLE001 - process 1 has nobody above it
        traceback.print_exc()
    finally:
        libc.reboot(POWER_OFF)


def _measure(names: list[str], random_runs: int) -> None:
    _tell({"kernel": os.uname().release, "congestion": CONGESTION})
    cases = [CASES[name] for name in names] or list(CASES.values())
    for link in dict.fromkeys(case.link for case in cases):
        runs = random_runs if link.random else RUNS
        with _joined(link):
            for case in cases:
                if case.link == link:
                    _tell({"case": case.name, "seconds": [exchange.run(case, (SERVER, PORT)) for _ in range(runs)]})


def _tell(line: dict[str, object]) -> None:
    print(MARK + json.dumps(line), flush=True)


@contextmanager
def _joined(link: Link) -> Iterator[None]:
    """A server in a namespace of its own at the far end of a new veth pair with ``link`` on it."""
    command = ("unshare", "-n", sys.executable, "-m", "benchmarks.link_accuracy.exchange", f"{PORT}")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        server.stdout.readline()  # it listens
        inside = ("nsenter", "-t", f"{server.pid}", "-n")
        one = ("gso_max_segs", "1")  # netem sees segments, not trains of them
        near, far = ("near", "address", NEAR, *one), ("far", "address", FAR, *one)
        _run("ip", "link", "add", *near, "type", "veth", "peer", "name", *far)
        _run("ip", "link", "set", "far", "netns", f"{server.pid}")
        # Neighbours are known from the start: no transfer pays for asking who is there.
        _raise((), "near", CLIENT, (SERVER, FAR))
        _raise(inside, "far", SERVER, (CLIENT, NEAR))
        _run(*qdisc("near", link, link.up))
        _run(*inside, *qdisc("far", link, link.down))
        yield
        _run("ip", "link", "del", "near")
        server.kill()


def _raise(inside: tuple[str, ...], device: str, address: str, neighbour: tuple[str, str]) -> None:
    there, hardware = neighbour
    _run(*inside, "ip", "addr", "add", f"{address}/24", "dev", device)
    _run(*inside, "ip", "link", "set", device, "up")
    _run(*inside, "ip", "neigh", "add", there, "lladdr", hardware, "dev", device, "nud", "permanent")
    for setting in SYSCTLS:
        _run(*inside, "sysctl", "-qw", setting)


def qdisc(device: str, link: Link, rate: float) -> tuple[str, ...]:
    """The command that puts one direction of ``link`` on ``device``."""
    delay = [f"{link.rtt / 2:g}ms"]
    if link.jitter:
        delay.append(f"{link.jitter:g}ms")
        rate = rate or KEEPS_ORDER
    loss = ["loss", f"{link.loss:g}%"] if link.loss else []
    limited = ["rate", f"{rate:g}mbit"] if rate else []
    return ("tc", "qdisc", "add", "dev", device, "root", "netem", "limit", f"{ROOMY}", "delay", *delay, *loss, *limited)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
