"""The log of what passed the edges."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfkit.network.edges import Edge, EdgeLog, EdgeRecord, read_edges


def test_what_is_logged_is_read_again_even_when_the_last_record_was_cut(tmp_path: Path) -> None:
    log = EdgeLog()
    log.add(1, 2, 3, Edge.OPENED)  # no path yet: nowhere
    log.switch(tmp_path / "a")
    log.add(10**18, 1 << 40, 7, Edge.TO_CLIENT)
    log.add(11, 12, 8, Edge.CLOSED)
    log.switch(None)
    path = tmp_path / "a"
    path.write_bytes(path.read_bytes()[:-1])
    assert list(read_edges(path)) == [EdgeRecord(10**18, 1 << 40, 7, Edge.TO_CLIENT)]


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("hello")
    with pytest.raises(ValueError, match="no log"):
        list(read_edges(tmp_path / "a"))
