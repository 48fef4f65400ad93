"""What a machine allows to be measured, and what follows for results: facts read once, then judged without a system.

A fact that the system does not tell is None or empty, and is said to be unknown, never guessed.
"""

from __future__ import annotations

import os
import platform
import resource
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from perfkit.measure.machine import UNKNOWN, load_average, machine_facts, parse_ptrace, usable_cpus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ENOUGH_FILES: Final = 4096  # open files: a thousand copies of a client, each with a few connections
STEADY_CLOCKS: Final = frozenset({"tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page"})
COUNTERS: Final = ("cpu", "cpu_core", "armv8_pmuv3", "armv8_pmuv3_0")  # names of a CPU's own counters in sysfs
SOCKETS: Final = {"docker": "/var/run/docker.sock", "podman": ""}  # of whom there must be a running service


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What was read. Texts are those of the system's files, stripped; empty where there is no such file."""

    sources: Mapping[str, str] = {}  # of metrics, as the launcher found them
    counters: tuple[str, ...] = ()  # the devices of the kernel's performance events
    paranoid: str = ""  # perf_event_paranoid
    ptrace_scope: str = ""  # of Yama
    root: bool = False
    modules: str | None = None  # names of the kernel's modules, loaded, built in or on disk; None: not to be known
    programs: frozenset[str] = (
        frozenset()
    )  # those of tc, nsenter, ip, docker, podman, kind, perf, py-spy that are there
    services: frozenset[str] = frozenset()  # docker or podman, where it answers to this user
    governor: str = ""
    boost: str = ""  # "1": the CPU may go beyond its nominal frequency
    smt: str = ""  # "1": several threads share a core
    clock: str = ""
    virtual: str = UNKNOWN
    cpus: int = 1
    load: float = 0.0
    files: int | None = None  # open files that a process may have


class Allowance(NamedTuple):
    """One fact in words, and what follows from it. ``limiting``: results are the worse for it."""

    what: str
    here: str
    follows: str
    limiting: bool = False


def allowances(facts: Facts) -> list[Allowance]:
    """All of them, in the order in which they matter for results."""
    return [judge(facts) for judge in _JUDGES]


def read_facts(sources: Mapping[str, str]) -> Facts:
    """The facts of this machine; ``sources`` are the launcher's."""
    found = frozenset(filter(shutil.which, ("tc", "ip", "nsenter", "docker", "podman", "kind", "perf", "py-spy")))
    cpu = "/sys/devices/system/cpu"
    return Facts(
        sources=sources,
        counters=tuple(sorted(path.name for path in Path("/sys/bus/event_source/devices").glob("*"))),
        paranoid=_read("/proc/sys/kernel/perf_event_paranoid"),
        ptrace_scope=_read("/proc/sys/kernel/yama/ptrace_scope"),
        root=hasattr(os, "geteuid") and os.geteuid() == 0,
        modules=_modules(),
        programs=found,
        services=frozenset(name for name in found & SOCKETS.keys() if _serves(SOCKETS[name])),
        governor=_read(f"{cpu}/cpu0/cpufreq/scaling_governor"),
        boost=_read(f"{cpu}/cpufreq/boost") or {"0": "1", "1": "0"}.get(_read(f"{cpu}/intel_pstate/no_turbo"), ""),
        smt=_read(f"{cpu}/smt/active"),
        clock=_read("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
        virtual=machine_facts()["virtual"],
        cpus=usable_cpus(),
        load=load_average(),
        files=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    )


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def _modules() -> str | None:
    folder = f"/lib/modules/{platform.release()}"
    texts = [_read("/proc/modules"), _read(f"{folder}/modules.builtin"), _read(f"{folder}/modules.dep")]
    return "\n".join(texts) if any(texts[1:]) or "sch_netem" in texts[0] else None


def _serves(socket: str) -> bool:
    return not socket or os.access(socket, os.W_OK)


# ---- one fact each


def _cpu(facts: Facts) -> Allowance:
    source = facts.sources.get("cpu.seconds", UNKNOWN)
    if source.startswith("cgroup"):
        return Allowance("CPU of a tree", source, "exact for the whole tree, daemons included")
    return Allowance("CPU of a tree", source, "a process that is killed unwaited-for is missed", limiting=True)


def _memory(facts: Facts) -> Allowance:
    source = facts.sources.get("memory.peak", UNKNOWN)
    if source.startswith("cgroup"):
        return Allowance(
            "memory of a tree", source, "of all processes together; a target is capped at half of what is free"
        )
    follows = "of the largest process, not of all together, and no cap; PSS of the tree needs --trace samples"
    return Allowance("memory of a tree", source, follows, limiting=True)


def _counters(facts: Facts) -> Allowance:
    found = [name for name in facts.counters if name in COUNTERS]
    level = f", perf_event_paranoid {facts.paranoid}" if facts.paranoid else ""
    if not facts.counters:
        return Allowance("hardware counters", f"no performance events{level}", "perf is of no use here", limiting=True)
    if not found:
        follows = "no instructions or cache misses; profiles by perf go by the clock"
        return Allowance("hardware counters", f"none{level}", follows, limiting=True)
    if not facts.root and facts.paranoid.lstrip("-").isdecimal() and int(facts.paranoid) > 2:
        return Allowance("hardware counters", f"{found[0]}{level}", "forbidden to this user", limiting=True)
    kernel = facts.root or (facts.paranoid.lstrip("-").isdecimal() and int(facts.paranoid) < 2)
    seen = "of programs and kernel" if kernel else "of programs, not of the kernel's part"
    return Allowance("hardware counters", f"{found[0]}{level}", f"perf counts and samples {seen}")


def _ptrace(facts: Facts) -> Allowance:
    words = parse_ptrace(facts.ptrace_scope)
    level = f"yama {facts.ptrace_scope}" if facts.ptrace_scope else "no yama"
    if (facts.ptrace_scope in {"1", "2"} and not facts.root) or facts.ptrace_scope == "3":
        return Allowance("ptrace", level, f"{words}: py-spy cannot attach to a target", limiting=True)
    return Allowance("ptrace", level, f"{words}: py-spy can attach to a target")


def _netem(facts: Facts) -> Allowance:
    missing = sorted({"tc", "ip", "nsenter"} - facts.programs)
    here = "root" if facts.root else "no root"
    here += f", without {', '.join(missing)}" if missing else ""
    if not facts.root or missing or (facts.modules is not None and "sch_netem" not in facts.modules):
        here += "" if facts.modules is None or "sch_netem" in facts.modules else ", no module"
        return Allowance("netem", here, "links are played by the relay alone, to 1 ms or so")
    if facts.modules is None:
        return Allowance(
            "netem", f"{here}, module unknown", "`perfkit link test --backend netem` tells whether it works"
        )
    return Allowance("netem", f"{here}, module there", "links can be checked against the kernel's (--backend netem)")


def _containers(facts: Facts) -> Allowance:
    found = sorted(facts.programs & SOCKETS.keys())
    here = ", ".join(name if name in facts.services else f"{name} without its service" for name in found)
    here = " · ".join(filter(None, (here or "no docker, no podman", "kind" if "kind" in facts.programs else "no kind")))
    if facts.services and "kind" in facts.programs:
        return Allowance("containers", here, "a kind cluster can be had beside the mock")
    return Allowance("containers", here, "the mock cluster needs none of them; a kind cluster cannot be had")


def _frequency(facts: Facts) -> Allowance:
    if not facts.governor:
        return Allowance("CPU frequency", "not told", "it may change unseen: pairs cancel slow drifts, not jumps")
    here = facts.governor + {"1": ", boost on", "0": ", boost off"}.get(facts.boost, "")
    if facts.governor == "performance" and facts.boost != "1":
        return Allowance("CPU frequency", here, "steady")
    return Allowance("CPU frequency", here, "times vary with load and heat; set performance, no boost", limiting=True)


def _threads(facts: Facts) -> Allowance:
    if facts.smt == "1":
        return Allowance("SMT", "on", "a neighbour on the same core slows a target by what it does", limiting=True)
    if facts.virtual == "yes":
        return Allowance("SMT", "off as the guest sees it", "whether the host shares cores between guests is not told")
    return Allowance(
        "SMT", "off" if facts.smt else "not told", "cores are not shared" if facts.smt else "may be shared"
    )


def _virtual(facts: Facts) -> Allowance:
    if facts.virtual == "yes":
        return Allowance(
            "virtual machine", "yes", "others may take CPU: steal is read in each trial, and told", limiting=True
        )
    follows = "nothing steals CPU unseen" if facts.virtual == "no" else "steal is read in each trial where it is told"
    return Allowance("virtual machine", facts.virtual, follows)


def _load(facts: Facts) -> Allowance:
    here = f"load {facts.load:.1f} on {facts.cpus} CPUs"
    if facts.load >= facts.cpus:
        return Allowance(
            "other load", here, "times are those of a crowded machine: trust counts, then CPU", limiting=True
        )
    if facts.load >= facts.cpus / 2:
        return Allowance("other load", here, "intervals will be wide: more pairs, or wait", limiting=True)
    return Allowance("other load", here, "quiet enough")


def _clock(facts: Facts) -> Allowance:
    if not facts.clock or facts.clock in STEADY_CLOCKS:
        return Allowance(
            "clock", facts.clock or "not told", "reading it costs nanoseconds" if facts.clock else "unknown"
        )
    return Allowance(
        "clock", facts.clock, "reading it takes microseconds, which programs that ask often feel", limiting=True
    )


def _files(facts: Facts) -> Allowance:
    if facts.files is None:
        return Allowance("open files", "not told", "unknown")
    if facts.files < ENOUGH_FILES:
        return Allowance(
            "open files", f"{facts.files:,}", f"too few for many copies; ulimit -n {ENOUGH_FILES}", limiting=True
        )
    return Allowance("open files", f"{facts.files:,}", "enough")


_JUDGES: Final[tuple[Callable[[Facts], Allowance], ...]] = (
    _cpu,
    _memory,
    _load,
    _virtual,
    _frequency,
    _threads,
    _clock,
    _counters,
    _ptrace,
    _netem,
    _containers,
    _files,
)
