"""A sweep as one thing: panels, curves, exponents, round trips."""

from __future__ import annotations

import random

import msgspec
import pytest

from perfkit.model.link import LinkProfile, RateStep
from perfkit.statistics.analysis import analyse
from perfkit.statistics.growth import called
from perfkit.statistics.sweeps import Curve, Sweep, amount, is_size, sweep
from support.samples import link_sweep, size_sweep


def size_curves() -> dict[str, Curve]:
    """Of startup.ready, by target."""
    cells = size_sweep()
    (panel,) = sweep(cells, [analyse(cell) for cell in cells], ["startup.ready"]).panels
    return {curve.target: curve for curve in panel.curves if curve.metric.name == "startup.ready"}


def links() -> Sweep:
    cells = link_sweep()
    return sweep(cells, [analyse(cell) for cell in cells], ["startup.ready"])


def test_the_exponent_of_a_cost_tells_how_it_grows() -> None:
    words = {name: called(curve.exponent) for name, curve in size_curves().items() if curve.exponent}
    assert words == {"kubernetes": "linear", "lean": "super-linear", "lightkube": "constant"}


def test_the_top_is_the_exponent_of_the_two_largest_sizes() -> None:
    top = size_curves()["lean"].top
    assert top is not None
    assert top.estimate == pytest.approx(2, abs=0.05)


def test_cells_are_in_the_order_of_the_file_however_they_were_stored() -> None:
    cells = link_sweep()
    random.Random(3).shuffle(cells)
    found = sweep(cells, [analyse(cell) for cell in cells], ["startup.ready"])
    assert found.axes == {"cluster.pods": (100, 1000), "link.rtt": ("0 ms", "50 ms", "200 ms")}
    assert [panel.along for panel in found.panels] == [("0 ms", "50 ms", "200 ms")] * 2


def test_a_panel_for_each_value_of_the_first_axis() -> None:
    assert [panel.at for panel in links().panels] == [{"cluster.pods": 100}, {"cluster.pods": 1000}]


def test_round_trips_are_the_slope_of_the_start_up_over_the_links_round_trip() -> None:
    far = next(each for each in links().round_trips if each.target == "far" and each.at == {"cluster.pods": 100})
    assert far.growth.low < 4 < far.growth.high
    assert far.rtts == (0.0, 0.05, 0.2)


def test_cells_that_failed_or_never_ran_are_no_part_of_a_slope() -> None:
    big = {each.target: each for each in links().round_trips if each.at == {"cluster.pods": 1000}}
    assert big["near"].rtts == (0.0, 0.05)
    assert "far" not in big, "one round trip is left of three: no slope"


@pytest.mark.parametrize(
    "changes",
    [{"down": 1e6}, {"up": 1e6}, {"loss": 0.01}, {"jitter": 0.001}, {"steps": (RateStep(at=1.0),)}, {"trace_up": "x"}],
)
def test_a_link_that_does_more_than_delay_tells_no_round_trips(changes: dict[str, object]) -> None:
    assert LinkProfile(name="far", title="A title", rtt=0.1).only_delays
    assert not msgspec.structs.replace(LinkProfile(name="far", rtt=0.1), **changes).only_delays


@pytest.mark.parametrize(
    ("value", "number", "size"),
    [
        (1000, 1000.0, True),
        ("50 ms", 0.05, False),
        ("20 /s", 20.0, True),
        ("10 Mbit/s", 1e7, False),
        ("vpn", None, False),
    ],
)
def test_values_of_an_axis_are_read_as_numbers_where_they_are_some(
    value: str | int, number: float | None, size: bool
) -> None:
    assert (amount(value), is_size([value])) == (number, size)
