"""How a population is written and kept alive: patience with a busy server, leases, what is mirrored. No cluster."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from perfkit.client.access import Access
from perfkit.client.problems import ApiError
from perfkit.clusters.gateway.upstream import Upstream
from perfkit.clusters.population import kubelets, kwok
from perfkit.clusters.population.keeper import Population
from perfkit.clusters.population.manifests import Sent
from perfkit.clusters.population.writer import Writer
from perfkit.errors import ClusterError
from perfkit.model.churn import Churn
from perfkit.model.control import Populate
from perfkit.storage.names import find_shape
from support.scripted_api import Answer, ScriptedApi

pytestmark = pytest.mark.functional

PODS = 40


class Memory:
    """A writer to nowhere: what the cluster would hold, and how often each path was written."""

    def __init__(self) -> None:
        self.held: dict[str, Any] = {}
        self.bodies: dict[str, Any] = {}
        self.merged: Counter[str] = Counter()

    async def create(self, sent: Sent) -> bool:
        if sent.path in self.held:
            return False
        self.held[sent.path] = sent.status
        self.bodies[sent.path] = {"status": {}, **sent.body}
        return True

    async def claim(self, sent: Sent) -> bool:
        return await self.create(sent)

    async def merge(self, sent: Sent) -> bool:
        self.merged[sent.path] += 1
        return sent.path in self.held

    async def set_status(self, sent: Sent) -> bool:
        if sent.path not in self.held:
            return False
        self.held[sent.path] = sent.status
        return True

    async def delete(self, path: str, query: str = "") -> None:
        self.held.pop(path, None)

    async def read(self, path: str) -> dict[str, Any] | None:
        return self.bodies.get(path)

    async def all(self, path: str, query: str) -> list[dict[str, Any]]:
        return []

    async def each(
        self, work: Iterable[Callable[[], Awaitable[object]]], done: Callable[[], None] = lambda: None
    ) -> None:
        for act in work:
            await act()
            done()


class Idle(Memory):
    """One where a kwok takes nodes and runs no pods: it holds the leases as ``spec`` says."""

    def __init__(self, spec: dict[str, Any]) -> None:
        super().__init__()
        self.spec = spec

    async def read(self, path: str) -> dict[str, Any] | None:
        if "fieldSelector=status.phase%3DPending" in path:
            return {"items": [{"metadata": {"name": "web"}}]}
        found = await super().read(path)
        return {**found, "spec": self.spec} if found and found["kind"] == "Lease" else found


@pytest.fixture(autouse=True)
def _nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubelets, "PATIENCE", 0)
    monkeypatch.setattr(kwok, "PATIENCE", 0)


def lease_of_kwok(renewed: datetime) -> dict[str, Any]:
    return {"holderIdentity": "kwok-1", "leaseDurationSeconds": 40, "renewTime": renewed.isoformat()}


def population(memory: Memory) -> Population:
    asked = Populate(owner="me", shape=str(find_shape("small")), pods=PODS)
    return Population(asked, cast("Writer", memory))  # as much of one as it needs


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - of another's doing
            await asyncio.sleep(0.005)


def test_leases_are_renewed_as_long_as_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubelets, "HEARTBEAT", 0.001)

    async def work() -> Counter[str]:
        memory = Memory()
        kept = population(memory)
        assert await kept.fill(lambda *_: None) == "perfkit"
        assert kept.count() == PODS
        await until(lambda: bool(memory.merged) and min(memory.merged.values()) > 3)
        kept.close()
        return memory.merged

    merged = asyncio.run(work())
    assert {path.rpartition("/")[0] for path in merged} == {
        "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
    }
    assert len(merged) == 2  # nodes


def test_progress_is_told_pod_by_pod_and_a_reset_leaves_what_was_there_at_first() -> None:
    async def work() -> None:
        memory, told = Memory(), list[tuple[int, int]]()
        kept = population(memory)
        await kept.fill(lambda done, count: told.append((done, count)))
        assert told == [(done, PODS) for done in range(PODS + 1)]
        first = dict(memory.held)
        kept.churn(Churn(rate=500, mix={"replace": 3, "status": 1, "event": 1}))
        await until(lambda: len(memory.held.keys() - first.keys()) > 3)
        await kept.reset()
        assert memory.held == first
        kept.close()

    asyncio.run(work())


def test_a_kwok_that_runs_no_pods_is_told_of() -> None:
    async def work() -> None:
        await population(Idle(lease_of_kwok(datetime.now(UTC)))).fill(lambda *_: None)

    with pytest.raises(ClusterError, match="kwok has taken the nodes, and yet pod web does not run"):
        asyncio.run(work())


def test_a_lease_that_expired_holds_nobody() -> None:
    """The kwok of an earlier filling is gone."""

    async def work() -> str:
        kept = population(Idle(lease_of_kwok(datetime.now(UTC) - timedelta(minutes=1))))
        name = await kept.fill(lambda *_: None)
        kept.close()
        return name

    assert asyncio.run(work()) == "perfkit"


@pytest.mark.parametrize("busy", [429, 503])
def test_a_busy_server_is_asked_again_when_it_says(busy: int) -> None:
    async def work(url: str) -> object:
        upstream = Upstream(Access(server=url))
        try:
            return await Writer(upstream, 1000).read("/api/v1/nodes/a")
        finally:
            await upstream.close()

    with ScriptedApi(Answer(busy, headers={"Retry-After": "0"}), Answer(body=[b'{"kind":"Node"}'])) as server:
        assert asyncio.run(work(server.url)) == {"kind": "Node"}
        assert len(server.requests) == 2


def test_what_the_server_refuses_is_told_in_its_words() -> None:
    async def work(url: str) -> None:
        upstream = Upstream(Access(server=url))
        try:
            await Writer(upstream, 1000).read("/api/v1/nodes/a")
        finally:
            await upstream.close()

    refusal = Answer(403, body=[b'{"kind":"Status","message":"not you","code":403}'])
    with ScriptedApi(refusal) as server, pytest.raises(ApiError, match="answers 403: not you"):
        asyncio.run(work(server.url))


def test_no_more_is_asked_than_the_rate_allows() -> None:
    """By the loop's own clock: the k-th request is not before k pauses."""

    async def work() -> list[float]:
        loop, times = asyncio.get_running_loop(), list[float]()
        writer = Writer(Upstream(Access(server="http://127.0.0.1:1")), rate=200)

        async def one() -> None:
            await writer._turn()
            times.append(loop.time())

        await writer.each([one] * 20, lambda: None)
        return times

    times = asyncio.run(work())
    assert times[-1] - times[0] >= 18 / 200
