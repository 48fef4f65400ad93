"""Objects that somebody other than the target creates, touches or deletes: how many, how fast, what they are like."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

import msgspec

Act = Literal["create", "touch", "delete"]

ACTS: Final[tuple[str, ...]] = get_args(Act)
NUMBER: Final = "{n}"
FASTEST: Final = 1_000.0  # objects a second
MOST: Final = 100_000


class Batch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``count`` objects, ``rate`` of them a second, each as ``manifest`` says with its number, from 0, for ``{n}``.

    ``create`` makes them. ``touch`` merges the manifest into those that are there, and always changes an annotation.
    ``delete`` deletes them. Those of a resource with namespaces are in ``namespace``.
    """

    act: Act = "create"
    manifest: dict[str, Any]
    count: int
    rate: float
    namespace: str = "default"

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return self.count / self.rate

    def object(self, number: int) -> dict[str, Any]:
        """The manifest of one of them."""
        found: dict[str, Any] = _filled(self.manifest, str(number))
        return found


def _filled(data: Any, number: str) -> Any:
    """The same data, nothing of it shared, with ``number`` in place of ``{n}`` in all its texts."""
    match data:
        case str():
            return data.replace(NUMBER, number)
        case dict():
            return {name: _filled(value, number) for name, value in data.items()}
        case list():
            return [_filled(value, number) for value in data]
    return data
