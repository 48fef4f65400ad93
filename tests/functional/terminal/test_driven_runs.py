"""Runs of targets in a terminal, as a person starts them: keys, queries, churn, and a screen that never comes."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from perfkit.steps.http import answered
from support.commandline import perfkit
from support.targets import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.functional

PAINT = shlex.join([sys.executable, "-I", "-S", str(PROGRAMS / "paint.py")])
SCENARIO = f"""
schema = 1
title = "A target that echoes keys after 20 ms"
cluster.shape = "tiny"
terminal = {{ columns = 80, rows = 10 }}
[repeat]
warmup = 1
[[target]]
name = "echo"
command = '{PAINT} echo 0.02 /dev/null'
ready = {{ screen = "^ready" }}
quit = "q"
[[step]]
do = "launch"
[[step]]
do = "keys"
name = "down"
send = "<Down>"
times = 5
pause = "10 ms"
[[step]]
do = "query"
name = "find"
keys = "x"
until = {{ screen = "b'x'$" }}
times = 2
pause = "10 ms"
reset = "y"
[[step]]
do = "resize"
columns = 100
rows = 20
[[step]]
do = "quit"
"""

STALE = """
schema = 1
title = "A client that shows changes late"
cluster.shape = "tiny"
[[target]]
name = "late"
command = "CLIENT"
ready = { screen = "^[0-9]+ pods" }
[[step]]
do = "launch"
[[step]]
do = "churn"
name = "busy"
rate = "10 /s"
mix = { status = 1 }
duration = "2 s"
[[step]]
do = "quit"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("driven")
    (folder / "scenarios").mkdir()
    (folder / "scenarios/driven.toml").write_text(SCENARIO)
    perfkit(folder, "run", "driven", "-r", "1", "--label", "a")
    return folder


@pytest.fixture(scope="module")
def trial(folder: Path) -> dict[str, Any]:
    result = json.loads((folder / "results/local/a/driven.perfkit.json").read_text())
    found: dict[str, Any] = result["trials"][-1]
    assert found["outcome"] == "ok", found["reason"]
    return found


def test_every_metric_of_a_terminal_is_measured(trial: dict[str, Any]) -> None:
    """The echo takes 20 ms, whoever asks."""
    values = trial["values"]
    assert 0 < values["ui.first_paint"] <= values["ui.useful_screen"] == values["startup.ready"]
    for metric in ("down/ui.key_to_paint.p50", "ui.key_to_paint.p99", "find/query.time.p50"):
        assert values[metric] >= 0.02
    assert values["down/ui.frames"] >= 5
    assert values["ui.bytes_per_frame"] > 0
    assert values["ui.longest_freeze"] > 0.02


def test_its_recording_can_be_replayed(folder: Path, trial: dict[str, Any]) -> None:
    artifacts = folder / "results/local/a/driven.artifacts"
    assert {name.partition(".")[2] for name in trial["artifacts"]} >= {"cast", "screen.txt", "screen.svg"}
    header, *events = map(json.loads, (artifacts / "0001-echo.cast").read_text().splitlines())
    assert (header["version"], header["width"], header["height"]) == (2, 80, 10)
    assert [event[2] for event in events if event[1] == "i"] == ["\x1b[B"] * 5 + ["x", "y"] * 2 + ["q"]
    assert [event[2] for event in events if event[1] == "r"] == ["100x20"]
    assert (artifacts / "0001-echo.screen.txt").read_text().startswith("ready\nkey ")
    assert ">ready<" in (artifacts / "0001-echo.screen.svg").read_text()


def test_staleness_is_that_of_a_client_whose_staleness_is_known(folder: Path) -> None:
    """It shows a change 60 ms after it has read it; none is told earlier, nearly all that it showed are followed."""
    truth = folder / "truth"
    client = shlex.join([sys.executable, "-I", "-S", str(PROGRAMS / "pod_table.py"), "0.06", str(truth)])
    (folder / "scenarios/stale.toml").write_text(STALE.replace("CLIENT", client))
    perfkit(folder, "run", "stale", "-r", "1", "--label", "stale")
    trial = json.loads((folder / "results/local/stale/stale.perfkit.json").read_text())["trials"][-1]
    values, told = trial["values"], [int(line) / 1e9 for line in truth.read_text().split()]
    assert values["ui.events"] >= 0.7 * len(told) >= 3
    assert values["busy/ui.event_to_paint.p50"] >= 0.06
    assert values["ui.event_to_paint.p50"] < sorted(told)[len(told) // 2] + 0.1, "and the way to the client is short"


def test_a_target_that_never_becomes_ready_shows_its_screen(folder: Path) -> None:
    """In the reason its last line, below it the whole, and on file for later."""
    (folder / "scenarios/never.toml").write_text(
        SCENARIO.replace("^ready", "^never").replace('do = "launch"', 'do = "launch"\ntimeout = "300 ms"')
    )
    done = perfkit(folder, "run", "never", "-r", "1", "--label", "never", code=3)
    assert "echo, warm-up: not ready (screen ^never) within 0.3 s; its screen ends with: ready" in done.stderr
    assert "  │ ready" in done.stderr
    assert (folder / "results/local/never/never.artifacts/0001-echo.screen.txt").read_text() == "ready\n"


def test_readiness_by_the_command_line(folder: Path) -> None:
    words = ("-t", f"cmd:{PAINT} size", "--ready", "screen by 45, of xterm-256color", "-r", "1", "--label", "size")
    perfkit(folder, "run", "startup", "--shape", "tiny", *words)
    result = json.loads((folder / "results/local/size/startup.perfkit.json").read_text())
    assert result["trials"][-1]["outcome"] == "ok"


class Health(BaseHTTPRequestHandler):
    """Healthy at one place only."""

    def do_GET(self) -> None:
        self.send_response(204 if self.path == "/healthz?full=1" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Health) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_endpoint_is_ready_when_it_says_so(endpoint: str) -> None:
    """Not when it answers something else, nor when nothing listens there."""
    assert answered(f"{endpoint}/healthz?full=1", 1.0)
    assert not answered(f"{endpoint}/healthz", 1.0)
    assert not answered("http://127.0.0.1:1/", 1.0)
