"""Programs that use the SDKs as they are, watched by one call each, against the mock."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perfkit.monitor import Monitor, Options
from perfkit.monitor.calls import CallTimes
from support.api import Api
from support.mock import TOKEN, Mock, running
from support.scripted_api import Answer, ScriptedApi

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("tiny") as found:
        yield found


@pytest.fixture
def config(mock: Mock, tmp_path: Path) -> str:
    return str(mock.write_kubeconfig(tmp_path / "kubeconfig"))


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    with Monitor(Options(rules=())) as found:
        yield found


def told(monitor: Monitor) -> dict[str, CallTimes]:
    return {f"{call.verb} {call.resource}": call for call in monitor.snapshot().api}


def test_the_official_client_is_watched_with_its_decoding(monitor: Monitor, config: str) -> None:
    from kubernetes import client, watch
    from kubernetes import config as configuration
    from kubernetes.client import ApiClient
    from urllib3.connectionpool import HTTPSConnectionPool

    before = (dict(vars(ApiClient)), HTTPSConnectionPool.ConnectionCls)
    monitor.watch_kubernetes()
    with configuration.new_client_from_config(config) as api:  # type: ignore[no-untyped-call]
        core = client.CoreV1Api(api)
        with monitor.operation("list pods"):
            pods = core.list_pod_for_all_namespaces().items
        with pytest.raises(client.ApiException):
            core.read_namespaced_pod("nobody", "default")
        stream = watch.Watch().stream(core.list_pod_for_all_namespaces, timeout_seconds=1)  # type: ignore[no-untyped-call]
        assert len(list(stream)) >= len(pods)
    listed, missing, watched = (told(monitor)[name] for name in ("list pods", "get pods", "watch pods"))
    assert (listed.total.count, listed.under_way, listed.outcomes) == (1, 0, {"200": 1})
    assert listed.bytes > 1_000 * len(pods) > 0
    assert listed.wait.total > 0 < listed.transfer.total
    assert listed.decode.total > 0.001  # models of tens of pods
    assert missing.outcomes == {"404": 1}
    assert (watched.total.count, watched.under_way, watched.transfer.count) == (1, 0, 0)
    monitor.stop()
    assert before == (dict(vars(ApiClient)), HTTPSConnectionPool.ConnectionCls)


def test_an_official_client_that_finds_nobody_is_told_as_failed(monitor: Monitor) -> None:
    from urllib3 import PoolManager
    from urllib3.exceptions import HTTPError

    monitor.watch_urllib3()
    with PoolManager() as pool, pytest.raises(HTTPError):
        pool.request("GET", "http://127.0.0.1:1/api/v1/pods", retries=1)
    listed = told(monitor)["list pods"]
    assert (listed.failed, listed.under_way) == (2, 0)


def test_httpx_is_watched_blocking_streaming_and_async(monitor: Monitor, mock: Mock) -> None:
    import httpx

    monitor.watch_httpx()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=mock.url, verify=mock.tls(), headers=headers) as client:
        assert client.get("/api/v1/pods").json()["items"]
        assert client.get("/api/v1/namespaces/default/pods/nobody").status_code == 404
        with client.stream("GET", "/api/v1/nodes") as response:
            assert told(monitor)["list nodes"].under_way == 1
            assert b"NodeList" in b"".join(response.iter_bytes())

    async def ask() -> None:
        async with httpx.AsyncClient(base_url=mock.url, verify=mock.tls(), headers=headers) as client:
            await client.get("/api/v1/pods")
            async with client.stream("GET", "/api/v1/services") as response:
                await response.aread()

    asyncio.run(ask())
    found = told(monitor)
    assert (found["list pods"].total.count, found["list pods"].transfer.count) == (2, 2)
    assert found["get pods"].outcomes == {"404": 1}
    assert all(call.bytes > 0 and call.under_way == 0 for call in found.values())
    with httpx.Client() as client, pytest.raises(httpx.ConnectError):
        client.get("http://127.0.0.1:1/api/v1/secrets")
    assert told(monitor)["list secrets"].outcomes == {"ConnectError": 1}


@pytest.mark.parametrize("library", ["urllib3", "httpx", "aiohttp"])
def test_an_answer_that_is_cut_off_is_told_as_failed(monitor: Monitor, library: str) -> None:
    import aiohttp
    import httpx
    import urllib3

    async def by_aiohttp(url: str) -> None:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            await response.read()

    def by_urllib3(url: str) -> None:
        with urllib3.PoolManager(retries=False) as pool:
            pool.request("GET", url)

    ways: dict[str, Any] = {
        "urllib3": by_urllib3,
        "httpx": httpx.get,
        "aiohttp": lambda url: asyncio.run(by_aiohttp(url)),
    }
    getattr(monitor, f"watch_{library}")()
    with ScriptedApi(Answer(body=[b"x" * 1_000], end="cut")) as api, pytest.raises(Exception, match=r".*"):
        ways[library](f"{api.url}/api/v1/pods")
    gc.collect()
    listed = told(monitor)["list pods"]
    assert (listed.failed, listed.under_way, listed.total.count) == (1, 0, 1)
    assert "200" not in listed.outcomes


# Programs that leave sockets and loops open when they end, as they would anywhere: each in a process of its own.
LIGHTKUBE = """
import lightkube
from lightkube.config.kubeconfig import KubeConfig
from lightkube.resources.core_v1 import Node, Pod
client = lightkube.Client(config=KubeConfig.from_env())
assert list(client.list(Pod, namespace="*"))
assert list(client.list(Node))
"""
KR8S = """
import kr8s
assert list(kr8s.get("pods", namespace=kr8s.ALL))
assert list(kr8s.get("nodes"))
"""
KUBERNETES_ASYNCIO = """
import asyncio
from kubernetes_asyncio import client, config
async def ask():
    async with await config.new_client_from_config() as api:
        core = client.CoreV1Api(api)
        assert (await core.list_pod_for_all_namespaces()).items
        assert (await core.list_node()).items
asyncio.run(ask())
"""


@pytest.mark.parametrize(
    ("hook", "program"),
    [("httpx", LIGHTKUBE), ("httpx", KR8S), ("aiohttp", KUBERNETES_ASYNCIO)],
    ids=["lightkube", "kr8s", "kubernetes-asyncio"],
)
def test_an_existing_program_is_watched_by_two_lines_before_it(
    hook: str, program: str, config: str, tmp_path: Path
) -> None:
    found = watched(f"monitor.watch_{hook}()\n{program}", config, tmp_path / "report.json")
    calls = {(call["verb"], call["resource"]): call for call in found["api"]}
    for resource in ("pods", "nodes"):
        call = calls["list", resource]
        assert set(call["outcomes"]) == {"200"}
        assert call["bytes"] > 1_000
        assert call["under_way"] == 0


def watched(program: str, config: str, report: Path) -> dict[str, Any]:
    """The report of a program with two lines before it."""
    lines = [
        "from perfkit.monitor import Monitor, Options",
        f"monitor = Monitor(Options(slow='0 s', rules=(), report={str(report)!r})).start()",
        program,
    ]
    environment = {**os.environ, "KUBECONFIG": config}
    command = [sys.executable, "-c", "\n".join(lines)]
    done = subprocess.run(command, env=environment, timeout=120, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(report.read_text())
    return told


def test_aiohttp_is_watched_to_the_last_byte(monitor: Monitor, mock: Mock) -> None:
    import aiohttp

    monitor.watch_aiohttp()

    async def ask() -> None:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            async with session.get(f"{mock.url}/api/v1/pods", ssl=mock.tls()) as response:
                assert (await response.json())["items"]
            response = await session.get(f"{mock.url}/api/v1/pods?watch=1", ssl=mock.tls())
            await response.content.readline()
            assert told(monitor)["watch pods"].under_way == 1
            response.close()
            del response
            with pytest.raises(aiohttp.ClientError):
                await session.get("http://127.0.0.1:1/api/v1/secrets")

    asyncio.run(ask())
    found = told(monitor)
    assert found["list pods"].bytes > 1_000
    assert found["list pods"].transfer.count == 1
    assert (found["watch pods"].under_way, found["watch pods"].total.count) == (0, 1)
    assert found["list secrets"].failed == 1


OPERATOR = """
monitor.watch_kopf()
import asyncio
import kopf
seen_it = asyncio.Event()

@kopf.on.event("configmaps")
async def seen(body, **_):
    if body["metadata"]["name"] == "to-see":
        while not monitor.snapshot().loop.lag.count:  # on a quick machine the first look at the loop is yet to come
            await asyncio.sleep(0.01)
        seen_it.set()

asyncio.run(kopf.operator(namespaces=["default"], stop_flag=seen_it))
"""


def test_the_handlers_of_a_kopf_operator_are_operations(mock: Mock, config: str, tmp_path: Path) -> None:
    made: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "to-see"}}
    assert Api(mock).post("/api/v1/namespaces/default/configmaps", made).status == 201
    found = watched(OPERATOR, config, tmp_path / "report.json")
    assert "kopf seen" in {each["name"] for each in found["operations"]}
    (slow,) = [each for each in found["slow"] if each.get("attributes", {}).get("name") == "to-see"]
    assert slow["attributes"] == {"kind": "ConfigMap", "namespace": "default", "name": "to-see"}
    assert {"list", "watch"} <= {call["verb"] for call in found["api"] if call["resource"] == "configmaps"}
    assert found["loop"]["lag"]["count"] > 0
