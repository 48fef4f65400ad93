"""memray's captures, read by memray: who held the memory at its peak, never gave it back, asked for most in all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from perfkit.errors import ResultError
from perfkit.model.profile import Frame, Profile, ProfileBuilder, ValueType

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAGIC: Final = (b"memray", b"\x04\x22\x4d\x18")  # the second: LZ4, as a capture is at its end
VALUES: Final = (
    ValueType("total_allocations", "count"),
    ValueType("total_space", "bytes"),
    ValueType("leaked_allocations", "count"),
    ValueType("leaked_space", "bytes"),
    ValueType("peak_allocations", "count"),
    ValueType("peak_space", "bytes"),
)
NAMES: Final = tuple(value.name for value in VALUES)
FREEING: Final = ("FREE", "MUNMAP", "PYMALLOC_FREE")  # what memray calls them
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
            freeing = frozenset(memray.AllocatorType[name].value for name in FREEING)
            _add_total(builder, reader.get_allocation_records(), freeing)
            _add(builder, reader.get_leaked_allocation_records(merge_threads=True), "leaked_allocations")
            _add(builder, reader.get_high_watermark_allocation_records(merge_threads=True), "peak_allocations")
    except OSError as error:
        raise ValueError(f"no memray capture, or a damaged one: {error}") from None
    return builder.profile(shown="peak_space", doubts=(CAUTION,) if pooled else ())


def _add(builder: ProfileBuilder, records: Iterable[Any], first: str) -> None:
    """Records that memray added up, as the value of that name and the one after it."""
    for record in records:
        _add_one(builder, record, first, record.n_allocations, record.size)


def _add_total(builder: ProfileBuilder, records: Iterable[Any], freeing: frozenset[int]) -> None:
    """Every allocation, also of what was freed before the peak: added up before stacks are looked up, which is slow."""
    found: dict[int, list[Any]] = {}
    for record in records:
        if record.allocator in freeing:
            continue
        if known := found.get(record.stack_id):
            known[1] += record.n_allocations
            known[2] += record.size
        else:
            found[record.stack_id] = [record, record.n_allocations, record.size]
    for record, count, size in found.values():
        _add_one(builder, record, "total_allocations", count, size)


def _add_one(builder: ProfileBuilder, record: Any, first: str, count: int, size: int) -> None:
    values = [0] * len(VALUES)
    at = NAMES.index(first)
    values[at : at + 2] = count, size
    builder.add([Frame(*place) for place in reversed(record.stack_trace())], *values)
