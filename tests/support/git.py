"""Repositories for tests, with no settings of whoever runs them."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

IDENTITY = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")


def git(folder: Path, *words: str, day: int = 1) -> str:
    """What git says in a folder; commits are of that day of January 2026."""
    when = f"2026-01-{day:02d}T09:30:00Z"
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", "-C", str(folder), *IDENTITY, *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        env={**os.environ, **settings, "GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when},
    )
    return done.stdout.strip()


def commit(folder: Path, message: str = "more", *, day: int = 1) -> str:
    """The name of a new commit, which changes nothing."""
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message, day=day)
    return git(folder, "rev-parse", "HEAD")
