"""Kubernetes quantities, read and said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.client.quantity import Quantity


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0", "0"),
        ("0.5", "500m"),
        ("500m", "500m"),
        ("1000m", "1"),
        ("1024Mi", "1Gi"),
        ("1536Mi", "1536Mi"),
        ("0.5Gi", "512Mi"),
        ("100Ki", "100Ki"),
        ("0.5Ki", "512"),
        ("1000000k", "1G"),
        ("1e9", "1e9"),
        ("2E3", "2e3"),
        ("12345678n", "12345678n"),
        ("+1.50", "1500m"),
        ("-2", "-2"),
        (".5", "500m"),
        ("5.", "5"),
        (3, "3"),
        ("", "0"),
        ("lots", "0"),
        (None, "0"),
    ],
)
def test_a_quantity_is_said_as_the_api_server_says_it(text: object, said: str) -> None:
    assert str(Quantity.of(text)) == said


def test_thousandths_and_whole_ones_are_rounded_up() -> None:
    assert Quantity.of("1500u").milli == 2
    assert Quantity.of("1100m").whole == 2


def test_a_sum_is_said_as_its_first_part_that_is_something() -> None:
    assert str(Quantity() + Quantity.of("512Mi") + Quantity.of("512M")) == "1024288Ki"
    assert str(Quantity.of("500m") + Quantity.of("1500m")) == "2"


@given(st.integers(0, 10**15), st.sampled_from(["n", "u", "m", "", "k", "M", "Ki", "Mi", "Gi", "e3"]))
def test_what_is_said_is_the_same_quantity(amount: int, unit: str) -> None:
    quantity = Quantity.of(f"{amount}{unit}")
    again = Quantity.of(str(quantity))
    assert again.nanos == quantity.nanos
