"""What must not get into a log: secrets by the name of their field or by their look; and nothing overlong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

HIDDEN: Final = "[redacted]"
_LONGEST: Final = 200  # characters of a text
_MOST: Final = 20  # attributes
_NAMES: Final = re.compile(
    r"token|secret|passw|pwd|auth|cookie|credential|api_?-?key|private|certificate", re.IGNORECASE
)
_LOOKS: Final = re.compile(
    r"-----BEGIN .*"  # PEM, to its end
    r"|\b(?:bearer|basic)\s+[\w.~+/=-]+"
    r"|\beyJ[\w-]+\.[\w-]+\.?[\w-]*"  # a JSON Web Token
    r"|(?<=://)[^/\s@]+@"  # who logs in to a URL
    r"|(?<=[?&])[^=&\s]*(?:token|secret|passw|key|sig)[^=&\s]*=[^&\s]+",
    re.IGNORECASE | re.DOTALL,
)


def redacted(attributes: Mapping[str, object]) -> dict[str, Any]:
    """Attributes as they may be logged: numbers and booleans as they are, all else as text."""
    return {name: HIDDEN if _NAMES.search(name) else _plain(value) for name, value in list(attributes.items())[:_MOST]}


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    return redacted_text(str(value))


def redacted_text(text: str) -> str:
    """A text as it may be logged."""
    hidden = _LOOKS.sub(HIDDEN, text)
    return hidden if len(hidden) <= _LONGEST else f"{hidden[:_LONGEST]}…"
