"""The lean client in a hard time for long: ``nox -s soak``, or with ``PERFKIT_SOAK_SECONDS`` for so many seconds.

It must hold what a fresh LIST says at the end, and nothing may have grown at every look.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from perfkit.client import Options
from support.ordeal import Settled, undergo

SECONDS = float(os.environ.get("PERFKIT_SOAK_SECONDS", "3600"))


@pytest.mark.lasts(SECONDS / 2)
@pytest.mark.parametrize("columnar", [False, True])
def test_hours_of_churn_faults_and_cuts_leave_the_truth_and_no_leak(tmp_path: Path, *, columnar: bool) -> None:
    options = Options(columnar=columnar, originals="zlib", discovery_cache="", backoff_longest=5.0)
    settled: Settled = undergo(
        tmp_path, seconds=SECONDS / 2, pause=max(2.0, SECONDS / 360), rate=100.0, options=options
    )
    print(settled)  # noqa: T201 - an hour is worth a line
    assert settled.converged
    assert settled.whole
    assert settled.events > 10 * SECONDS / 2
    assert not {name: more for name, more in settled.leaks.items() if more > 1000}
