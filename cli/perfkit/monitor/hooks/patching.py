"""Replacing attributes of other libraries, and putting them back."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any


class Patches:
    """Attributes that were replaced."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    def set(self, owner: Any, name: str, value: object) -> None:
        """Replace one."""
        original = getattr(owner, name)

        def put_back() -> None:
            if getattr(owner, name) is value:  # else somebody has patched it after us, and holds on to ours
                setattr(owner, name, original)

        setattr(owner, name, value)
        self._stack.callback(put_back)

    def undo(self) -> None:
        """Put all back."""
        self._stack.close()
