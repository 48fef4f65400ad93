"""What follows from the facts of machines that are not here."""

from __future__ import annotations

from typing import Any

import pytest

from perfkit.measure.allowances import Allowance, Facts, allowances, read_facts

CGROUPS = {"cpu.seconds": "cgroup v2 cpu.stat", "memory.peak": "cgroup v2 memory.peak"}
BARE = Facts(
    sources=CGROUPS,
    counters=("breakpoint", "cpu", "software"),
    paranoid="1",
    ptrace_scope="0",
    root=True,
    modules="sch_netem 20480 0 - Live",
    programs=frozenset({"tc", "ip", "nsenter", "docker", "kind"}),
    services=frozenset({"docker"}),
    governor="performance",
    boost="0",
    smt="0",
    clock="tsc",
    virtual="no",
    cpus=8,
    load=0.3,
    files=65536,
)


def changed(**facts: Any) -> dict[str, Allowance]:
    known = {name: getattr(BARE, name) for name in BARE.__struct_fields__}
    return {each.what: each for each in allowances(Facts(**known | facts))}


def test_a_quiet_machine_of_ones_own_limits_nothing() -> None:
    assert [each.what for each in allowances(BARE) if each.limiting] == []


@pytest.mark.parametrize(
    ("what", "facts", "said"),
    [
        ("CPU of a tree", {"sources": {"cpu.seconds": "wait4 under the subreaper"}}, "missed"),
        ("memory of a tree", {"sources": {"memory.peak": "wait4 ru_maxrss"}}, "largest process"),
        ("hardware counters", {"counters": ("breakpoint", "software")}, "no instructions"),
        ("hardware counters", {"counters": ()}, "of no use"),
        ("hardware counters", {"root": False, "paranoid": "4"}, "forbidden"),
        ("ptrace", {"root": False, "ptrace_scope": "1"}, "cannot attach"),
        ("ptrace", {"ptrace_scope": "3"}, "forbidden: py-spy cannot attach"),
        ("CPU frequency", {"governor": "powersave"}, "vary with load"),
        ("CPU frequency", {"boost": "1"}, "vary with load"),
        ("SMT", {"smt": "1"}, "same core"),
        ("virtual machine", {"virtual": "yes"}, "steal"),
        ("other load", {"load": 5.0}, "more pairs"),
        ("other load", {"load": 9.0}, "crowded"),
        ("clock", {"clock": "hpet"}, "microseconds"),
        ("open files", {"files": 1024}, "ulimit -n"),
    ],
)
def test_what_makes_results_worse_is_said_and_marked(what: str, facts: dict[str, Any], said: str) -> None:
    found = changed(**facts)[what]
    assert said in found.follows
    assert found.limiting


@pytest.mark.parametrize(
    ("what", "facts", "said"),
    [
        ("hardware counters", {"root": False, "paranoid": "2"}, "not of the kernel's part"),
        ("ptrace", {"root": False, "ptrace_scope": ""}, "unless a container forbids it"),
        ("netem", {"root": False}, "by the relay alone"),
        ("netem", {"programs": frozenset({"tc", "ip"})}, "by the relay alone"),
        ("netem", {"modules": "sch_fq"}, "by the relay alone"),
        ("netem", {"modules": None}, "tells whether it works"),
        ("netem", {}, "checked against the kernel's"),
        ("containers", {}, "can be had"),
        ("containers", {"services": frozenset()}, "cannot be had"),
        ("containers", {"programs": frozenset()}, "needs none of them"),
        ("CPU frequency", {"governor": ""}, "may change unseen"),
        ("SMT", {"smt": "0", "virtual": "yes"}, "not told"),
        ("open files", {"files": None}, "unknown"),
    ],
)
def test_what_is_so_or_not_known_is_said_and_no_fault(what: str, facts: dict[str, Any], said: str) -> None:
    found = changed(**facts)[what]
    assert said in found.follows
    assert not found.limiting


def test_this_machine_is_read_whatever_it_is() -> None:
    found = allowances(read_facts(CGROUPS))
    assert len(found) == 12
    assert all(each.what and each.here and each.follows for each in found)
