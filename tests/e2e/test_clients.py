"""The bundled clients, each with its real library, against the mock: the same work, and ready when they say so."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pytest

from perfkit import bundled
from perfkit.storage.clients import ClientRecipe, find_client
from perfkit.targets.resolve import resolve
from support import mock
from support.scripted_api import Answer, ScriptedApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from perfkit.model.control import Traffic

pytestmark = pytest.mark.e2e

PODS = 100  # kr8s takes 15 ms for each
RECIPES = [find_client(name) for name in bundled.names("fixtures/clients")]
OURS = [recipe for recipe in RECIPES if recipe.command[0] == "{python}" and recipe.ready.resource == "pods"]
WATCHING = [recipe.name for recipe in OURS if recipe.ready.kind == "watch"]  # and say synced
SCRIPTS = [recipe.name for recipe in OURS if recipe.command[1].startswith("{dir}")]

# What each gets delivered on its way to the same end: all pods held, a watch open.
LISTS = {"list pods": PODS, "watch pods": 0}
WORK = {
    "kr8s": {"list pods": PODS, "watch pods": PODS},  # it watches without a version, so all pods come again
    "lean": {"watch pods": PODS},  # the list comes through the watch
}


@dataclass
class Run:
    """One start of a client up to its ``synced`` line. Times are CLOCK_MONOTONIC nanoseconds."""

    synced: str
    synced_ns: int
    ready_ns: int
    traffic: Traffic


def environment(home: Path, kubeconfig: Path) -> dict[str, str]:
    """What a target gets to see: a home of its own, nothing of ours."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "KUBECONFIG": str(kubeconfig)}


def start(recipe: ClientRecipe, home: Path, kubeconfig: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        recipe.filled(recipe.command, sys.executable),
        env=environment(home, kubeconfig),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def cluster() -> Iterator[mock.Mock]:
    with mock.running("small", pods=PODS) as running:
        yield running


@pytest.fixture(scope="module")
def runs(cluster: mock.Mock, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Run, Run]]:
    """Two runs of the client of that name, made once."""

    def run(name: str) -> Run:
        folder = tmp_path_factory.mktemp(name)
        cluster.reset(folder / "record.jsonl")
        cluster.expect("watch", "pods")
        with start(find_client(name), folder, cluster.write_kubeconfig(folder / "kubeconfig")) as program:
            assert program.stdout is not None
            late = threading.Timer(60, program.kill)  # else a client that says nothing holds everything up
            late.start()
            synced, synced_ns = program.stdout.readline(), time.monotonic_ns()
            late.cancel()
            if not synced:
                pytest.fail(f"{name} ended: {program.communicate()[1]}")
            ready_ns = cluster.reached().ns
            traffic = cluster.collect()
            program.terminate()
            program.communicate(timeout=30)
        return Run(synced, synced_ns, ready_ns, traffic)

    return cache(lambda name: (run(name), run(name)))


@pytest.mark.parametrize("name", WATCHING)
def test_it_says_synced_with_the_number_of_pods(name: str, runs: Callable[[str], tuple[Run, Run]]) -> None:
    assert [run.synced for run in runs(name)] == [f"synced {PODS}\n"] * 2


@pytest.mark.parametrize("name", WATCHING)
def test_the_servers_record_shows_all_pods_delivered_and_one_watch_open(
    name: str, runs: Callable[[str], tuple[Run, Run]]
) -> None:
    for run in runs(name):
        assert run.traffic.work == WORK.get(name, LISTS)
        assert run.traffic.open_watches == {"pods": 1}
        assert run.traffic.errors == 0


@pytest.mark.parametrize("name", WATCHING)
def test_its_second_run_asks_what_its_first_one_asked(name: str, runs: Callable[[str], tuple[Run, Run]]) -> None:
    first, second = runs(name)
    assert first.traffic.digest == second.traffic.digest
    assert first.traffic.requests == second.traffic.requests
    assert first.traffic.connections == second.traffic.connections


@pytest.mark.parametrize("name", WATCHING)
def test_what_the_server_calls_ready_is_what_the_client_calls_synced(
    name: str, runs: Callable[[str], tuple[Run, Run]], record_property: Callable[[str, object], None]
) -> None:
    """The server cannot see into a client, only that all it sent was read. Both are usually within 20 ms.

    The bounds leave room for a busy machine; a server that takes sending for reading is off by more.
    """
    for run in runs(name):
        gap = (run.ready_ns - run.synced_ns) / 1e9
        record_property("ready - synced, s", gap)
        assert -0.5 < gap < 2.0


@pytest.mark.parametrize("name", [recipe.name for recipe in RECIPES if recipe.name != "k9s"])
def test_it_resolves_to_a_target_that_knows_its_version(name: str) -> None:
    """k9s, which no package brings, is run by tests/e2e/test_k9s_recipe.py where it was built."""
    target = resolve(name)
    assert re.search(r"\d+\.\d+", target.version)
    assert all(re.search(r"\d+\.\d+", version) for version in target.toolchain.values())


def test_kubectl_get_prints_every_pod_and_ends(cluster: mock.Mock, tmp_path: Path) -> None:
    target = resolve("kubectl-get")
    assert target.ready.kind == "exit"
    cluster.reset(tmp_path / "record.jsonl")
    kubeconfig = cluster.write_kubeconfig(tmp_path / "kubeconfig")
    done = subprocess.run(
        target.command,
        env=environment(tmp_path, kubeconfig),
        capture_output=True,
        text=True,
        check=True,
    )
    header, *rows = done.stdout.splitlines()
    assert header.split()[:3] == ["NAMESPACE", "NAME", "READY"]
    assert len(rows) == PODS
    assert cluster.collect().work["list pods"] == PODS


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_library_that_is_missing_is_said_with_how_to_get_it(name: str) -> None:
    recipe = find_client(name)
    assert recipe.requires is not None
    python, script = recipe.filled(recipe.command, sys.executable)
    done = subprocess.run([python, "-I", "-S", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{name}: No module named '{recipe.requires.module}'; get it with: {recipe.requires.advice}\n"


@pytest.mark.parametrize("name", WATCHING)
def test_a_refusal_is_told_in_one_line(name: str, tmp_path: Path) -> None:
    body = json.dumps({"kind": "Status", "message": "pods is forbidden", "reason": "Forbidden", "code": 403}).encode()
    refusals = list(itertools.repeat(Answer(403, [body]), 10))
    with (
        ScriptedApi(*refusals) as server,
        start(find_client(name), tmp_path, server.kubeconfig(tmp_path)) as program,
    ):
        output, errors = program.communicate(timeout=60)
    cluster_failed = 4  # perfkit's own client has perfkit's exit codes
    assert (program.returncode, output) == (cluster_failed if name == "lean" else 1, "")
    assert errors.startswith(f"{name}: ")
    assert errors.count("\n") == 1
    assert "403" in errors or "forbidden" in errors.lower()
