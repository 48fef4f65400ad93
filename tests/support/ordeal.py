"""A cache in a hard time: churn, faults, a link that is cut, for so many seconds; and then a look at what it holds."""

from __future__ import annotations

import itertools
import random
import time
from pathlib import Path
from typing import Any

import msgspec

from perfkit.client import Access, Cache, Client, Options
from perfkit.model.churn import Churn
from perfkit.model.control import AddFault, Churned, ClearFaults, Done, MockRequest, SetChurn
from perfkit.network.relay_link import RelayLink
from perfkit.storage.faults import parse_fault
from support import mock
from support.relayed import linked

TIMEOUT = 60.0
FAULTS = (
    "drop resource=pods count=1",
    "410 resource=pods count=1",
    "429 verb=watch,list resource=pods retry-after=1s count=1",
    "500 verb=watch resource=pods count=1",
    "restart 300ms window=lost",
    "restart 300ms",
)


class Ordeal:
    """A mock behind a link, and a client with a cache of pods on it."""

    def __init__(self, cluster: mock.Mock, link: RelayLink, options: Options) -> None:
        self.cluster, self.link = cluster, link
        self.random = random.Random(1)
        self.lines: list[str] = []
        host, port = link.address
        authority = mock.authority().ca.read_text()
        self.access = Access(server=f"https://{host}:{port}", token=mock.TOKEN, authority=authority)
        self.client = Client(self.access, options, report=self.lines.append)

    def tell(self, message: MockRequest) -> None:
        self.cluster.send(message)
        assert isinstance(self.cluster.receive(TIMEOUT), Done)

    def churn(self, rate: float) -> None:
        """Change by itself so often a second; 0: no more."""
        mix = {"status": 6.0, "restart": 2.0, "replace": 3.0}
        self.cluster.send(SetChurn(churn=Churn(rate=rate, mix=mix) if rate else None))
        assert isinstance(self.cluster.receive(TIMEOUT), Churned)

    def endure(self, seconds: float, pause: float) -> None:
        """One thing goes wrong after the other, each in its turn, ``pause`` seconds apart."""
        until = time.monotonic() + seconds
        for fault in itertools.cycle((*FAULTS, "cut")):
            self.tell(ClearFaults())  # one that struck nothing is not kept for later, or they would only pile up
            if fault == "cut":
                self.link.cut(0.3)
            else:
                self.tell(AddFault(fault=parse_fault(fault)))
            time.sleep(pause)  # the ordeal is a span of time; nothing is concluded from its length
            if time.monotonic() > until:
                break
        self.tell(ClearFaults())

    def truth(self) -> dict[tuple[str, str], str]:
        """What a fresh LIST says, past the link."""
        connection = msgspec.structs.replace(self.access, server=self.cluster.url)
        with Client(connection, Options(discovery_cache="")) as fresh:
            listed = msgspec.json.decode(fresh.get("/api/v1/pods"))["items"]
        return {
            (each["metadata"]["namespace"], each["metadata"]["name"]): each["metadata"]["resourceVersion"]
            for each in listed
        }

    def converged(self, cache: Cache) -> bool:
        """Whether, once all is quiet, the cache comes to hold the truth."""
        truth = self.truth()
        for _ in range(round(TIMEOUT / 0.05)):
            if held(cache) == truth:
                return True
            time.sleep(0.05)
        return False


def held(cache: Cache) -> dict[tuple[str, str], str]:
    return {row.key: row.resource_version for row in cache.rows}


class Settled(msgspec.Struct, frozen=True):
    """What came of it."""

    converged: bool
    rows: int
    events: int
    restarts: dict[str, int]
    leaks: dict[str, int]
    whole: bool  # whether whole objects are those of the rows
    lines: int


def undergo(folder: Path, seconds: float, pause: float, rate: float, options: Options) -> Settled:
    """All of it. Leaks are types that grew at each of several looks while nothing was loaded."""
    from perfkit.monitor.growth import Leaks

    with mock.running("tiny") as cluster, linked(("127.0.0.1", cluster.port), folder) as link:
        ordeal = Ordeal(cluster, link, options)
        with ordeal.client as client:
            cache = client.cache("pods")
            assert cache.wait_synced(TIMEOUT)
            ordeal.churn(rate)
            grown: dict[str, int] = {}
            leaks = Leaks()
            for _ in range(3):
                ordeal.endure(seconds / 3, pause)
                grown = leaks.look()
            ordeal.churn(0)
            converged = ordeal.converged(cache)
            state = cache.state()
            row: Any = cache.query(limit=1).rows[0]
            whole = cache.object(row)
        return Settled(
            converged=converged,
            rows=state.rows,
            events=state.events,
            restarts=state.restarts,
            leaks=grown,
            whole=whole is not None and whole["metadata"]["resourceVersion"] == row.resource_version,
            lines=len(ordeal.lines),
        )
