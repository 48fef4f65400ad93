"""``perfkit part``: one part of a run that is spread over machines. Started in a pod, not by a person."""

from __future__ import annotations

import os

from perfkit.errors import UsageError


def part() -> None:
    """Run one part, as the environment says."""
    from perfkit.clusters.jobs import INDEX
    from perfkit.commands.scattered import TASK, run_part

    task, index = os.environ.get(TASK), os.environ.get(INDEX, "")
    if task is None or not index.isdecimal():
        raise UsageError(f"{TASK} and {INDEX} are not set: this is started by perfkit run --on", "see docs/jobs.md")
    run_part(task, int(index))
