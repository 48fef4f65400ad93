"""What stands between the screens and the client: printed columns, switches, logs that are followed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from perfkit.client import Access, ApiError, Client, Options, Resource
from perfkit.client.options import OFF, ON
from perfkit.client.problems import ConnectionLostError, Status
from perfkit.client.schema import Schema
from perfkit.client.ui.following import Following
from perfkit.client.ui.printed import fields, printed_fields
from perfkit.client.ui.telling import switches, told
from perfkit.model.readings import PartReading, Readings, Switch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

WIDGETS = Resource(plural="widgets", kind="Widget", group="example.com")
DEFINITION = {
    "spec": {
        "versions": [
            {"name": "v1beta1", "additionalPrinterColumns": [{"name": "Old", "jsonPath": ".spec.old"}]},
            {"name": "v1", "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}]},
        ]
    }
}
DEADLINE = 10.0


def test_columns_are_those_of_the_version_that_is_served() -> None:
    def get(path: str, _query: Mapping[str, str]) -> bytes:
        assert path.endswith("/customresourcedefinitions/widgets.example.com")
        return msgspec.json.encode(DEFINITION)

    assert [field.name for field in printed_fields(get, WIDGETS) or ()] == ["size"]


@pytest.mark.parametrize("answer", [ApiError(Status(message="forbidden", code=403)), b"[]", b"<html>"])
def test_where_no_definition_can_be_had_the_usual_fields_are_kept(answer: Any) -> None:
    def get(_path: str, _query: Mapping[str, str]) -> bytes:
        if isinstance(answer, Exception):
            raise answer
        return bytes(answer)

    assert printed_fields(get, WIDGETS) is None


def test_a_printed_value_of_any_type_is_text_and_what_is_no_plain_path_is_left_out() -> None:
    columns = [
        ("Size", ".spec.size"),
        ("Is Ready?", ".status.ready"),
        ("Ready", '.status.conditions[?(@.type=="Ready")].status'),
        ("Age", ".metadata.creationTimestamp"),
        ("All", ".status.all"),
    ]
    schema = Schema(fields(columns))
    body = {"metadata": {"name": "w"}, "spec": {"size": 7}, "status": {"ready": True, "all": [1, {"a": None}]}}
    row: Any = schema.row(schema.decode(msgspec.json.encode(body)))
    assert (row.size, row.is_ready, row.all) == ("7", "true", '[1,{"a":null}]')
    assert not hasattr(row, "age")


def test_every_switch_is_told_with_its_state() -> None:
    told = {each.name: each for each in switches(Options().without("freeze").set("columnar=on"))}
    assert not told["freeze"].on
    assert told["columnar"].on
    assert told["coalesce"].on
    assert (told["coalesce"].state, told["object_cache"].state) == ("250 ms", "16 MiB")
    assert told["batch"] == Switch(name="batch", on=True)
    assert not told["gzip"].on


def test_alerts_memory_and_switches_are_added_to_what_the_monitor_knows() -> None:
    with Client(Access(server="http://127.0.0.1:1")) as client:
        readings = told(Readings(at=1.0, alerts=("cpu", "other"), parts=(PartReading(name="paint", cpu=0.1),)), client)
    assert readings.alerts == ("cpu: cpu.share should be < 10 %", "other")
    assert [part.name for part in readings.parts] == ["paint"], "nothing is held yet"
    assert {switch.name for switch in readings.switches} == set(OFF) | set(ON)


class Blocks:
    """Blocks of a log; then an error, or silence until it is cancelled."""

    def __init__(self, *blocks: bytes, error: Exception | None = None, silent: bool = False) -> None:
        self._blocks, self._error, self._silent = blocks, error, silent
        self.cancelled = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        yield from self._blocks
        if self._error is not None:
            raise self._error
        if self._silent:
            assert self.cancelled.wait(DEADLINE)

    def cancel(self) -> None:
        self.cancelled.set()


class Heard:
    """Lines, and that the last one has come."""

    def __init__(self, last: str) -> None:
        self.lines: list[str] = []
        self._last = last
        self.complete = threading.Event()

    def __call__(self, lines: Iterable[str]) -> None:
        self.lines += lines
        if self.lines[-1] == self._last:
            self.complete.set()


@pytest.mark.parametrize(
    ("blocks", "last"),
    [
        (Blocks(b"a\nb\n", b"c\xff\n"), "── the log ends here ──"),
        (Blocks(b"a\nb\n", b"c\xff\n", error=ConnectionLostError("cut")), "── cut ──"),
    ],
)
def test_a_log_is_told_as_it_comes_and_why_it_ends(blocks: Blocks, last: str) -> None:
    heard = Heard(last)
    Following(lambda: blocks, heard)
    assert heard.complete.wait(DEADLINE)
    assert heard.lines == ["a", "b", "c�", last]


def test_a_log_that_is_left_is_cancelled_and_says_nothing_more() -> None:
    blocks, heard = Blocks(b"a\n", silent=True), Heard("a")
    following = Following(lambda: blocks, heard)
    assert heard.complete.wait(DEADLINE)
    following.stop()
    assert blocks.cancelled.is_set()
    assert heard.lines == ["a"]


def test_a_container_that_waits_is_asked_for_again_and_that_is_said_once() -> None:
    waiting = ApiError(Status(message='container "main" in pod "x" is waiting to start: ContainerCreating', code=400))
    answers = iter([Blocks(error=waiting), Blocks(error=waiting), Blocks(b"a\n")])
    heard = Heard("── the log ends here ──")
    Following(lambda: next(answers), heard, again=0)
    assert heard.complete.wait(DEADLINE)
    assert heard.lines == [f"── {waiting.message} ──", "a", "── the log ends here ──"]


def test_what_may_not_be_read_is_not_asked_for_again() -> None:
    refusal = ApiError(Status(message="pods/log is forbidden", code=403))
    heard = Heard(f"── {refusal.message} ──")
    asked: list[int] = []

    def begin() -> Blocks:
        asked.append(1)
        return Blocks(error=refusal)

    Following(begin, heard, again=0)
    assert heard.complete.wait(DEADLINE)
    assert asked == [1]
