"""The netem back end without netem: what it would run, what it refuses, what it makes of a probe."""

from __future__ import annotations

import os
import shutil
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.errors import LinkError
from perfkit.model.link import Fault, LinkProfile, RateStep
from perfkit.network import namespace
from perfkit.network.namespace import Ends, counter, ends, joining, refuse_where_impossible
from perfkit.network.netem import qdisc, refuse_unless_delayed, refuse_unplayable, without_module

SNMP = """Ip: Forwarding DefaultTTL
Ip: 1 64
Tcp: RtoAlgorithm ActiveOpens RetransSegs
Tcp: 1 20 17
Udp: InDatagrams
Udp: 3
"""


def words(profile: LinkProfile, rate: float = 0.0) -> str:
    return " ".join(qdisc("near", profile, rate, profile.loss))


@pytest.mark.parametrize(
    ("profile", "rate", "said"),
    [
        (LinkProfile(), 0, "delay 0us loss 0% rate 0bit"),
        (LinkProfile(rtt=0.08), 0, "delay 40000us loss 0% rate 0bit"),
        (LinkProfile(rtt=0.00005), 0, "delay 25us loss 0% rate 0bit"),
        (LinkProfile(rtt=0.06, loss=0.005), 2e7, "delay 30000us loss 0.5% rate 20000000bit"),
        (LinkProfile(rtt=0.06, jitter=0.005), 2e7, "delay 30000us 5000us loss 0% rate 20000000bit"),
        # Without a rate netem lets a jittered packet overtake.
        (LinkProfile(rtt=0.06, jitter=0.005), 0, "delay 30000us 5000us loss 0% rate 10000000000bit"),
    ],
)
def test_each_side_plays_half_the_delay_and_its_own_rate(profile: LinkProfile, rate: float, said: str) -> None:
    assert words(profile, rate) == f"tc qdisc replace dev near root netem limit 1000000 {said}"


def test_the_pair_is_made_joined_and_known_to_both_sides_before_the_first_packet() -> None:
    commands = [" ".join(command) for command in joining(Ends(42, "near", "198.18.0.1", "198.18.0.2"), 1500)]
    inside = "nsenter --target 42 --net "
    one = "mtu 1500 gso_max_segs 1"
    near, far = "02:00:00:00:00:01", "02:00:00:00:00:02"
    assert commands == [
        f"ip link add name near address {near} {one} type veth peer name far address {far} {one} netns 42",
        "ip address add 198.18.0.1/30 dev near",
        "ip link set near up",
        f"ip neighbour add 198.18.0.2 lladdr {far} dev near nud permanent",
        f"{inside}ip address add 198.18.0.2/30 dev far",
        f"{inside}ip link set far up",
        f"{inside}ip neighbour add 198.18.0.1 lladdr {near} dev far nud permanent",
    ]


@given(st.integers(1, 4_194_304))
def test_every_pair_has_a_short_name_and_two_neighbouring_addresses_for_network_tests(holder: int) -> None:
    pair = ends(holder)
    assert len(pair.near) <= 15  # IFNAMSIZ
    near, far = (tuple(map(int, each.split("."))) for each in (pair.near_address, pair.far_address))
    assert near[:3] == far[:3]
    assert near[0] == 198
    assert near[1] in {18, 19}
    assert near[3] % 4 == 1
    assert far[3] == near[3] + 1 <= 254


def test_pairs_of_different_holders_have_different_addresses() -> None:
    assert len({ends(holder).far_address for holder in range(1, 32_769)}) == 32_768


@pytest.mark.parametrize("measured", [0.00005, 0.0194, 0.0251, 2.0])
def test_a_wire_that_does_not_delay_as_asked_is_refused_with_both_numbers(measured: float) -> None:
    with pytest.raises(LinkError, match=f"20 ms asked for, {measured * 1e3:.2f} ms measured"):
        refuse_unless_delayed(0.02, measured)


@pytest.mark.parametrize("measured", [0.0196, 0.02, 0.0201, 0.0249])
def test_a_wire_that_delays_as_asked_passes(measured: float) -> None:
    refuse_unless_delayed(0.02, measured)


@pytest.mark.parametrize(
    ("profile", "what"),
    [
        (LinkProfile(trace_down="a"), "traces"),
        (LinkProfile(trace_up="a"), "traces"),
        (LinkProfile(steps=(RateStep(at=1),)), "rate steps"),
        (LinkProfile(fault=Fault(kind="reset")), "faults of connections"),
    ],
)
def test_what_netem_cannot_play_is_refused_by_name(profile: LinkProfile, what: str) -> None:
    with pytest.raises(LinkError, match=f"^netem plays no {what}$") as caught:
        refuse_unplayable(profile)
    assert caught.value.advice == "use --backend relay"


def test_a_kernel_without_the_module_is_told_apart_from_other_failures() -> None:
    unknown = LinkError("`tc qdisc …` failed: Error: Specified qdisc kind is unknown.")
    assert without_module(unknown).message == "this kernel has no netem"
    other = LinkError("`tc qdisc …` failed: RTNETLINK answers: Operation not permitted")
    assert without_module(other) is other


def test_a_system_other_than_linux_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(LinkError, match="Linux"):
        refuse_where_impossible()


def test_a_user_who_is_not_root_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(LinkError, match="netem needs root"):
        refuse_where_impossible()


@pytest.mark.parametrize(("tool", "package"), namespace.TOOLS.items())
def test_a_missing_tool_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tool: str, package: str) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name, **_: None if name == tool else f"/sbin/{name}")
    with pytest.raises(LinkError, match=f"needs `{tool}`, which is not installed") as caught:
        refuse_where_impossible()
    assert caught.value.advice == f"install {package}"


def test_the_kernels_counters_are_read_by_name() -> None:
    assert counter(SNMP, "Tcp", "RetransSegs") == 17
