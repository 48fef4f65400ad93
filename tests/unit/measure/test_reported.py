"""Reads that a client reports, against the requests that the server saw."""

from __future__ import annotations

from perfkit.measure.reported import cache_values
from perfkit.model.requests import Entry


def entries(*verbs: str) -> list[Entry]:
    return [Entry(number=number, verb=verb) for number, verb in enumerate(verbs)]


def test_reads_without_a_request_are_hits() -> None:
    """200 reads for one list and one get; the watch and discovery are no reads."""
    values = cache_values(b"synced\nperfkit: reads 200\n", entries("list", "watch", "get", ""))
    assert values == {"cache.reads": 200, "cache.hits": 0.99}


def test_the_last_word_counts() -> None:
    assert cache_values(b"perfkit: reads 2\r\nperfkit: reads 10\r\n", entries("get"))["cache.hits"] == 0.9


def test_more_requests_than_reads_are_no_hit() -> None:
    assert cache_values(b"perfkit: reads 1\n", entries("list", "list", "list"))["cache.hits"] == 0


def test_a_client_that_is_silent_has_no_such_value() -> None:
    assert cache_values(b"it reads 200 objects\nmy perfkit: reads 5\n", entries("list")) == {}
    assert cache_values(b"perfkit: reads 0\n", entries("list")) == {}
