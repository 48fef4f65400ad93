"""The machine: what identifies it, what it runs, and what else used it while a trial ran."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

from perfkit import __version__

CPUINFO = Path("/proc/cpuinfo")
STAT = Path("/proc/stat")
MEMINFO = Path("/proc/meminfo")


def machine_facts() -> dict[str, str]:
    """The fingerprint's machine class: results of machines that differ in these are not compared in time."""
    cpuinfo = _read(CPUINFO)
    return {
        "cpu": parse_cpu_model(cpuinfo) or platform.processor() or platform.machine(),
        "cpus": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "arch": platform.machine(),
        "virtual": parse_virtual(cpuinfo),
        "memory": parse_memory(_read(MEMINFO)),
        "system": platform.system(),
    }


def context_facts() -> dict[str, str]:
    """The fingerprint's context class: differences in these are a warning."""
    return {
        "kernel": platform.release(),
        "python": platform.python_version(),
        "perfkit": __version__,
        "load": f"{load_average():.1f}",
    }


def load_average() -> float:
    """The one-minute load average."""
    return os.getloadavg()[0]


class Steal:
    """The share of CPU time that the hypervisor gave to others, from the moment this is made."""

    def __init__(self) -> None:
        self._before = parse_steal(_read(STAT))

    def share(self) -> float:
        """A fraction of all cores' time since then; 0 where it is not told."""
        steal, total = (after - before for after, before in zip(parse_steal(_read(STAT)), self._before, strict=True))
        return steal / total if total > 0 else 0.0


def parse_steal(stat: str) -> tuple[int, int]:
    """Stolen and all ticks from the first line of ``/proc/stat``: user nice system idle iowait irq softirq steal."""
    fields = [int(field) for field in stat.partition("\n")[0].split()[1:9]]
    return (fields[7] if len(fields) == 8 else 0, sum(fields))


def parse_cpu_model(cpuinfo: str) -> str:
    """The model's name from ``/proc/cpuinfo``, or nothing (ARM tells none)."""
    match = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return re.sub(r"\s+", " ", match[1]).strip() if match else ""


def parse_virtual(cpuinfo: str) -> str:
    """Whether this is a virtual machine, by the CPU flag ``hypervisor``."""
    if not cpuinfo:
        return "unknown"
    return "yes" if re.search(r"^flags\s*:.*\bhypervisor\b", cpuinfo, re.MULTILINE) else "no"


def parse_memory(meminfo: str) -> str:
    """The machine's memory in whole GiB: kernels differ in what they keep of it, machines do not."""
    match = re.search(r"^MemTotal:\s*(\d+) kB", meminfo, re.MULTILINE)
    return f"{round(int(match[1]) / 1024**2)} GiB" if match else "unknown"


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
