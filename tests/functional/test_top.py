"""``perfkit top`` without a terminal: commands, processes, endpoints, and what is left of a watch."""

from __future__ import annotations

import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from perfkit.commands.watch.endpoint import watched_endpoint
from perfkit.commands.watch.process import target_of
from perfkit.errors import TargetError, UsageError
from perfkit.measure.live import scrape
from perfkit.model.result import Result
from perfkit.monitor import Monitor, Options
from support.commandline import command, perfkit
from support.standing import Stage, kubeconfig_of
from support.targets import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.functional

LEAN = (sys.executable, "-P", "-m", "perfkit.client.lean")  # watches pods until it is told to end
FOLLOW = (sys.executable, "-I", str(PROGRAMS / "follow.py"), "5")  # lists, watches for five changes, ends
MARKED = (sys.executable, "-P", "-c", "import sys; del sys.argv[1:]; from perfkit.client.lean import main; main()")


def result(folder: Path, label: str) -> Result:
    return msgspec.json.decode((folder / "results/local" / label / "top.perfkit.json").read_bytes(), type=Result)


def of_ours(word: str) -> list[int]:
    """Processes with this in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word.encode() in path.read_bytes() and int(path.parent.name) != os.getpid():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def test_a_command_is_watched_against_a_mock_of_its_own_and_kept_for_compare_and_report(tmp_path: Path) -> None:
    """Memory, CPU, requests, watches, until it ends; two such results know whether they compare; nothing runs on."""
    for label, pods in (("few", "20"), ("more", "40")):
        churn = "50/s status=1"  # of other kinds, a pod may be gone for a moment, and not in the list
        words = ("--pods", pods, "--churn", churn, "--label", label, "-o", "json", "--limit", "memory.peak < 4 GB")
        shown = json.loads(perfkit(tmp_path, "top", *words, "--", *FOLLOW, str(tmp_path)).stdout)
        assert shown["schema"] == "perfkit.top/1"
        assert shown["ended"].startswith("ended with status 0 after")
        assert shown["readings"]["memory_peak"] > 5_000_000
        assert [(call["verb"], call["count"]) for call in shown["readings"]["calls"]] == [("list", 1), ("watch", 1)]
        assert shown["readings"]["watches"][0]["events"] >= 5
    kept = result(tmp_path, "few")
    (trial,) = kept.trials
    assert (trial.ok, trial.pass_, trial.work["list pods"]) == (True, "trace", 20)
    assert {"cpu.seconds", "memory.peak", "cpu.peak", "memory.rss.peak", "api.watch_events"} <= trial.values.keys()
    assert trial.values["api.requests"] == 2
    assert trial.health is not None
    assert trial.health.sampler_cpu > 0
    assert [limit.metric for limit in kept.scenario.limits] == ["memory.peak"]
    assert not of_ours(f"follow.py\0005\0{tmp_path}")
    refused = perfkit(tmp_path, "compare", "few", "more", code=5)
    assert "cluster.pods: 20 against 40" in refused.stderr
    perfkit(tmp_path, "report", "few", "-o", "report.html")
    assert "memory.peak" in (tmp_path / "report.html").read_text()


def test_a_command_that_fails_is_one_line_and_exit_code_3_and_its_trial_is_kept(tmp_path: Path) -> None:
    code = "import sys; sys.exit('no cluster in sight')"
    done = perfkit(tmp_path, "top", "--pods", "1", "--label", "bad", "--", sys.executable, "-c", code, code=3)
    assert "ended with status 1" in done.stderr
    assert "no cluster in sight" in done.stderr
    assert result(tmp_path, "bad").trials[0].outcome == "exited"


def test_a_client_with_screens_gets_a_terminal_of_its_own(tmp_path: Path) -> None:
    done = perfkit(tmp_path, "top", "-t", "lean-ui", "--pods", "5", "--for", "0.5s", "--label", "ui", "-o", "json")
    assert json.loads(done.stdout)["title"] == "lean-ui"
    (trial,) = result(tmp_path, "ui").trials
    assert trial.ok
    assert "0000-lean-ui.tty" in trial.artifacts


def test_a_broken_limit_is_told_and_exit_code_1(tmp_path: Path) -> None:
    limit = ("--limit", "memory.peak < 1 MB")
    done = perfkit(tmp_path, "top", str(os.getpid()), "--for", "0.5s", *limit, code=1)
    assert "perfkit: limit broken: memory.peak" in done.stderr
    assert "limit < 1 MB" in done.stdout


def test_a_cluster_that_stands_tells_the_requests_of_processes_and_commands(tmp_path: Path) -> None:
    """Of a process by the kubeconfig in its environment; it goes on afterwards."""
    stage = Stage(tmp_path / ".state")
    kubeconfig = kubeconfig_of(stage.cluster("up", "--pods", "30", "--name", "mine").stdout)
    try:
        environment = {**stage.environment, "KUBECONFIG": str(kubeconfig)}
        with subprocess.Popen(LEAN, env=environment, stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            assert program.stdout.readline()  # it has synced
            words = ("--for", "0.5s", "-o", "json", "--label", "p")
            shown = json.loads(perfkit(tmp_path, "top", str(program.pid), *words).stdout)
            assert program.poll() is None
            program.terminate()
        assert shown["readings"]["memory"] > 5_000_000
        assert "requests: of all clients of that cluster" in shown["readings"]["notes"]
        values = result(tmp_path, "p").trials[0].values
        assert values["memory.peak"] > 5_000_000
        assert values["cpu.seconds"] < 0.5  # of the time under watch alone
        stage.cluster("set", "churn=50/s")
        shown = json.loads(perfkit(tmp_path, "top", "--cluster", "mine", "-o", "json", "--", *FOLLOW).stdout)
        assert [call["verb"] for call in shown["readings"]["calls"]] == ["list", "watch"]
        assert shown["values"]["api.requests"] == 2
    finally:
        stage.cluster("down", "mine")


def test_a_process_that_ends_ends_the_watch(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as program:
        line, environment = command(tmp_path, "top", str(program.pid))
        with subprocess.Popen(line, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as top:
            assert top.stdout is not None
            assert "memory" in top.stdout.readline()
            program.communicate(b"\n")
            assert f"process {program.pid} has ended" in top.communicate(timeout=60)[0]
    assert top.returncode == 0


def test_ctrl_c_stores_what_is_there(tmp_path: Path) -> None:
    words = ("top", "--pods", "3", "--label", "cut", "--", *MARKED, str(tmp_path))
    line, environment = command(tmp_path, *words)
    with subprocess.Popen(line, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as top:
        assert top.stdout is not None
        top.stdout.readline()
        assert "memory" in top.stdout.readline()
        top.send_signal(signal.SIGINT)
        assert "stopped" in top.communicate(timeout=60)[0]
    assert top.returncode == 0
    assert result(tmp_path, "cut").trials[0].values["memory.peak"] > 0
    assert not of_ours(f"main()\0{tmp_path}")


def test_a_time_that_was_asked_for_and_cut_short_is_exit_code_130(tmp_path: Path) -> None:
    line, environment = command(tmp_path, "top", str(os.getpid()), "--for", "10min")
    with subprocess.Popen(line, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as top:
        assert top.stdout is not None
        assert "memory" in top.stdout.readline()
        top.send_signal(signal.SIGTERM)
        top.communicate(timeout=60)
    assert top.returncode == 130


# ---- endpoints


@contextmanager
def serving(answer: bytes, kind: str = "text/plain", status: int = 200, **headers: str) -> Iterator[str]:
    """An endpoint that always answers the same; its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(answer)
            except ConnectionError:
                return

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("answer", "kind", "status", "said"),
    [
        (b"<html>", "text/html; charset=utf-8", 200, "a page of HTML"),
        (b"some_metric 1\n", "text/plain", 200, "exposes no metric that is known"),
        (b"go_goroutines many\n", "text/plain", 200, "not Prometheus's text format"),
        (b"{}", "application/json", 200, "no snapshot of perfkit.monitor"),
        (b"go_goroutines 1\n" * 70_000, "text/plain", 200, "larger than 1 MiB"),
        (b"", "text/plain", 404, "answers 404"),
        (b"", "text/plain", 403, "answers 403"),
        (b"", "text/plain", 302, "it moved to http://elsewhere/"),
    ],
    ids=["html", "foreign", "broken", "json", "huge", "404", "403", "moved"],
)
def test_what_answers_otherwise_is_one_line(
    answer: bytes, kind: str, status: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrape, "LARGEST", 1 << 20)
    with (
        serving(answer, kind, status, Location="http://elsewhere/") as url,
        pytest.raises(TargetError, match=said) as caught,
        watched_endpoint(url, tmp_path),
    ):
        pass
    assert "\n" not in caught.value.message
    assert caught.value.exit_code == 3


def test_what_is_not_there_is_one_line_and_keeps_no_label(tmp_path: Path) -> None:
    done = perfkit(tmp_path, "top", "http://127.0.0.1:9", "--label", "x", code=3)
    assert done.stderr.splitlines()[0].endswith("no answer: Connection refused")
    assert not (tmp_path / "results/local/x").exists()
    with pytest.raises(UsageError, match="no process 4000001"):
        target_of(4000001)
    with pytest.raises(UsageError, match="has ended, or belongs to the kernel"):
        target_of(ended_but_not_waited_for())


def ended_but_not_waited_for() -> int:
    """A zombie, until this process ends."""
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return pid


def test_a_programs_own_metrics_are_watched_with_its_token_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Monitor(Options(debug="127.0.0.1:0", token="a-token", rules=())) as monitor:
        url = f"http://{monitor.debug_address}"
        done = threading.Event()

        def work() -> None:
            while not done.wait(0.01):
                with monitor.call("list", "pods") as call:
                    call.answered(200)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            words = ("top", url, "--for", "1.5s", "-o", "json", "--label", "own")
            shown = json.loads(perfkit(tmp_path, *words, PERFKIT_TOKEN="a-token").stdout)
            monkeypatch.setenv("PERFKIT_TOKEN", "a-token")
            with watched_endpoint(f"{url}/snapshot", tmp_path) as source:
                own = source.read()
        finally:
            done.set()
            thread.join()
    (call,) = shown["readings"]["calls"]
    assert (call["verb"], call["resource"]) == ("list", "pods")
    assert call["rate"] > 0
    values = result(tmp_path, "own").trials[0].values
    assert values["api.requests"] > 0
    assert values["memory.peak"] == pytest.approx(shown["readings"]["memory_peak"], rel=0.5)
    assert "cpu.mean" in values
    assert own.calls[0].count > call["count"]


def test_an_endpoint_that_is_silent_when_the_time_is_up_has_failed(tmp_path: Path) -> None:
    with serving(b"go_goroutines 7\nprocess_resident_memory_bytes 5e7\n") as url:
        line, environment = command(tmp_path, "top", url, "--for", "3s")
        top = subprocess.Popen(
            line, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert top.stdout is not None
        assert "memory     50 MB" in top.stdout.readline()
    with top:
        shown, said = top.communicate(timeout=60)
    assert top.returncode == 3
    assert "time is up" not in shown
    assert re.search(r": silent for \d\.\d s: no answer", said)
    assert len(said.splitlines()) == 1


def test_an_endpoint_that_falls_silent_is_told_and_the_watch_goes_on(tmp_path: Path) -> None:
    with serving(b"go_goroutines 7\nprocess_resident_memory_bytes 5e7\n") as url:
        line, environment = command(tmp_path, "top", url)
        top = subprocess.Popen(line, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True)
        assert top.stdout is not None
        assert "memory     50 MB" in top.stdout.readline()
    with top:
        told = ""
        end = time.monotonic() + 60
        while "no answer" not in told and time.monotonic() < end:
            told = top.stdout.readline()
        assert "no answer" in told
        top.send_signal(signal.SIGINT)
        assert "7 goroutines" in top.communicate(timeout=60)[0]
    assert top.returncode == 3
