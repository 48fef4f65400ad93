"""The machine: what identifies it, what it runs, and what else used it while a trial ran.

What a system does not tell is "not measurable here" (None where a number is meant), never a stand-in.
"""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import Final

from perfkit import __version__

UNKNOWN: Final = "not measurable here"

_CPUINFO: Final = Path("/proc/cpuinfo")
_MEMINFO: Final = Path("/proc/meminfo")
_STAT: Final = Path("/proc/stat")
_YAMA: Final = Path("/proc/sys/kernel/yama/ptrace_scope")
_VENDOR: Final = Path("/sys/class/dmi/id/sys_vendor")
# What virtual machines say of their maker where the CPU has no flag for it (ARM).
_VIRTUAL_VENDORS: Final = ("QEMU", "KVM", "VMware", "Xen", "Amazon EC2", "Google", "Microsoft", "innotek", "Parallels")


def machine_facts() -> dict[str, str]:
    """The fingerprint's machine class: times of machines that differ in these are not compared."""
    cpuinfo, meminfo = _read(_CPUINFO), _read(_MEMINFO)
    return {
        "cpu": parse_cpu_model(cpuinfo) or platform.processor() or platform.machine(),
        "cpus": str(usable_cpus()),
        "arch": platform.machine(),
        "virtual": parse_virtual(cpuinfo, _read(_VENDOR)),
        "memory": parse_memory(meminfo),
        "system": platform.system(),
    }


def context_facts() -> dict[str, str]:
    """The fingerprint's context class: a difference in these is a warning."""
    return {
        "kernel": platform.release(),
        "python": platform.python_version(),
        "perfkit": __version__,
        "load": describe_load(load_average(), usable_cpus()),
    }


def present_facts() -> dict[str, str]:
    """What a person asks of a machine before trusting it, and no fingerprint holds: numbers of this moment."""
    free, ticks = available_memory(), parse_steal(_read(_STAT))
    return {
        "load average": f"{load_average():.2f} over the last minute",
        "CPU steal": f"{ticks[0] / ticks[1]:.1%} since boot" if ticks and ticks[1] else UNKNOWN,
        "free memory": f"{free / 1024**3:.1f} GiB" if free is not None else UNKNOWN,
        "ptrace": parse_ptrace(_read(_YAMA)),
    }


def usable_cpus() -> int:
    """How many CPUs this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load_average() -> float:
    """The one-minute load average."""
    return os.getloadavg()[0]


def describe_load(load: float, cpus: int) -> str:
    """In words, since no two moments have the same number: ``busy`` from half a runnable process a CPU."""
    return "busy" if load >= cpus / 2 else "quiet"


def available_memory() -> int | None:
    """Bytes that programs could still get without swapping; None where the system does not tell."""
    match = re.search(r"^MemAvailable:\s*(\d+) kB", _read(_MEMINFO), re.MULTILINE)
    return int(match[1]) * 1024 if match else None


class Steal:
    """The share of all CPUs' time that the hypervisor gave to others, from the moment this is made."""

    def __init__(self) -> None:
        self._before = parse_steal(_read(_STAT))

    def share(self) -> float | None:
        """A fraction; None where the system does not tell. Counted in ticks of mostly 10 ms."""
        now = parse_steal(_read(_STAT))
        if now is None or self._before is None:
            return None
        steal, total = (after - before for after, before in zip(now, self._before, strict=True))
        return max(0.0, steal / total) if total > 0 else 0.0


def parse_steal(stat: str) -> tuple[int, int] | None:
    """Stolen ticks and all ticks from the text of ``/proc/stat`` (proc(5)).

    The first line's fields: user nice system idle iowait irq softirq steal, and guest times that user includes.
    """
    fields = stat.partition("\n")[0].split()[1:9]
    if len(fields) < 8:
        return None
    ticks = [int(field) for field in fields]
    return ticks[7], sum(ticks)


def parse_ptrace(scope: str) -> str:
    """Whom a debugger or sampling profiler may attach to, by the text of Yama's ``ptrace_scope`` (Linux's Yama)."""
    meanings = {
        "0": "any process of the same user",
        "1": "only its own children, unless it is root",
        "2": "only for root",
        "3": "forbidden",
    }
    return meanings.get(scope.strip(), "any process of the same user, unless a container forbids it")


def parse_cpu_model(cpuinfo: str) -> str:
    """The CPU's name from the text of ``/proc/cpuinfo``; for ARM, which has none, the numbers of maker and part."""
    if name := _field(cpuinfo, "model name"):
        return re.sub(r"\s+", " ", name)
    maker, part = _field(cpuinfo, "CPU implementer"), _field(cpuinfo, "CPU part")
    return f"implementer {maker} part {part}" if maker and part else ""


def parse_virtual(cpuinfo: str, vendor: str) -> str:
    """Whether this is a virtual machine: ``yes`` or ``no`` by the CPU flag of x86; else ``yes`` by the maker's name."""
    if flags := _field(cpuinfo, "flags"):
        return "yes" if "hypervisor" in flags.split() else "no"
    return "yes" if any(name in vendor for name in _VIRTUAL_VENDORS) else UNKNOWN


def parse_memory(meminfo: str) -> str:
    """The machine's memory in whole GiB: kernels differ in what they keep of it, machines do not."""
    match = re.search(r"^MemTotal:\s*(\d+) kB", meminfo, re.MULTILINE)
    return f"{round(int(match[1]) / 1024**2)} GiB" if match else UNKNOWN


def _field(cpuinfo: str, name: str) -> str:
    match = re.search(rf"^{re.escape(name)}\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return match[1].strip() if match else ""


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
