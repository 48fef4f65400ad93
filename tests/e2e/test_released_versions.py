"""Releases of a real library, from the package index, by their names alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.commandline import perfkit
from support.foreign import CACHE

pytestmark = pytest.mark.e2e


def test_two_releases_of_a_library_are_compared_by_their_names(tmp_path: Path) -> None:
    """Its interface changed in between, and a module that the older one imports is no longer brought along."""
    targets = ("-t", "pip:kr8s==0.17.0", "-t", "pip:kr8s==0.20.15")
    environment = {"XDG_CACHE_HOME": str(CACHE)}
    first = perfkit(tmp_path, "run", *targets, "--dry-run", "--shape", "tiny", code=None, **environment)
    if "cannot be reached" in first.stderr:
        pytest.skip(first.stderr.splitlines()[-2])
    assert first.returncode == 0, first.stderr
    done = perfkit(tmp_path, "run", *targets, "-r", "1", "--shape", "tiny", code=0, **environment)
    assert "base kr8s 0.17.0 → head kr8s 0.20.15 · 1 pair" in done.stdout
    assert "same work: 20 pods delivered to each, watched" in done.stdout
    assert "cachetools" in done.stdout, "what came along"
    assert "installing" not in done.stderr, "both were there"
