"""Numbers with units, both ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.errors import ScenarioError
from perfkit.model.units import (
    format_beside,
    format_duration,
    format_value,
    human_duration,
    parse_duration,
    parse_quantity,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 s", (2.0, "time")),
        ("1.5ms", (0.0015, "time")),
        ("100 MB", (1e8, "bytes")),
        ("1 KiB", (1024.0, "bytes")),
        ("1 KB", (1000.0, "bytes")),
        ("5 %", (0.05, "ratio")),
        ("20 /s", (20.0, "rate")),
        ("1,000", (1000.0, "count")),
        ("1_000", (1000.0, "count")),
    ],
)
def test_a_quantity_is_read_in_base_units(text: str, expected: tuple[float, str]) -> None:
    value, dimension = parse_quantity(text)
    assert value == pytest.approx(expected[0])
    assert dimension == expected[1]


@pytest.mark.parametrize("text", ["", "s", "5 parsecs", "five", "1 2", "-3 s", "nan", "1e5"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ScenarioError):
        parse_quantity(text)


def test_the_dimension_is_checked() -> None:
    with pytest.raises(ScenarioError, match=r"not a time"):
        parse_quantity("3 MB", "time")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("5 min", 300), ("1m30s", 90), ("1h", 3600), ("60", 60), ("0.5 s", 0.5)]
)
def test_a_duration_is_read_in_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["soon", "5 MB", "", "1m-3s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ScenarioError):
        parse_duration(text)


@pytest.mark.parametrize(
    ("value", "dimension", "text"),
    [
        (14.2, "time", "14.2 s"),
        (0.0512, "time", "51.2 ms"),
        (0.000123, "time", "123 µs"),
        (5e-9, "time", "5 ns"),
        (0.0, "time", "0 s"),
        (412 * 1024**2, "bytes", "412 MiB"),
        (1000, "bytes", "1,000 B"),
        (12345, "count", "12,345"),
        (1.5, "count", "1.5"),
        (0.042, "ratio", "4.2 %"),
        (20.0, "rate", "20 /s"),
        (0.9997, "time", "1 s"),  # and not 1,000 ms
        (0.9994, "time", "999 ms"),
        (1023.7 * 1024, "bytes", "1 MiB"),
    ],
)
def test_a_value_is_shown_with_three_digits_and_its_unit(value: float, dimension: str, text: str) -> None:
    assert format_value(value, dimension) == text  # type: ignore[arg-type]


@given(st.floats(min_value=1e-8, max_value=1e12), st.sampled_from(["time", "bytes", "count", "ratio", "rate"]))
def test_a_shown_value_reads_back_within_half_a_percent(value: float, dimension: str) -> None:
    text = format_value(value, dimension)  # type: ignore[arg-type]
    if dimension == "bytes" and text.endswith(" B"):
        assert parse_quantity(text)[0] == pytest.approx(value, abs=0.5)
    elif dimension in {"count", "ratio", "rate"} and value < 1e-4:
        assert parse_quantity(text)[0] == pytest.approx(value, abs=1e-6)
    else:
        assert parse_quantity(text)[0] == pytest.approx(value, rel=0.0051)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.44, "0.4 s"), (45, "45 s"), (581, "9m41s"), (7500, "2h05m"), (60, "1m00s")]
)
def test_a_span_is_shown_for_people(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-2, "<invalid>"),
        (-1, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (121, "2m1s"),
        (10 * MINUTE - 1, "9m59s"),
        (10 * MINUTE + 59, "10m"),
        (3 * HOUR - 1, "179m"),
        (3 * HOUR, "3h"),
        (3 * HOUR + MINUTE, "3h1m"),
        (8 * HOUR + MINUTE, "8h"),
        (48 * HOUR - 1, "47h"),
        (48 * HOUR, "2d"),
        (51 * HOUR, "2d3h"),
        (8 * DAY + HOUR, "8d"),
        (2 * 365 * DAY - 1, "729d"),
        (2 * 365 * DAY, "2y"),
        (2 * 365 * DAY + 3 * DAY, "2y3d"),
        (8 * 365 * DAY + 9 * DAY, "8y"),
    ],
)
def test_ages_read_as_kubectl_shows_them(seconds: int, text: str) -> None:
    assert human_duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "limit", "told"),
    [
        (109e6, "< 100 MB", "109 MB"),
        (512e3, "<= 4 GB", "512 KB"),
        (1.5e9, "100 kB", "1.5 GB"),
        (12.0, "< 1 MB", "12 B"),
        (109e6, "< 100 MiB", "104 MiB"),
        (109e6, "< 100 B", "104 MiB"),
        (109e6, "", "104 MiB"),
    ],
)
def test_bytes_beside_a_limit_have_its_prefixes(value: float, limit: str, told: str) -> None:
    assert format_beside(value, "bytes", limit) == told


def test_what_is_no_bytes_is_told_as_elsewhere() -> None:
    assert format_beside(0.25, "time", "< 1 s") == "250 ms"
