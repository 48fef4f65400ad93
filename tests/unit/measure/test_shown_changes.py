"""When a change in the cluster is on the screen, on recordings whose truth is written down."""

from __future__ import annotations

from pathlib import Path

from perfkit.measure.shown_changes import Change, follow, read_changes
from perfkit.model.scenario import Terminal
from perfkit.terminal.recording import Chunk, encode

MS = 1_000_000
SIZE = Terminal(columns=40, rows=3)
TABLE = b"\x1b[H\xe2\x94\x82 pod-a 1/1 Running 0 5m\r\n\xe2\x94\x82 pod-ab 1/1 Running 0 5m"


def recorded(path: Path, *chunks: tuple[int, bytes]) -> Path:
    path.write_bytes(b"".join(encode(Chunk(ms * MS, "output", data)) for ms, data in ((0, TABLE), *chunks)))
    return path


def change(ms: int, *shows: str, name: str = "pod-a") -> Change:
    return Change(ms * MS, name, shows)


def shown(path: Path, *changes: Change, until: int | None = None) -> list[tuple[int, float]]:
    return [(ns // MS, seconds) for ns, seconds in follow(path, SIZE, changes, until and until * MS).times]


def test_a_change_is_shown_when_all_of_its_row_is(tmp_path: Path) -> None:
    """Half of a row painted anew is not yet the change."""
    path = recorded(tmp_path / "r", (150, b"\x1b[1;9H0/1"), (170, b"\x1b[1;13HError  "))
    assert shown(path, change(100, "0/1", "Error", "0")) == [(100, 0.07)]


def test_a_mark_beside_what_is_new_is_no_part_of_it(tmp_path: Path) -> None:
    """k9s shows a changed cell with an arrow until its next refresh."""
    path = recorded(tmp_path / "r", (150, "\x1b[1;9H0/1Δ Running 1↑".encode()))
    assert shown(path, change(100, "0/1", "Running", "1")) == [(100, 0.05)]


def test_another_object_that_shows_the_same_is_not_it(tmp_path: Path) -> None:
    """Nor is one whose name begins alike; and a repaint that shows nothing new is none."""
    path = recorded(tmp_path / "r", (150, b"\x1b[2;10H0/1"), (160, b"\x1b[3Hpod-a-0 0/1"), (300, b"\x1b[1;9H0/1"))
    assert shown(path, change(100, "0/1", "Running", "0")) == [(100, 0.2)]


def test_what_cannot_be_told_is_left_out(tmp_path: Path) -> None:
    """An object that is not on the screen, and a change that looks as before."""
    path = recorded(tmp_path / "r", (150, b"\x1b[3Hpod-c 0/1 Running 0"))
    assert shown(path, change(100, "0/1", "Running", "0", name="pod-c"), change(100, "1/1", "Running", "0")) == []


def test_changes_that_come_together_count_from_the_first(tmp_path: Path) -> None:
    """A client may skip what is out of date already; what is changed back in time need never be shown."""
    path = recorded(tmp_path / "r", (400, b"\x1b[1;21H2"), (600, b"\x1b[3H "))
    assert shown(path, change(100, "1/1", "Running", "1"), change(200, "1/1", "Running", "2")) == [(100, 0.3)]
    assert shown(path, change(100, "1/1", "Running", "1"), change(200, "1/1", "Running", "0"), until=5000) == []


def test_a_row_that_stays_as_it_was_counts_until_the_end(tmp_path: Path) -> None:
    """A frozen client is not left out; what came right before the end is."""
    path = recorded(tmp_path / "r")
    changes = (change(100, "0/1", "Running", "0"), change(3900, "0/1", "Running", "0", name="pod-ab"))
    found = follow(path, SIZE, changes, 4000 * MS)
    assert ([(ns // MS, seconds) for ns, seconds in found.times], found.never) == ([(100, 3.9)], 1)


def test_a_screen_that_is_painted_anew_loses_nothing(tmp_path: Path) -> None:
    path = recorded(tmp_path / "r", (200, b"\x1b[2J"), (201, TABLE.replace(b"1/1", b"0/1", 1)))
    assert shown(path, change(100, "0/1", "Running", "0")) == [(100, 0.101)]


def test_the_log_of_changes_is_read_as_the_mock_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "changes.jsonl"
    assert read_changes(path) == []
    path.write_text(
        '{"ns":5,"tick":1,"by":"churn","type":"MODIFIED","resource":"pods","namespace":"n","name":"a","version":7,'
        '"shows":["1/1","Running","3"]}\n'
        '{"ns":6,"tick":1,"by":"churn","type":"DELETED","resource":"pods","namespace":"n","name":"a","version":8}\n'
    )
    assert read_changes(path) == [Change(5, "a", ("1/1", "Running", "3"))]
