"""Facts of machines that are not here, from the text of their /proc."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perfkit.measure import machine
from perfkit.measure.machine import (
    UNKNOWN,
    Steal,
    available_memory,
    context_facts,
    describe_load,
    machine_facts,
    parse_cpu_model,
    parse_memory,
    parse_ptrace,
    parse_steal,
    parse_virtual,
)

if TYPE_CHECKING:
    from pathlib import Path

X86 = """processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Intel(R) Xeon(R)  CPU @ 2.80GHz
flags\t\t: fpu vme de {flag} lahf_lm
bugs\t\t: hypervisor_bug
"""
ARM = """processor\t: 0
BogoMIPS\t: 50.00
Features\t: fp asimd evtstrm
CPU implementer\t: 0x41
CPU part\t: 0xd0c
"""
BEFORE = "cpu  100 5 50 1000 10 0 5 30 0 0\ncpu0 100 5 50 1000 10 0 5 30 0 0\n"
AFTER = "cpu  160 5 70 1100 10 0 5 50 60 0\ncpu0 160 5 70 1100 10 0 5 50 60 0\n"


def test_cpu_model_has_single_blanks() -> None:
    assert parse_cpu_model(X86) == "Intel(R) Xeon(R) CPU @ 2.80GHz"


def test_arm_is_told_by_maker_and_part() -> None:
    assert parse_cpu_model(ARM) == "implementer 0x41 part 0xd0c"
    assert parse_cpu_model("") == ""


@pytest.mark.parametrize(
    ("cpuinfo", "vendor", "virtual"),
    [
        (X86.format(flag="hypervisor"), "", "yes"),
        (X86.format(flag="ht"), "QEMU", "no"),
        (ARM, "Amazon EC2\n", "yes"),
        (ARM, "Ampere\n", UNKNOWN),
        ("", "", UNKNOWN),
    ],
)
def test_virtual_is_by_flag_then_by_maker(cpuinfo: str, vendor: str, virtual: str) -> None:
    assert parse_virtual(cpuinfo, vendor) == virtual


@pytest.mark.parametrize(
    ("kib", "shown"), [(24_684_092, "24 GiB"), (16_303_428, "16 GiB"), (16_310_000, "16 GiB"), (490_000, "0 GiB")]
)
def test_memory_does_not_tell_kernels_apart(kib: int, shown: str) -> None:
    assert parse_memory(f"MemTotal:       {kib} kB\nMemFree: 1 kB\n") == shown


def test_memory_unknown() -> None:
    assert parse_memory("") == UNKNOWN


def test_steal_counts_eight_fields() -> None:
    """Guest time is part of user time already."""
    assert parse_steal(AFTER) == (50, 1400)
    assert parse_steal("cpu  100 5 50 1000\n") is None
    assert parse_steal("") is None


def test_steal_is_a_share_of_all_time_since(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stat = tmp_path / "stat"
    monkeypatch.setattr(machine, "_STAT", stat)
    stat.write_text(BEFORE)
    steal = Steal()
    assert steal.share() == 0.0, "no tick has passed"
    stat.write_text(AFTER)
    assert steal.share() == pytest.approx(20 / 200)


def test_steal_that_is_not_told_is_no_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_STAT", tmp_path / "missing")
    assert Steal().share() is None


def test_available_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meminfo = tmp_path / "meminfo"
    monkeypatch.setattr(machine, "_MEMINFO", meminfo)
    assert available_memory() is None
    meminfo.write_text("MemTotal: 9 kB\nMemAvailable:      5 kB\n")
    assert available_memory() == 5120


@pytest.mark.parametrize(("load", "word"), [(0.0, "quiet"), (1.9, "quiet"), (2.0, "busy"), (40.0, "busy")])
def test_load_is_a_word(load: float, word: str) -> None:
    assert describe_load(load, 4) == word


def test_facts_are_never_empty() -> None:
    """Everything is something, on this machine as on others."""
    facts = machine_facts() | context_facts()
    assert all(facts.values())
    assert int(facts["cpus"]) >= 1


def test_facts_of_a_system_without_proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_CPUINFO", "_MEMINFO", "_VENDOR"):
        monkeypatch.setattr(machine, name, tmp_path / "missing")
    facts = machine_facts()
    assert (facts["virtual"], facts["memory"]) == (UNKNOWN, UNKNOWN)
    assert facts["cpu"]


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ("0\n", "any process of the same user"),
        ("1\n", "only its own children, unless it is root"),
        ("2\n", "only for root"),
        ("3\n", "forbidden"),
        ("", "any process of the same user, unless a container forbids it"),
    ],
)
def test_whom_a_profiler_may_attach_to(scope: str, said: str) -> None:
    assert parse_ptrace(scope) == said


def test_facts_of_this_moment_are_told_for_every_machine() -> None:
    assert machine.present_facts().keys() == {"load average", "CPU steal", "free memory", "ptrace"}
