"""How many bytes rows take: measured on a sample, for walking all of them takes as long as loading them."""

from __future__ import annotations

from sys import getsizeof
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.client.fields import Field
    from perfkit.client.schema import Row
    from perfkit.client.store import Store

SAMPLE: Final = 256  # rows
_PLACE: Final = 100  # bytes of an entry in a dict of dicts, its spare room included


def rows_bytes(store: Store, fields: Sequence[Field]) -> int:
    """An estimate; strings that are shared among rows are not counted."""
    rows = store.sample(SAMPLE)
    own = [field.name for field in fields if field.type is str and not field.shared]
    if not rows:
        return 0
    sampled = sum(_bytes(row, own) for row in rows)
    return round(sampled / len(rows) * len(store))


def _bytes(row: Row, own: list[str]) -> int:
    strings = (getattr(row, name) for name in own)
    return _PLACE + getsizeof(row) + sum(getsizeof(text) for text in strings if text)
