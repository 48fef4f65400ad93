"""The program that writes to a flow, and its socket's buffer."""

from __future__ import annotations

import pytest

from perfkit.network.send_buffer import AHEAD, FIRST, RECEIVE_WINDOW, SendBuffer

MSS = 1448


@pytest.fixture
def full() -> SendBuffer:
    """Holds all it can; as much again is at hand."""
    buffer = SendBuffer(MSS)
    buffer.offered = 2 * FIRST * MSS
    buffer.write(buffer.room(0), 0)
    assert (buffer.written, buffer.room(0)) == (FIRST * MSS, 0)
    return buffer


def test_only_what_is_at_hand_is_written() -> None:
    buffer = SendBuffer(MSS)
    buffer.offered = 1000
    assert buffer.room(0) == 1000


def test_the_writer_of_a_full_buffer_wakes_at_a_third_of_space(full: SendBuffer) -> None:
    full.free(FIRST * MSS // 3)
    assert full.room(FIRST * MSS // 3) == 0
    full.free(FIRST * MSS // 3 + 1)
    assert full.room(FIRST * MSS // 3 + 1) == FIRST * MSS // 3 + 1


def test_a_full_buffer_that_starves_a_larger_window_comes_to_hold_two_of_them(full: SendBuffer) -> None:
    full.grow(2)
    full.free(0)
    assert full.room(0) == 0
    full.grow(20)
    full.free(MSS)
    assert full.written + full.room(MSS) == MSS + (2 * 20 + 1) * MSS


def test_a_buffer_that_is_not_full_keeps_its_size() -> None:
    buffer = SendBuffer(MSS)
    buffer.grow(100)
    buffer.offered = 1000 * MSS
    assert buffer.room(0) == FIRST * MSS


def test_the_receive_window_is_the_limit_whatever_the_buffer_holds() -> None:
    buffer = SendBuffer(MSS)
    buffer.offered = RECEIVE_WINDOW + 1000
    buffer.write(RECEIVE_WINDOW - 10, RECEIVE_WINDOW - 10)
    buffer.free(RECEIVE_WINDOW - 10)
    assert buffer.room(RECEIVE_WINDOW - 10) == 10
    buffer.consume(500)
    assert buffer.room(RECEIVE_WINDOW - 10) == 510


def test_it_is_complete_once_all_is_written_and_no_more_comes(full: SendBuffer) -> None:
    assert full.appetite() == AHEAD - FIRST * MSS
    full.finished = True
    assert full.appetite() == 0
    assert not full.complete
    full.write(FIRST * MSS, full.written)
    assert full.complete
