"""The cache against the mock under churn, faults and link cuts; ``nox -s soak`` does it for an hour."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfkit.client import Options
from support.ordeal import undergo

pytestmark = pytest.mark.functional


def test_after_churn_faults_and_cuts_the_cache_holds_what_a_fresh_list_says(tmp_path: Path) -> None:
    options = Options(
        backoff_first=0.02, backoff_longest=0.1, originals="zlib", coalesce=0.02, rate=0, discovery_cache=""
    )
    settled = undergo(tmp_path, seconds=3.0, pause=0.3, rate=200.0, options=options)
    assert settled.converged
    assert settled.whole
    assert settled.events > 0
    assert {"gone", "cut"} & settled.restarts.keys()
