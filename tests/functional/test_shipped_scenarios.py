"""Every scenario that is shipped: it can be read, and a small version of it runs with the lean client."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest

from perfkit import bundled
from perfkit.model.result import Trial, sample
from perfkit.storage.results import read_result
from support.commandline import perfkit

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.functional

SHIPPED = {path.stem: path for path in sorted((bundled.CHECKOUT / "scenarios").glob("*.toml"))}
FOREIGN = {"ui", "lean-ui", "reconcile"}  # they need a terminal UI, and an operator: their own tests run them
# What a step does in each that can be seen in its trial, and what it comes to.
SEEN: dict[str, dict[str, tuple[float, float]]] = {
    "cache": {"cache.saved": (0, 0), "second/startup.ready": (0.001, 60)},
    "churn": {"busy/api.watch_events": (0, 0), "busy/cpu.mean": (0, 1)},
    "idle": {"quiet/api.chattiness": (0, 0), "quiet/cpu.mean": (0, 1)},
    "latency": {"startup.ready": (0.001, 60)},
    "many-clients": {"api.requests": (1, 1)},
    "memory": {"full/memory.pss.end": (1e6, 1e9), "emptied/memory.pss.end": (1e6, 1e9)},
    "reconnect": {"right/wait.time": (0.001, 60), "api.watch_restarts": (1, 1)},
    "soak": {"busy/memory.rss.peak": (1e6, 1e9), "busy/api.watch_events": (1, 1000)},
    "throttle": {"api.retries": (3, 3), "api.retry_after_ignored": (0, 0), "startup.ready": (3, 60)},
    "unreachable": {"startup.ready": (0.001, 60), "api.requests": (0, 0)},
}


def smaller(text: str) -> str:
    """The same scenario with 20 pods, one cell, and steps of a moment."""
    text = re.sub(r'^cluster\.shape = "(?!many-crds)[^"]*"', 'cluster.shape = "tiny"', text, flags=re.MULTILINE)
    text = re.sub(r"^cluster\.pods = .*$", "", text, flags=re.MULTILINE)
    text = re.sub(r'^duration = "[^"]*"', 'duration = "0.5 s"', text, flags=re.MULTILINE)
    text = re.sub(r'^("cluster\.pods") = .*$', r"\1 = [20]", text, flags=re.MULTILINE)
    text = re.sub(r'^("[a-z./]+") = \[([^,\]]+),.*\]$', r"\1 = [\2]", text, flags=re.MULTILINE)
    return text.partition("[[limit]]")[0]


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trial]:
    """The one trial of each, by scenario; all in one run."""
    folder: Path = tmp_path_factory.mktemp("shipped")
    (folder / "scenarios").mkdir()
    names = [name for name in SHIPPED if name not in FOREIGN]
    for name in names:
        (folder / "scenarios" / f"{name}.toml").write_text(smaller(SHIPPED[name].read_text()))
    perfkit(folder, "run", *names, "-t", "lean", "-r", "1", "-w", "0", "--label", "all")
    found = {}
    for path in (folder / "results/local/all").glob("*.perfkit.json"):
        result = read_result(path)
        (trial,) = [each for each in result.trials if not each.warmup]
        found[result.scenario.sweep or result.scenario.name] = trial
    assert found.keys() == set(names)
    return found


def test_all_of_them_can_be_planned(tmp_path: Path) -> None:
    """Read, their limits and metrics checked; names and titles are listed."""
    listed = perfkit(tmp_path, "list", "scenarios").stdout
    for name in SHIPPED:
        assert name in listed


@pytest.mark.parametrize("name", sorted(SHIPPED.keys() - FOREIGN))
def test_a_small_one_runs_with_lean(trials: dict[str, Trial], name: str) -> None:
    trial = trials[name]
    assert trial.ok, trial.reason
    for metric, (low, high) in SEEN.get(name, {}).items():
        value = sample(msgspec.convert(trial, Trial), metric) or 0.0
        assert low <= value <= high, (metric, value)
