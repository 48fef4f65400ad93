"""Programs that make a target: compilers, package managers, a project's own build."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from typing import TYPE_CHECKING, NamedTuple

from perfkit.targets.runs import RUN_VARIABLE, RunLock, end_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


class Done(NamedTuple):
    """How a tool ended, and what it printed to either output."""

    status: int
    lines: list[str]


def run_tool(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Done:
    """Run a command to its end in ``folder``; on the way out, however that is, nothing of it runs any more.

    ``environment`` is added to the user's own. Raises OSError: it can't be started.
    """
    with tempfile.TemporaryFile() as output, RunLock() as run:
        try:
            with deferred_signals():
                process = subprocess.Popen(
                    command,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **(environment or {}), RUN_VARIABLE: run.id},
                    start_new_session=True,
                )
            status = process.wait()
        finally:
            end_run(run.id)
        output.seek(0)
        return Done(status, output.read().decode(errors="replace").splitlines())


@contextlib.contextmanager
def deferred_signals() -> Iterator[None]:
    """What would interrupt the body waits until it is through, so that a child just started is not lost sight of."""
    caught: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda number, _frame: caught.append(number)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
    if caught:
        raise KeyboardInterrupt
