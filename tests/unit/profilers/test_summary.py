"""What a profile is summed up to."""

from __future__ import annotations

import pytest
from hypothesis import given

from perfkit.errors import UsageError
from perfkit.model.profile import Frame, Profile
from perfkit.profilers import folded
from perfkit.profilers.difference import difference
from perfkit.profilers.groups import IMPORTS, PROGRAM, RUNTIME, by_group
from perfkit.profilers.summary import costs, summarise
from support.profiles import cpu_profile, few, profiles

SITE = "/venv/lib/python3.11/site-packages"
LIB = "/usr/lib/python3.11"


@few
@given(profiles())
def test_what_functions_cost_by_themselves_adds_up_to_the_whole(profile: Profile) -> None:
    whole = sum(profile.weights().values())
    found = costs(profile)
    assert sum(cost.self for cost in found) == whole
    assert all(0 <= cost.self <= cost.total <= whole for cost in found)
    assert sum(group.self for group in summarise(profile).groups) == whole


@few
@given(profiles())
def test_a_profile_does_not_differ_from_itself(profile: Profile) -> None:
    assert not any(change.self or change.total for change in difference(profile, profile).changes)


@few
@given(profiles(), profiles())
def test_what_one_way_gained_the_other_way_lost(one: Profile, other: Profile) -> None:
    if one.values != other.values:
        with pytest.raises(UsageError):
            difference(one, other)
        return
    there = {(change.function, change.place): change.self for change in difference(one, other).changes}
    back = {(change.function, change.place): -change.self for change in difference(other, one).changes}
    assert there == back


def test_a_function_that_calls_itself_is_counted_once_a_stack() -> None:
    summary = summarise(cpu_profile({"main;walk;walk;walk": 30, "main": 10}))
    assert [(cost.function, cost.self, cost.total) for cost in summary.by_self] == [
        ("walk", 30_000_000, 30_000_000),
        ("main", 10_000_000, 40_000_000),
    ]
    assert summary.by_total[0].function == "main"


def test_lines_of_a_function_are_one_function_and_several_places() -> None:
    summary = summarise(cpu_profile({"f (a.py:1)": 10, "f (a.py:2)": 20}))
    assert [(cost.function, cost.self) for cost in summary.by_self] == [("f", 30_000_000)]
    assert [(cost.line, cost.self) for cost in summary.by_line] == [(2, 20_000_000), (1, 10_000_000)]


def test_few_samples_and_none_at_all_are_doubts() -> None:
    assert "199 samples are few" in summarise(cpu_profile({"a": 1}, samples=199)).doubts[0]
    assert not summarise(cpu_profile({"a": 1}, samples=200)).doubts
    assert "it is empty" in summarise(cpu_profile({}, samples=0)).doubts[0]


@pytest.mark.parametrize(
    ("stack", "group"),
    [
        ([Frame("main", "/home/me/app.py"), Frame("loads", f"{LIB}/json/__init__.py")], "JSON"),
        ([Frame("main", "app.py"), Frame("read", "ssl.py")], PROGRAM),  # py-spy's short name of a module or a program
        ([Frame("main", "/a/app.py"), Frame("read", f"{LIB}/ssl.py")], "TLS"),
        ([Frame("send", f"{SITE}/urllib3/connection.py"), Frame("encode", f"{LIB}/codecs.py")], "HTTP"),
        ([Frame("x", f"{SITE}/kubernetes/client/models/v1_pod.py")], "Kubernetes models"),
        ([Frame("x", f"{SITE}/kubernetes/client/api_client.py"), Frame("f", f"{LIB}/re.py")], "Kubernetes client"),
        ([Frame("x", "kubernetes/client/models/v1_pod.py")], "Kubernetes models"),
        (
            [
                Frame("_find_and_load", "<frozen importlib._bootstrap>"),
                Frame("<module>", f"{SITE}/kubernetes/client/models/v1_pod.py"),
            ],
            IMPORTS,
        ),
        (
            [Frame("encoding/json.Unmarshal", "/go/src/encoding/json/decode.go"), Frame("runtime.mallocgc", "m.go")],
            "JSON",
        ),
        ([Frame("encoding/json.Unmarshal", "d.go"), Frame("runtime.gcAssistAlloc", "m.go")], "GC"),
        ([Frame("runtime.gcBgMarkWorker.func2", "mgc.go")], "GC"),
        ([Frame("crypto/tls.(*Conn).Read", "conn.go"), Frame("syscall.Read", "s.go")], "TLS"),
        ([Frame("k8s.io/api/core/v1.(*Pod).Unmarshal", "generated.pb.go")], "Kubernetes models"),
        ([Frame("k8s.io/client-go/rest.(*Request).Do", "request.go")], "Kubernetes client"),
        ([Frame("golang.org/x/net/http2.(*Framer).ReadFrame", "frame.go")], "HTTP"),
        ([Frame("main.main", "main.go"), Frame("runtime.schedule", "proc.go")], RUNTIME),
        ([Frame("main.main", "main.go")], PROGRAM),
        ([], PROGRAM),
    ],
)
def test_a_stack_belongs_to_its_innermost_group(stack: list[Frame], group: str) -> None:
    assert by_group(stack, {tuple(range(len(stack))): 5}) == {group: 5}


@pytest.mark.parametrize(
    ("frame", "package", "place"),
    [
        (Frame("f", f"{SITE}/urllib3/util/retry.py"), "urllib3", "urllib3/util/retry.py"),
        (Frame("f", f"{SITE}/six.py"), "six", "six.py"),
        (Frame("f", f"{LIB}/socket.py"), "socket", "socket.py"),
        (Frame("f", "/home/me/app/main.py"), "", "app/main.py"),
        (Frame("f", "<frozen importlib._bootstrap>"), "importlib", "importlib._bootstrap"),
        (Frame("k8s.io/a/b.(*T[go.shape.x/y]).Do", "/m/k8s.io/a@v1/b/t.go"), "k8s.io/a/b", "b/t.go"),
        (Frame("SSL_read", "/usr/lib/libssl.so.3"), "libssl", "lib/libssl.so.3"),
    ],
)
def test_a_frame_knows_its_package_and_place(frame: Frame, package: str, place: str) -> None:
    assert (frame.package, frame.place) == (package, place)


def test_the_largest_change_comes_first_and_base_may_be_scaled() -> None:
    base, head = cpu_profile({"main;a": 10, "main;b": 30}), cpu_profile({"main;a": 50, "main;b": 30})
    found = difference(base, head)
    assert [(change.function, change.self) for change in found.changes[:2]] == [("a", 40_000_000), ("main", 0)]
    shares = difference(base, head, normalised=True)
    assert shares.scale == 2
    assert [(change.function, change.self) for change in shares.changes[:2]] == [("a", 30_000_000), ("b", -30_000_000)]


def test_time_and_memory_are_not_compared() -> None:
    with pytest.raises(UsageError, match="cannot be compared"):
        difference(cpu_profile({"a": 1}), folded.read("a 1"))
    with pytest.raises(UsageError, match="no value 'wall'"):
        difference(cpu_profile({"a": 1}), cpu_profile({"a": 1}), "wall")
