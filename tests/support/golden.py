"""Golden output: what people read changes only when somebody means it to.

``UPDATE_GOLDEN=1 pytest tests/unit/views`` writes the files anew; read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

GOLDEN = Path(__file__).parent.parent / "unit" / "views" / "golden"


def check(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text(), f"{name} has changed"
