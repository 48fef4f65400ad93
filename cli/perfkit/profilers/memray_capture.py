"""memray's captures, read by memray: who held the memory at its peak, and who never gave it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from perfkit.errors import ResultError
from perfkit.model.profile import Frame, Profile, ProfileBuilder, ValueType

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAGIC: Final = (b"memray", b"\x04\x22\x4d\x18")  # the second: LZ4, as a capture is at its end
VALUES: Final = (
    ValueType("leaked_allocations", "count"),
    ValueType("leaked_space", "bytes"),
    ValueType("peak_allocations", "count"),
    ValueType("peak_space", "bytes"),
)
CAUTION: Final = "with Python's own allocator not all that is held to the end leaked: PYTHONMALLOC=malloc tells better"


def read(path: Path) -> Profile:
    """A capture, also one whose program was killed. Raises ResultError, ValueError."""
    try:
        import memray  # the user's own: in the extra `profile`
    except ImportError:
        raise ResultError(f"{path}: only memray can read it", "pip install 'perfkit[profile]'") from None
    builder = ProfileBuilder(VALUES)
    try:
        with memray.FileReader(str(path)) as reader:
            pooled = str(reader.metadata.python_allocator).lower().endswith("pymalloc")
            _add(builder, reader.get_leaked_allocation_records(merge_threads=True), leaked=True)
            _add(builder, reader.get_high_watermark_allocation_records(merge_threads=True), leaked=False)
    except OSError as error:
        raise ValueError(f"no memray capture, or a damaged one: {error}") from None
    return builder.profile(shown="peak_space", doubts=(CAUTION,) if pooled else ())


def _add(builder: ProfileBuilder, records: Iterable[Any], *, leaked: bool) -> None:
    for record in records:
        stack = [Frame(*place) for place in reversed(record.stack_trace())]
        counts = (record.n_allocations, record.size)
        builder.add(stack, *((*counts, 0, 0) if leaked else (0, 0, *counts)))
