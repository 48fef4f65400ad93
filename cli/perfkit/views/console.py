"""Where text goes: stdout is data, stderr is progress and errors."""

from __future__ import annotations

import os
import sys
from functools import cache

from rich.console import Console

PIPED_WIDTH = 80  # columns where there is no terminal to ask


def _width() -> int | None:
    """None lets Rich ask the terminal; a pipe gets 80 columns unless COLUMNS says otherwise."""
    return None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPED_WIDTH


@cache
def stdout() -> Console:
    """For results."""
    return Console(highlight=False, width=_width())


@cache
def stderr() -> Console:
    """For progress, warnings and what to do next."""
    return Console(stderr=True, highlight=False, width=_width())
