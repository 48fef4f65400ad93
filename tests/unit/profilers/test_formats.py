"""Profiles in files: what is written is read again, what is damaged is told."""

from __future__ import annotations

import contextlib
import gzip
import json
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.errors import ResultError, UsageError
from perfkit.model import pprof, protobuf
from perfkit.model.profile import Frame, Profile
from perfkit.profilers import folded, importtime, speedscope
from perfkit.profilers.files import profiles_in, read_profile, write_profile
from support.profiles import CPU, cpu_profile, few, profiles, told


@few
@given(profiles())
def test_pprof_says_again_what_was_written(profile: Profile) -> None:
    again = pprof.read(pprof.write(profile))
    assert told(again) == told(profile)
    assert (again.values, again.shown) == (profile.values, profile.shown)


@few
@given(profiles())
def test_speedscope_says_again_what_was_written(profile: Profile) -> None:
    again = speedscope.read(speedscope.write(profile, "x"))
    assert told(again) == told(profile)
    assert (again.values, again.shown, again.samples) == (profile.values, profile.shown, profile.samples)


@few
@given(profiles())
def test_folded_stacks_keep_the_weight_whatever_the_names(profile: Profile) -> None:
    again = folded.read(folded.write(profile), profile.values[1])
    assert sum(again.weights().values()) == sum(profile.weights().values())


@few
@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1)))
def test_packed_numbers_are_read_as_they_were_written(numbers: list[int]) -> None:
    ((number, packed),) = protobuf.fields(protobuf.packed_field(7, numbers))
    assert number == 7
    assert [protobuf.signed(each) for each in protobuf.numbers(packed)] == numbers


@few
@given(profiles(), st.data())
def test_a_pprof_file_cut_anywhere_is_an_error_or_less_of_it(profile: Profile, data: st.DataObject) -> None:
    raw = gzip.decompress(pprof.write(profile))
    cut = raw[: data.draw(st.integers(0, len(raw) - 1))]
    with contextlib.suppress(ValueError):
        assert len(pprof.read(cut).stacks) <= len(profile.stacks)


def test_inlined_calls_are_frames_of_their_own_and_a_number_need_not_be_packed() -> None:
    field, number = protobuf.bytes_field, protobuf.number_field
    strings = ["", "cpu", "milliseconds", "outer", "inlined", "x.go"]
    functions = [number(1, 1) + number(2, 3) + number(4, 5), number(1, 2) + number(2, 4) + number(4, 5)]
    lines = field(4, number(1, 2) + number(2, 7)) + field(4, number(1, 1) + number(2, 9))  # the inlined one first
    body = (
        field(1, number(1, 1) + number(2, 2))
        + field(2, number(1, 300) + number(2, 5) + field(3, number(1, 1)))
        + field(4, number(1, 300) + lines)
        + b"".join(field(5, each) for each in functions)
        + b"".join(field(6, each.encode()) for each in strings)
    )
    profile = pprof.read(body)
    assert told(profile) == {(Frame("outer", "x.go", 9), Frame("inlined", "x.go", 7)): (5_000_000,)}


def test_doubts_are_comments_in_pprof_and_others_comments_are_no_doubts() -> None:
    doubtful = msgspec.structs.replace(cpu_profile({"main": 1}), doubts=("it was behind", "few looks"))
    assert pprof.read(pprof.write(doubtful)).doubts == doubtful.doubts
    raw = gzip.decompress(pprof.write(doubtful)).replace(b"doubtful: it was", b"pleasant: it was")
    assert pprof.read(raw).doubts == ("few looks",)


def test_of_a_capture_in_two_formats_one_is_taken(tmp_path: Path) -> None:
    assert profiles_in(tmp_path / "none") == {}
    for name in ("a.memray.bin", "a.memray.pb.gz", "a.memray.bin.stats.json", "a.busy.py-spy.speedscope.json", "a.svg"):
        (tmp_path / name).touch()
    found = {name: path.name for name, path in profiles_in(tmp_path).items()}
    assert found == {"a.busy.py-spy": "a.busy.py-spy.speedscope.json", "a.memray": "a.memray.pb.gz"}


def test_labels_of_a_sample_are_passed_over_and_what_is_cut_off_is_told() -> None:
    field, number = protobuf.bytes_field, protobuf.number_field
    label = field(3, number(1, 1) + number(3, 512))
    rest = field(4, number(1, 1) + number(3, 0xABC)) + field(6, b"") + field(6, b"x")
    sample = label + number(1, 1) + label + field(2, b"\x82\x01") + label
    assert told(pprof.read(field(1, number(1, 1)) + field(2, sample) + rest)) == {(Frame("0xabc"),): (130,)}
    for wrong, said in (
        (number(1, 1) + field(2, b"\x02\x82"), "cut off"),
        (number(1, 1) + field(2, b"\x02\x02"), "2 values, not 1"),
        (field(1, b"\x01") + b"\x12\x09\x01", "beyond its sample"),
    ):
        with pytest.raises(ValueError, match=said):
            pprof.read(field(1, number(1, 1)) + field(2, wrong) + rest)


def test_a_location_without_a_function_is_its_address() -> None:
    field, number = protobuf.bytes_field, protobuf.number_field
    body = field(1, number(1, 1)) + field(2, field(1, b"\x01") + field(2, b"\x02"))
    body += field(4, number(1, 1) + number(3, 0xABC)) + field(6, b"") + field(6, b"x")
    assert told(pprof.read(body)) == {(Frame("0xabc"),): (2,)}


def test_events_of_speedscope_are_time_between_open_and_close() -> None:
    events = [("O", 0, 0.0), ("O", 1, 1.0), ("C", 1, 3.5), ("C", 0, 4.0)]
    document = _speedscope(
        {
            "type": "evented",
            "unit": "seconds",
            "name": "t",
            "events": [{"type": kind, "frame": frame, "at": at} for kind, frame, at in events],
        }
    )
    profile = speedscope.read(document)
    assert told(profile) == {
        (Frame("a", "a.py", 1),): (1_500_000_000,),
        (Frame("a", "a.py", 1), Frame("b")): (2_500_000_000,),
    }
    bad = document.replace(b'"C","frame":1', b'"C","frame":0')
    with pytest.raises(ValueError, match="closes"):
        speedscope.read(bad)


def test_threads_of_speedscope_are_added_up_and_their_samples_counted() -> None:
    thread = {"type": "sampled", "unit": "seconds", "name": "t", "samples": [[0, 1], [0], [0, 1]], "weights": [1, 2, 3]}
    profile = speedscope.read(_speedscope(thread, thread))
    assert profile.samples == 6
    assert sorted(values[0] for values in told(profile).values()) == [4_000_000_000, 8_000_000_000]


def test_the_process_above_all_frames_of_py_spy_is_no_call() -> None:
    thread = {"type": "sampled", "unit": "seconds", "name": "t", "samples": [[0, 1]], "weights": [1]}
    named = _speedscope(thread).replace(b'"name":"a","file":"a.py","line":1', b'"name":"process 7:\\"x\\"","file":""')
    assert told(speedscope.read(named)) == {(Frame("b"),): (1_000_000_000,)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"samples": [[5]], "weights": [1]}, "frame that there is not"),
        ({"weights": [1]}, "differ in number"),
        ({"unit": 3}, "no speedscope profile"),
    ],
)
def test_what_is_wrong_with_a_speedscope_file_is_told(change: dict[str, object], said: str) -> None:
    thread = {"type": "sampled", "unit": "seconds", "name": "t", "samples": [[0], [1]], "weights": [1, 2], **change}
    with pytest.raises(ValueError, match=said):
        speedscope.read(_speedscope(thread))


def _speedscope(*threads: Mapping[str, object]) -> bytes:
    frames = [{"name": "a", "file": "a.py", "line": 1}, {"name": "b"}]
    return msgspec.json.encode({"shared": {"frames": frames}, "profiles": threads})


def test_imports_stand_below_what_imported_them() -> None:
    text = (
        "noise\nimport time: self [us] | cumulative | imported package\n"
        "import time:        10 |         10 |     inner\nimport time:         5 |         15 |   middle\n"
        "import time:         1 |         16 | outer\nimport time:         7 |          7 | other\n"
    )
    found = told(importtime.read(text))
    assert {tuple(frame.function for frame in stack): values for stack, values in found.items()} == {
        ("outer", "middle", "inner"): (10_000,),
        ("outer", "middle"): (5_000,),
        ("outer",): (1_000,),
        ("other",): (7_000,),
    }


def test_a_file_is_known_by_its_first_bytes_whatever_its_name(tmp_path: Path) -> None:
    profile = cpu_profile({"main (app.py:1);hot (app.py:7)": 30, "main (app.py:1)": 5})
    for name in ("a.speedscope.json", "a.pb.gz", "a.folded"):
        write_profile(profile, tmp_path / name)
        again = read_profile((tmp_path / name).rename(tmp_path / "unnamed"))
        assert sum(again.weights().values()) == 35_000_000
        assert {frame.function for frame in again.frames} == {"main", "hot"}
    assert json.loads(speedscope.write(profile))["profiles"][0]["endValue"] == 35_000_000


def test_what_is_no_profile_is_one_clear_line(tmp_path: Path) -> None:
    for number, data in enumerate([b"", b"{}", b"hello\n", b"\x1f\x8bxx", b"\0\1\2", b"memray\0nothing of it"]):
        path = tmp_path / f"{number}"
        path.write_bytes(data)
        with pytest.raises(ResultError) as caught:
            read_profile(path)
        assert "\n" not in caught.value.message
    with pytest.raises(ResultError, match="cannot be read"):
        read_profile(tmp_path / "none")
    with pytest.raises(UsageError, match="no format"):
        write_profile(cpu_profile({"a": 1}), tmp_path / "x.txt")


def test_the_same_profile_gives_the_same_bytes() -> None:
    profile = cpu_profile({"a;b": 1, "a": 2})
    assert pprof.write(profile) == pprof.write(profile)
    assert [each.name for each in CPU] == ["samples", "cpu"]
