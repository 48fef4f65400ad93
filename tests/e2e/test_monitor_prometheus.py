"""A real Prometheus, Debian's: it scrapes a program, the shipped rules fire; and is watched itself."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from perfkit.commands.watch.endpoint import watched_endpoint
from support import foreign

pytestmark = pytest.mark.e2e

RULES = Path(__file__).resolve().parents[2] / "fixtures" / "monitor" / "alerts.yml"
PROGRAM = """
import sys
from perfkit.monitor import Monitor, Options
with Monitor(Options(debug="127.0.0.1:0", token="a-token", rules=())) as monitor:
    ballast = b"x" * 120_000_000
    call = monitor.call("list", "pods")
    call.answered(200)
    call.end()
    print(monitor.debug_address, flush=True)
    sys.stdin.read()
"""


def promtool(*arguments: str) -> None:
    done = subprocess.run([foreign.prometheus() / "promtool", *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_are_what_prometheus_reads() -> None:
    promtool("check", "rules", str(RULES))


SERIES = {
    "ClientDown": {"up": "0x10"},
    "ClientMemoryHigh": {'perfkit_memory_bytes{kind="rss"}': "150000000x10"},
    "ClientCpuHigh": {"perfkit_cpu_seconds_total": "0+30x10"},  # 30 s a minute: half a core
    "ClientApiSlow": {
        'perfkit_api_seconds_bucket{part="total",verb="list",resource="pods",le="0.536870912"}': "0x10",
        'perfkit_api_seconds_bucket{part="total",verb="list",resource="pods",le="1.07374182"}': "0+60x10",
        'perfkit_api_seconds_bucket{part="total",verb="list",resource="pods",le="+Inf"}': "0+60x10",
    },
    "ClientApiFailing": {
        'perfkit_api_requests_total{outcome="200"}': "0+90x10",
        'perfkit_api_requests_total{outcome="503"}': "0+10x10",
    },
    "ClientLoopBlocked": {
        'perfkit_loop_lag_seconds_bucket{le="0.268435456"}': "0x10",
        'perfkit_loop_lag_seconds_bucket{le="0.536870912"}': "0+60x10",
        'perfkit_loop_lag_seconds_bucket{le="+Inf"}': "0+60x10",
    },
    "ClientWatchStale": {'perfkit_watch_staleness_seconds{resource="pods"}': "400x10"},
    "ClientMonitorAlert": {'perfkit_alert_firing{alert="memory"}': "1x10"},
}


def test_each_rule_fires_for_what_it_is_about_and_for_nothing_else(tmp_path: Path) -> None:
    """On invented series: ten minutes of what is wrong, and every rule asked about each."""
    tests = [
        {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "promql_expr_test": [
                {
                    "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                    "eval_time": "9m",
                    "exp_samples": [{"labels": f'{{alertname="{alert}"}}', "value": 1}],
                }
            ],
        }
        for alert, series in SERIES.items()
    ]
    path = tmp_path / "test.yml"
    path.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "30s", "tests": tests}))
    promtool("test", "rules", str(path))
    assert {line.split(": ")[1].strip() for line in RULES.read_text().splitlines() if "- alert:" in line} == set(SERIES)


@contextmanager
def prometheus(folder: Path, scraped: str) -> Iterator[int]:
    """One that scrapes five times a second, and has rules that need not last; its port."""
    (folder / "rules.yml").write_text(RULES.read_text().replace("for: 1m", "for: 0s"))
    configuration = {
        "global": {"scrape_interval": "200ms", "scrape_timeout": "200ms", "evaluation_interval": "200ms"},
        "rule_files": [str(folder / "rules.yml")],
        "scrape_configs": [
            {
                "job_name": "client",
                "authorization": {"credentials": "a-token"},
                "static_configs": [{"targets": [scraped]}],
            }
        ],
    }
    (folder / "prometheus.yml").write_text(json.dumps(configuration))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [
        str(foreign.prometheus() / "prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stderr=log, stdout=log) as server:
        try:
            yield port
        finally:
            server.terminate()


def firing(port: int) -> set[str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/api/v1/alerts")
        answer: Any = json.loads(connection.getresponse().read())
    except (OSError, ValueError):  # it is still starting
        return set()
    finally:
        connection.close()
    return {each["labels"]["alertname"] for each in answer["data"]["alerts"] if each["state"] == "firing"}


def test_a_program_that_takes_too_much_memory_is_scraped_and_its_alert_fires(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        with prometheus(tmp_path, program.stdout.readline().strip()) as port:
            until = time.monotonic() + 60
            while "ClientMemoryHigh" not in (found := firing(port)) and time.monotonic() < until:
                time.sleep(0.2)
        program.communicate(timeout=30)
    assert "ClientMemoryHigh" in found, (tmp_path / "log").read_text()


def test_prometheus_itself_is_watched_as_any_go_program(tmp_path: Path) -> None:
    """What others expose: the process, Go's runtime, and nothing of a Kubernetes client."""
    with prometheus(tmp_path, "127.0.0.1:9") as port:
        wait_for(port)
        with watched_endpoint(f"http://127.0.0.1:{port}", tmp_path) as source:
            found = source.read()
    assert found.memory is not None
    assert found.memory > 10_000_000
    assert (found.goroutines or 0) > 10
    assert found.gc is not None
    assert found.cpu_seconds is not None
    assert found.calls == ()


def wait_for(port: int) -> None:
    """Until it answers."""
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("prometheus does not answer")
