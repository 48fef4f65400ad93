from __future__ import annotations

from benchmarks.link_accuracy import netem
from benchmarks.link_accuracy.case import Link


def arguments(link: Link, rate: float = 0.0) -> str:
    return " ".join(netem.qdisc("near", link, rate)).removeprefix("tc qdisc add dev near root netem limit 100000 ")


def test_each_side_delays_by_half_the_round_trip() -> None:
    assert arguments(Link(50)) == "delay 25ms"


def test_rate_and_loss_are_netem_s_own() -> None:
    assert arguments(Link(60, down=20, up=5, loss=0.5), 20) == "delay 30ms loss 0.5% rate 20mbit"


def test_jitter_comes_with_a_rate_that_keeps_the_order() -> None:
    assert arguments(Link(50, jitter=5)) == "delay 25ms 5ms rate 10000mbit"
    assert arguments(Link(50, jitter=5, down=10), 10) == "delay 25ms 5ms rate 10mbit"
