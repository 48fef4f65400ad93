"""How many examples hypothesis tries: few by default, more by hand."""

from __future__ import annotations

import os

FACTOR = int(os.environ.get("PERFKIT_EXAMPLES", "1"))


def examples(usual: int) -> int:
    """The usual number, times PERFKIT_EXAMPLES."""
    return usual * FACTOR
