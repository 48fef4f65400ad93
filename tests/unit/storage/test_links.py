"""Link profiles: the shipped ones, options in their place, and what each bad value is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfkit import bundled
from perfkit.errors import ScenarioError
from perfkit.model.link import Fault, RateStep
from perfkit.storage.links import find_link, read_link, with_options

SHIPPED = {  # ms, Mbit/s down and up, share lost
    "loopback": (0.05, 0, 0, 0),
    "lan": (1, 1000, 1000, 0),
    "same-region": (5, 0, 0, 0),
    "cable": (28, 5, 1, 0),
    "broadband": (40, 10, 10, 0),
    "vpn": (60, 20, 20, 0.005),
    "lte": (70, 12, 12, 0),
    "cross-region": (80, 0, 0, 0),
    "slow-4g": (150, 1.6, 0.75, 0),
    "intercontinental": (180, 0, 0, 0),
    "3g": (300, 0.7, 0.7, 0),
}


def test_all_profiles_are_shipped_and_no_other() -> None:
    assert set(bundled.names("fixtures/links")) == set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_profile_says_what_it_should(name: str) -> None:
    link = find_link(name)
    measured = (link.rtt * 1e3, link.down / 1e6, link.up / 1e6, link.loss)
    assert measured == pytest.approx(SHIPPED[name])
    assert link.title


def test_options_take_the_place_of_what_the_profile_says() -> None:
    link = with_options(find_link("vpn"), {"rtt": "80ms", "loss": "1 %", "down": "2mbit"})
    assert (link.rtt, link.loss, link.down, link.up) == (0.08, 0.01, 2e6, 2e7)


def test_a_fault_is_written_in_words() -> None:
    link = with_options(find_link("direct"), {"fault": "drip rate=2KiB/s share=10% after=64KiB count=3"})
    assert link.fault == Fault(kind="drip", rate=2048, share=0.1, after=65536, count=3)


def test_steps_faults_and_traces_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "t.trace").write_text("1\n")
    (tmp_path / "x.toml").write_text(
        'schema = 1\ntitle = "x"\nrtt = "0 ms"\ntrace_down = "t.trace"\nmtu = 9000\n'
        '[[step]]\nat = "5 s"\ndown = "1 Mbit/s"\n[fault]\nkind = "stall"\nduration = "2 s"\n'
    )
    link = read_link(tmp_path / "x.toml")
    assert link.trace_down == str(tmp_path / "t.trace")
    assert link.steps == (RateStep(at=5, down=1e6),)
    assert link.fault == Fault(kind="stall", duration=2)
    assert link.mtu == 9000


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('rtt = "-5 ms"', 'rtt: found "-5 ms"; allowed: a time from 0 to 60 s'),
        ('rtt = "61 s"', "allowed: a time from 0 to 60 s"),
        ("rtt = 5", "rtt: found 5; allowed"),
        ('rtt = "fast"', 'rtt: found "fast"'),
        ('rtt = "nan s"', 'rtt: found "nan s"'),
        ('rtt = "5 ms"\njitter = "3 ms"', "a jitter of 3 ms is more than the delay one way, 2.5 ms"),
        ('rtt = "5 ms"\ndown = "10 MB"', 'down: found "10 MB"; allowed: a bit rate'),
        ('rtt = "5 ms"\ndown = "0 Mbit/s"', "allowed: a bit rate from 1 kbit/s"),
        ('rtt = "5 ms"\nloss = "100 %"', "allowed: a percentage from 0 % to 90 %"),
        ('rtt = "5 ms"\nloss = 0.5', "loss: found 0.5"),
        ('rtt = "5 ms"\nmtu = 10', "allowed: a whole number from 576"),
        ('rtt = "5 ms"\nlatency = "5 ms"', "latency: unknown key"),
        ('rtt = "5 ms"\ntrace_up = "none"', "no such trace"),
        ('rtt = "5 ms"\n[fault]\nkind = "explode"', 'fault.kind: found "explode"'),
        ('rtt = "5 ms"\n[[step]]\ndown = "1 Mbit/s"', "the key 'at' is missing"),
        ("", "the key 'rtt' is missing"),
    ],
)
def test_a_bad_profile_is_refused_with_its_place(tmp_path: Path, line: str, complaint: str) -> None:
    (tmp_path / "x.toml").write_text(f'schema = 1\ntitle = "x"\n{line}\n')
    with pytest.raises(ScenarioError) as caught:
        read_link(tmp_path / "x.toml")
    assert complaint in caught.value.message


def test_a_misspelt_name_is_corrected_and_a_bad_option_named() -> None:
    with pytest.raises(ScenarioError) as caught:
        find_link("vnp")
    assert caught.value.advice == "did you mean 'vpn'?"
    with pytest.raises(ScenarioError, match=r"^--loss: found"):
        with_options(find_link("vpn"), {"loss": "lots"})


KEYS = {"rtt": 60.0, "jitter": 30.0, "down": 1e12, "up": 1e12, "loss": 0.9, "mtu": 65535}
UNITS = ["", " ms", " s", " h", " Mbit/s", " bit/s", " %", " KiB"]
absurd = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.builds(lambda number, unit: f"{number}{unit}", st.one_of(st.floats(), st.integers()), st.sampled_from(UNITS)),
    st.floats(),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.lists(st.integers(0, 3), max_size=2),
)


def toml(value: object) -> str:
    """As a TOML value; floats that are none are written as TOML has them."""
    match value:
        case bool():
            return str(value).lower()
        case float():
            return repr(value)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from(sorted(KEYS)), value=absurd)
def test_whatever_a_profile_says_it_is_refused_in_words_or_within_its_bounds(
    key: str, value: object, tmp_path: Path
) -> None:
    path = tmp_path / "x.toml"
    rtt = "" if key == "rtt" else 'rtt = "10 ms"\n'
    path.write_text(f'schema = 1\ntitle = "x"\n{rtt}{key} = {toml(value)}\n', encoding="utf-8")
    complaint, found = "", 0.0
    try:
        found = getattr(read_link(path), key)
    except ScenarioError as error:
        complaint = error.message
    assert 0 <= found <= KEYS[key]
    assert not complaint or (str(path) in complaint and key in complaint)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"", b"schema = 1", b"[[[", b'schema = 2\ntitle = "x"\nrtt = "1 ms"']
)
def test_what_is_no_profile_at_all_is_refused_with_its_path(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        read_link(tmp_path / "x.toml")
    assert "x.toml" in caught.value.message
