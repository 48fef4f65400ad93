from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from perfkit.commands.watch.endpoint import watched_endpoint
from perfkit.commands.watch.grounds import Wanted, named
from perfkit.commands.watch.source import Reading, scenario_of
from perfkit.errors import ClusterError, UsageError
from perfkit.measure.requests import read_requests
from perfkit.model.control import Glimpse
from perfkit.model.link import DIRECT
from perfkit.model.readings import Readings
from perfkit.model.requests import Entry
from perfkit.model.scenario import ClusterSpec, TargetSpec
from perfkit.storage import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECOND = 1_000_000_000


def line(number: int, at: int) -> bytes:
    entry = Entry(number=number, ns=at * SECOND, verb="list", resource="pods", status=200, last_ns=at * SECOND + 1)
    return msgspec.json.encode(entry) + b"\n"


class Standing:
    """A cluster that others use as well, and that can go away."""

    def __init__(self, record: Path) -> None:
        self.record, self.gone = record, False

    def glance(self) -> Glimpse:
        if self.gone:
            raise ClusterError("cluster mine takes no commands")
        with self.record.open("ab") as file:
            file.write(line(1, 1) + line(2, 5))
        return Glimpse()


@pytest.fixture
def standing(tmp_path: Path) -> Standing:
    (tmp_path / "record").write_bytes(line(0, 1))
    return Standing(tmp_path / "record")


@pytest.fixture
def reading(standing: Standing, tmp_path: Path) -> Iterator[Reading]:
    found = Reading(standing.glance, standing.record, 3 * SECOND, tmp_path / "copy")
    yield found
    found.close()


def test_of_a_record_what_came_since_is_told_and_copied(reading: Reading, tmp_path: Path) -> None:
    (call,) = reading.told(Readings(at=6.0), 6 * SECOND).calls
    assert (call.verb, call.resource, call.count) == ("list", "pods", 1)
    assert [entry.number for entry in read_requests(tmp_path / "copy")] == [2]


def test_a_cluster_that_goes_away_is_told_and_what_was_known_stays(reading: Reading, standing: Standing) -> None:
    reading.told(Readings(at=6.0), 6 * SECOND)
    standing.gone = True
    found = reading.told(Readings(at=7.0), 7 * SECOND)
    assert found.notes == ("requests are not known: cluster mine takes no commands",)
    assert found.calls[0].count == 1


def test_a_cluster_is_named_by_a_context_or_by_its_own_name() -> None:
    assert named("context:staging") == Wanted(spec=ClusterSpec(kind="context", name="staging"))
    assert named("mine") == Wanted(standing="mine")


def test_without_prometheus_client_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "perfkit.measure.live.endpoint", None)
    with pytest.raises(UsageError) as caught, watched_endpoint("http://localhost:1/metrics", tmp_path):
        pass
    assert caught.value.advice == "pip install 'perfkit[monitor]'"


def test_watches_of_differing_length_are_different_experiments() -> None:
    target = TargetSpec(name="k9s", program="k9s", command=("k9s",))
    short, long = (scenario_of(target, ClusterSpec(), DIRECT, seconds) for seconds in (10.0, 30.0))
    assert fingerprint.experiment(short, {}) != fingerprint.experiment(long, {})
    assert scenario_of(target, ClusterSpec(), DIRECT).steps == scenario_of(target, ClusterSpec(), DIRECT, None).steps
