"""perfkit as a person starts it, in a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

Completed = subprocess.CompletedProcess[str]


def command(folder: Path, *words: str) -> tuple[list[str], dict[str, str]]:
    """The words and the environment of a start; what perfkit keeps for its user lies in the folder."""
    environment = {**os.environ, "XDG_STATE_HOME": str(folder / ".state")}
    return [sys.executable, "-m", "perfkit", *words], environment


def perfkit(folder: Path, *words: str, code: int | None = 0, **environment: str) -> Completed:
    """Run it to its end; it must exit with ``code`` (None: any), without a traceback."""
    line, usual = command(folder, *words)
    done = subprocess.run(
        line, cwd=folder, env={**usual, **environment}, capture_output=True, text=True, timeout=120, check=False
    )
    assert code in {None, done.returncode}, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done
