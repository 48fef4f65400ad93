from __future__ import annotations

from benchmarks.link_accuracy import oracle

CONSOLE = [
    "Linux version 6.1\n",
    'ORACLE {"kernel": "6.1.0", "congestion": "cubic"}\n',
    'ORACLE {"case": "rtt50/cold-1kB", "seconds": [0.1, 0.2, 0.3]}\n',
    "reboot: System halted\n",
]


def test_the_oracle_s_lines_become_rows_and_the_kernel_s_are_kept_aside() -> None:
    aside: list[str] = []
    (row,) = oracle.rows(CONSOLE, aside)
    assert (row.case, row.runs, row.p50, row.kernel, row.congestion) == ("rtt50/cold-1kB", 3, 200.0, "6.1.0", "cubic")
    assert aside == [CONSOLE[0], CONSOLE[3]]
