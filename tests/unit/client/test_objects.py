from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.client import Options
from perfkit.client.meters import Hits
from perfkit.client.objects import ABSENT, ObjectCache
from perfkit.client.originals import SAMPLES, Originals, stripped
from perfkit.errors import UsageError


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def cache(most: int = 10_000, clock: Clock | None = None) -> tuple[ObjectCache, Hits]:
    meter = Hits()
    return ObjectCache(most, 100.0, 5.0, meter, clock or Clock()), meter


def test_an_object_is_had_at_its_own_version_only() -> None:
    objects, meter = cache()
    objects.put("/p", b"body", "7")
    assert objects.get("/p", "7") == b"body"
    assert objects.get("/p", "8") is None
    assert objects.get("/q", "7") is None
    assert (meter.hits, meter.misses) == (1, 2)


def test_objects_and_absences_grow_old() -> None:
    clock = Clock()
    objects, _ = cache(clock=clock)
    objects.put("/p", b"body", "7")
    objects.put("/gone", ABSENT, "")
    assert objects.absent("/gone")
    clock.now = 6
    assert not objects.absent("/gone")
    assert objects.get("/p", "7") == b"body"
    clock.now = 101
    assert objects.get("/p", "7") is None


def test_what_the_watch_tells_of_is_forgotten() -> None:
    objects, _ = cache()
    objects.put("/gone", ABSENT, "")
    objects.drop(["/gone"])
    assert not objects.absent("/gone")


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 900)), max_size=40))
def test_bytes_stay_within_their_bound_and_are_counted_right(puts: list[tuple[str, int]]) -> None:
    objects, _ = cache(most=2_000)
    for path, size in puts:
        objects.put(path, b"x" * size, "1")
        assert 0 <= objects.bytes <= 2_000
    for path in "abcdef":
        objects.drop([path])
    assert (objects.bytes, len(objects)) == (0, 0)


def test_the_least_recently_read_goes_first() -> None:
    objects, _ = cache(most=1_000)
    objects.put("/a", b"x" * 100, "1")
    objects.put("/b", b"x" * 100, "1")
    objects.get("/a", "1")
    objects.put("/c", b"x" * 100, "1")
    assert objects.get("/b", "1") is None
    assert objects.get("/a", "1") is not None


def test_managed_fields_are_cut_off_and_nothing_else() -> None:
    metadata = {"name": "ä", "managedFields": [{"a": 1}], "labels": {"x": "1"}}
    body = {"kind": "Pod", "metadata": metadata, "spec": {"é": [1.5]}}
    kept = json.loads(stripped(json.dumps(body).encode()))
    del metadata["managedFields"]
    assert kept == body
    assert stripped(b"[1]") == b"[1]"


@pytest.mark.parametrize("dictionary", [True, False])
@pytest.mark.parametrize("count", [3, SAMPLES + 5])
def test_originals_come_back_as_they_were(count: int, *, dictionary: bool) -> None:
    originals = Originals(Options(originals="zlib", dictionary=dictionary))
    bodies = {
        f"pod-{n}": msgspec.json.encode({"metadata": {"name": f"pod-{n}"}, "spec": {"n": n}}) for n in range(count)
    }
    for name, body in bodies.items():
        originals.put("ns", name, msgspec.Raw(body))
    assert {name: originals.get("ns", name) for name in bodies} == bodies
    originals.settle()
    assert {name: originals.get("ns", name) for name in bodies} == bodies
    for name in bodies:
        originals.pop("ns", name)
    assert originals.get("ns", "pod-0") is None
    assert originals.bytes == 0


def test_without_zstandard_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    with pytest.raises(UsageError, match="zstandard"):
        Originals(Options(originals="zstd", dictionary=False))
