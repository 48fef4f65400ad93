"""Cut a byte stream at its line ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def whole_lines(read: Callable[[], bytes], longest: int) -> Iterator[bytes]:
    """Blocks of one or more whole lines, as soon as they are complete; never is more held than a line and a read.

    ``read()`` gives bytes as they come, b"" at the end. A last line without its end was cut off: dropped.

    Raises:
        ValueError: a line is longer than ``longest`` bytes.
    """
    rest = bytearray()
    while data := read():
        end = data.rfind(b"\n") + 1
        if end:
            yield b"".join((rest, data[:end])) if rest else data[:end]
            rest.clear()
        rest += data[end:]
        if len(rest) > longest:
            raise ValueError(f"a line of more than {longest} bytes")
