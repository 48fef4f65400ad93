"""Runs over a simulated link: values, evidence, a matrix of links, steps that change the link."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from support.commandline import perfkit

pytestmark = pytest.mark.functional

ASK = Path(__file__).parent.parent / "support/programs/ask.py"
SCENARIO = """\
schema = 1
title = "Links"
cluster.shape = "tiny"
link.name = "lan"
repeat = { pairs = [2], max_time = "60 s" }
[[step]]
do = "launch"
timeout = "20 s"
"""


def trials(folder: Path, label: str, scenario: str) -> list[dict[str, Any]]:
    """Those that count, without warm-ups."""
    result = json.loads((folder / f"results/local/{label}/{scenario}.perfkit.json").read_text())
    found = [trial for trial in result["trials"] if trial["block"] >= 0]
    assert [trial["outcome"] for trial in found] == ["ok"] * len(found), [trial["reason"] for trial in found]
    return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "perfkit.toml").write_text("schema = 1\n")
    (tmp_path / "scenarios").mkdir()
    return tmp_path


def test_a_client_over_a_link_is_ready_later_by_its_round_trips(project: Path) -> None:
    """TCP, TLS and the list are three round trips at least, of 100 ms here; loopback has none."""
    (project / "scenarios/links.toml").write_text(f'{SCENARIO}[matrix]\n"link.rtt" = ["1 ms", "100 ms"]\n')
    perfkit(project, "run", "links", "-t", "lean", "--label", "one")
    near, far = ([trial["values"] for trial in trials(project, "one", f"links-{rtt}-ms")] for rtt in (1, 100))
    for before, after in zip(near, far, strict=True):
        assert 0.3 <= after["startup.ready"] - before["startup.ready"] < 3
        assert after["link.bytes"] > after["api.bytes_received"]
        assert after["link.connections"] == after["api.connections"]


def test_latency_is_what_a_client_waits_for_each_answer(project: Path) -> None:
    (project / "scenarios/links.toml").write_text(SCENARIO)
    words = ("-t", "kubectl-get", "--rtt", "50ms", "--label", "one", "-r", "1")
    perfkit(project, "run", "links", *words)
    (trial,) = trials(project, "one", "links")
    assert 0.05 <= trial["values"]["api.latency.p50"] <= trial["values"]["api.latency.p99"] < 2


def test_a_list_is_done_when_the_client_has_it_and_not_when_the_server_has_handed_it_over(project: Path) -> None:
    """290 KB over 1 Mbit/s take 2.3 s; sockets take them at once."""
    (project / "scenarios/links.toml").write_text(SCENARIO)
    target = f"mine=cmd:{sys.executable} {ASK} same:pods=1"
    perfkit(project, "run", "links", "-t", target, "--rate", "1mbit", "--label", "one", "-r", "1", "-w", "0")
    (trial,) = trials(project, "one", "links")
    values = trial["values"]
    assert values["api.bytes_received"] > 250_000
    assert values["startup.list"] - values["startup.first_request"] > 0.9 * values["api.bytes_received"] * 8 / 1e6
    assert values["startup.list"] <= values["startup.ready"]
    assert values["startup.first_response"] == values["startup.list"]


def test_cells_take_turns_and_a_text_picks_some(project: Path) -> None:
    (project / "scenarios/links.toml").write_text(f'{SCENARIO}[matrix]\n"link.name" = ["lan", "vpn", "cable"]\n')
    done = perfkit(project, "run", "links", "-t", "lean", "-k", "a", "--label", "one", "-r", "1")
    assert sorted(path.name for path in (project / "results/local/one").glob("*.perfkit.json")) == [
        "links-cable.perfkit.json",
        "links-lan.perfkit.json",
    ]
    assert "links · mock tiny, 20 pods, seed 1 · 2 cells over link.name" in done.stdout
    perfkit(project, "run", "links", "-t", "lean", "-k", "not a", "--label", "other", "-r", "1")
    assert [path.name for path in (project / "results/local/other").glob("*.perfkit.json")] == [
        "links-vpn.perfkit.json"
    ]
    refused = perfkit(project, "run", "links", "-t", "lean", "-k", "wifi", code=2)
    assert "-k wifi: no such cell" in refused.stderr


def test_a_link_that_is_cut_delays_what_comes_after(project: Path) -> None:
    steps = '[[step]]\ndo = "link"\ncut = "400 ms"\n[[step]]\ndo = "launch"\n[[step]]\ndo = "link"\nrestore = true\n'
    head = SCENARIO.partition("[[step]]")[0]
    (project / "scenarios/cut.toml").write_text(f"{head}{steps}")
    refused = perfkit(project, "run", "cut", "-t", "lean", code=2)
    assert "the first step must be" in refused.stderr
    (project / "scenarios/cut.toml").write_text(f'{SCENARIO}[[step]]\ndo = "link"\ncut = "400 ms"\n')
    perfkit(project, "run", "cut", "-t", "lean", "-r", "1", "--label", "one")
    assert len(trials(project, "one", "cut")) == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--link", "vnp"), "did you mean 'vpn'?"),
        (("--rtt", "fast"), "--rtt"),
        (("--loss", "200%"), "--loss"),
        (("--rate", "-1mbit"), "--"),
        (("--jitter", "50ms"), "jitter"),
    ],
)
def test_a_wrong_link_is_refused_before_anything_starts(project: Path, words: tuple[str, str], complaint: str) -> None:
    refused = perfkit(project, "run", "-t", "lean", *words, code=2)
    assert complaint in refused.stderr
    assert not (project / "results").exists()
