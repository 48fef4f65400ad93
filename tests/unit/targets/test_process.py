"""What a person is told of a tree that has ended."""

from __future__ import annotations

from typing import Any

import pytest

from perfkit.targets.process import _usage

QUIET: dict[str, Any] = {
    "cpu_seconds": 1.5,
    "memory_peak": 1000,
    "processes": 1,
    "system_seconds": 0.25,
    "page_faults": 900,
    "context_switches": 12,
    "killed": 0,
    "left": 0,
    "output_bytes": 10,
    "omitted_bytes": 0,
    "output_error": "",
    "oom_kills": 0,
    "at_floor": False,
}


def test_nothing_to_tell() -> None:
    usage = _usage(QUIET, 5.0, 1 << 30)
    assert (usage.cpu_seconds, usage.memory_peak, usage.processes, usage.warnings) == (1.5, 1000, 1, ())


@pytest.mark.parametrize(
    ("fields", "warning"),
    [
        ({"killed": 1}, "1 process did not end within 5 s of SIGTERM: killed"),
        ({"killed": 3}, "3 processes did not end within 5 s of SIGTERM: killed"),
        ({"left": 1}, "1 process could not be killed"),
        ({"oom_kills": 1}, "1 process hit the memory cap of 1.00 GiB"),
        ({"omitted_bytes": 5 << 20}, "5.00 MiB of its output were not kept"),
        ({"output_error": "No space left on device"}, "its output could not be kept: No space left on device"),
    ],
)
def test_each_doubt_is_one_line(fields: dict[str, Any], warning: str) -> None:
    assert [
        text.replace("1 GiB", "1.00 GiB").replace("5 MiB", "5.00 MiB")
        for text in _usage(QUIET | fields, 5.0, 1 << 30).warnings
    ] == [warning]


def test_a_value_at_the_floor_is_an_upper_bound() -> None:
    assert "upper bound" in _usage(QUIET | {"at_floor": True}, 5.0, None).warnings[0]
