"""What a recording shows, on recordings whose truth is written down."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.measure.film import GAP, longest_freeze, watch
from perfkit.model.scenario import Terminal
from perfkit.model.windows import Window
from perfkit.terminal.recording import CODES, Chunk, Kind, Reader, encode

SIZE = Terminal(columns=20, rows=4)
MS = 1_000_000


def recorded(path: Path, *chunks: tuple[int, bytes]) -> Path:
    path.write_bytes(b"".join(encode(Chunk(ms * MS, "output", data)) for ms, data in chunks))
    return path


def window(start: int, end: int) -> Window:
    return Window(name="w", do="keys", start_ns=start * MS, end_ns=end * MS)


def test_output_without_a_pause_is_one_frame(tmp_path: Path) -> None:
    path = recorded(tmp_path / "r", (10, b"ab"), (12, b"c"), (40, b"d"), (44, b"ef"), (80, b"\x1b[m"))
    film = watch(path, SIZE)
    assert [(frame.size, [ns // MS for ns in frame.changes]) for frame in film.frames] == [(3, [10, 12]), (3, [40, 44])]
    assert GAP == 5 * MS


def test_output_that_changes_nothing_is_no_frame(tmp_path: Path) -> None:
    """Cursor moves, and the same text again, belong to the frame that follows."""
    path = recorded(tmp_path / "r", (10, b"ab"), (40, b"\x1b[Hab"), (80, b"c"))
    assert [(frame.size, len(frame.changes)) for frame in watch(path, SIZE).frames] == [(2, 1), (6, 1)]


def test_blanks_are_no_paint_and_a_half_painted_row_is_not_useful(tmp_path: Path) -> None:
    path = recorded(tmp_path / "r", (10, b"\x1b[2J\x1b[41m  "), (20, b"\x1b[Hpo"), (30, b"ds 1000"))
    film = watch(path, SIZE, r"^pods \d+$")
    assert (film.first_paint, film.useful) == (20 * MS, 30 * MS)
    assert watch(path, SIZE, until=25 * MS).screen.lines[0] == "po"


def test_a_recording_that_grows_is_read_on_where_it_ended(tmp_path: Path) -> None:
    """Also where a frame was half written when it was read."""
    kinds: list[Kind] = ["output", "input", "answer", "resize", "cut"]
    chunks = [Chunk(number, kind, b"x" * number) for number, kind in enumerate(kinds * 3)]
    data, path, found = b"".join(map(encode, chunks)), tmp_path / "r", []
    path.touch()
    reader = Reader(path)
    for start in range(0, len(data), 7):
        with path.open("ab") as file:
            file.write(data[start : start + 7])
        found += list(reader)
    assert found == chunks
    assert set(kinds) == set(CODES)


@pytest.mark.parametrize(
    ("changes", "windows", "seconds"),
    [
        ([], [], None),
        ([], [(0, 50)], 0.05),
        ([10, 20, 45], [(0, 50)], 0.025),
        ([45], [(0, 50), (60, 80)], 0.045),
        ([10, 100], [(20, 60)], 0.04),
    ],
)
def test_a_freeze_is_the_longest_stretch_without_a_change(
    changes: list[int], windows: list[tuple[int, int]], seconds: float | None
) -> None:
    assert longest_freeze([ms * MS for ms in changes], [window(*each) for each in windows]) == seconds


@given(st.lists(st.integers(0, 1000), max_size=30))
def test_a_freeze_is_never_longer_than_its_window(moments: list[int]) -> None:
    freeze = longest_freeze(sorted(ms * MS for ms in moments), [window(100, 900)])
    assert freeze is not None
    inside = len({ms for ms in moments if 100 <= ms < 900})
    assert 0.8 / (inside + 1) <= freeze + 1e-9 <= 0.8 + 2e-9
