"""``python -m perfkit.client`` in a terminal, against the mock cluster and against what is worse than it."""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from perfkit import bundled
from perfkit.client.ui.start import main
from perfkit.model.control import MockReady
from perfkit.model.scenario import Terminal
from perfkit.targets.process import ProcessLauncher, RunningProcess
from perfkit.targets.resolve import resolve
from perfkit.targets.runs import carriers
from support import logins, mock
from support.api import Api
from support.commandline import perfkit
from support.targets import DEADLINE
from support.watched import bookmark, frame, pod

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.functional


NUMBERS = itertools.count()
WIDGET = {
    "apiVersion": "example.com/v1",
    "kind": "Widget",
    "metadata": {"name": "round", "namespace": "default"},
    "spec": {"size": 42},
}


class Screen:
    """A running UI: keys go in, and what it shows is waited for."""

    def __init__(self, running: RunningProcess) -> None:
        self.running = running

    def press(self, keys: str, pattern: str) -> list[str]:
        """Type, and wait until the screen has changed and shows that."""
        return self.shows(pattern, self.running.type(keys))

    def shows(self, pattern: str, after: int = 0) -> list[str]:
        """Wait until the screen shows that."""
        seen = self.running.wait_screen(pattern, after, DEADLINE)
        assert seen is not None, "\n".join(self.running.screen())
        return self.running.screen()


@contextmanager
def started(kubeconfig: dict[str, Any], folder: Path, *options: str) -> Iterator[Screen]:
    """The bundled client ``lean-ui``; nothing of it is left at the end."""
    run = f"leanui{os.getpid()}-{next(NUMBERS)}"
    home, output, config = folder / "home", folder / "output", json.dumps(kubeconfig)
    home.mkdir()
    with ExitStack() as stack:
        launcher = ProcessLauncher(run)
        stack.callback(launcher.close)
        target = resolve("lean-ui")
        target = msgspec.structs.replace(target, command=(*target.command, *options))
        running = launcher.start(target, home=home, kubeconfig=config, output=output, pattern="")
        stack.callback(running.stop, 5)
        yield Screen(running)
    assert carriers(run) == [], "nothing is left running"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[mock.Mock]:
    """Sixty pods, a custom resource, and secrets that nobody may list."""
    widget = tmp_path_factory.mktemp("manifests") / "widget.json"
    widget.write_text(json.dumps(WIDGET))
    message = msgspec.structs.replace(
        mock.config("small", pods=60),
        deny=("list,watch secrets", "list nodes.metrics.k8s.io"),
        files=(str(bundled.CHECKOUT / "fixtures/manifests/widgets.yaml"), str(widget)),
    )
    child, answer = mock.start(message)
    yield mock.Mock(child, msgspec.convert(answer, MockReady))
    child.close()


@pytest.fixture(scope="module")
def running(cluster: mock.Mock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    with started(cluster.kubeconfig(), tmp_path_factory.mktemp("running")) as screen:
        screen.shows(r"pods\(all\)\[60\]")
        yield screen


@pytest.fixture
def ui(running: Screen) -> Screen:
    """The running UI, back at its pods: by now a test may have left it anywhere."""
    running.press("\x1b:help\r", "^── Help ─")
    running.press(":pods all\r", r"^── pods\(all\)\[60\] ─")
    return running


def test_the_first_screen_is_full_of_pods(ui: Screen) -> None:
    lines = ui.shows("^NAMESPACE")
    assert lines[0].startswith("perfkit lean  mock  https://127.0.0.1:")
    assert lines[1].startswith("<0> all  <1> default  <2> ")
    assert lines[3].split()[:6] == ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert sum(" Running " in line or " Completed " in line for line in lines) > 30


@pytest.mark.parametrize(
    ("command", "title", "head"),
    [
        ("no", r"nodes\[\d+\]", "NAME STATUS ROLES VERSION"),
        ("deploy", r"deployments\(all\)\[\d+\]", "NAMESPACE NAME READY UP-TO-DATE"),
        ("sts", r"statefulsets\(all\)\[\d+\]", "NAMESPACE NAME READY"),
        ("ds", r"daemonsets\(all\)\[\d+\]", "NAMESPACE NAME DESIRED READY"),
        ("jobs", r"jobs\(all\)\[\d+\]", "NAMESPACE NAME STATUS"),
        ("events", r"events\(all\)\[\d+\]", "NAMESPACE LAST SEEN↑ TYPE"),
        ("Lease", r"leases\(all\)\[\d+\]", "NAMESPACE NAME"),  # known by discovery only
    ],
)
def test_any_resource_is_shown_by_name_short_name_or_kind(ui: Screen, command: str, title: str, head: str) -> None:
    lines = ui.press(f":{command}\r", f"^── {title} ─")
    assert " ".join(lines[3].split()).startswith(head)


def test_a_custom_resource_has_the_columns_that_its_definition_prints(ui: Screen) -> None:
    lines = ui.press(":widget\r", r"^── widgets\(all\)\[1\] ─")
    assert lines[3].split() == ["NAMESPACE", "NAME", "SIZE", "SEEN", "AGE"]
    assert lines[4].split()[:3] == ["default", "round", "42"]
    assert "size: 42" in "\n".join(ui.press("y", "^── YAML"))


def test_a_workload_leads_to_its_pods_and_a_pod_to_its_description_yaml_and_logs(ui: Screen) -> None:
    ui.press(":deploy\r", r"^── deployments\(all\)\[\d+\]")
    ui.press("\r", r"^── pods\(all\)\[\d+\] <app=")
    assert ui.press("d", r"^── Describe\(")[3].startswith("Name:   ")
    assert "Containers:" in ui.press("/^Containers\r", r"^── Describe\(.*\) </\^Containers> ─")[3]
    ui.press("\x1b", r"^── Describe\([^)]*\) ─")
    ui.press("q", r"^── pods\(all\)\[\d+\] <app=")
    assert "apiVersion: v1" in ui.press("y", r"^── YAML\(")[3]
    ui.press("q", r"^── pods\(all\)\[\d+\] <app=")
    ui.press("l", r"^── Logs\(.*:")
    ui.shows(r"^\d{4}-\d\d-\d\dT")


def test_a_pod_leads_to_its_containers_and_these_to_their_logs(ui: Screen) -> None:
    lines = ui.press("\r", r"^── containers\[\d\] <")
    assert lines[3].split()[:5] == ["NAME", "KIND", "READY", "STATE", "RESTARTS"]
    ui.press("\r", r"^── Logs\(.*:")
    ui.shows(r"^\d{4}-\d\d-\d\dT")
    ui.press("a", r"^── Logs\(.*:all\)")
    ui.shows(r"^[\w-]+ \d{4}-\d\d-\d\dT")
    ui.press("2", r"^── Logs\(.*:all\) of 1m")


def test_a_workload_has_the_logs_of_its_pods(ui: Screen) -> None:
    ui.press(":deploy\r", r"^── deployments\(all\)\[\d+\]")
    ui.press("l", r"^── Logs\(deployments [\w/-]+:main\)")
    ui.shows(r"^[\w-]+:main \d{4}-\d\d-\d\dT")
    ui.press("p", "previous terminated container|previous.*not found")


def test_all_resources_are_listed_and_commands_gone_back_in(ui: Screen) -> None:
    ui.press("\x01", r"^── aliases\[\d+\] ─")
    ui.press("/^pods \r", r"^── aliases\[1\]")
    ui.press("\r", r"^── pods\(all\)\[60\]")
    ui.press(":no\r", r"^── nodes\[")
    ui.press("[", r"^── pods\(all\)\[60\]")


def test_a_filter_by_labels_and_one_by_faults(ui: Screen) -> None:
    ui.press("/-l app=nothing\r", r"^── pods\(all\)\[0\] <app=nothing>")
    ui.press("\x1b", r"^── pods\(all\)\[60\] ─")
    ui.press("\x1a", r"^── pods\(all\)\[\d+\] <faults>")
    ui.press("\x1a", r"^── pods\(all\)\[60\] ─")


def test_a_namespace_a_filter_and_an_order_narrow_and_sort(ui: Screen) -> None:
    lines = ui.press("2", r"^── pods\((?!all)[\w-]+\)\[")
    assert lines[3].split()[0] == "NAME", "all rows have the same namespace"
    ui.press("/-\r", r"</->")
    assert "AGE↑" in ui.press("A", "AGE↑")[3]
    assert "AGE↓" in ui.press("A", "AGE↓")[3]
    ui.press("\x1b", r"^── pods\([\w-]+\)\[\d+\] ─")
    ui.press("0", r"^── pods\(all\)")


def test_what_pods_use_is_told_and_sorted_by(ui: Screen) -> None:
    ui.shows(r"^NAMESPACE .* CPU +%CPU/R +%CPU/L +MEM")
    lines = ui.press("C", "CPU↑")
    at = lines[3].split().index("CPU↑")
    used = [int(line.split()[at]) for line in lines[4:20]]
    assert used == sorted(used, reverse=True)
    assert used[0] > 0


def test_where_what_is_used_may_not_be_read_that_is_said_and_the_rest_is_there(ui: Screen) -> None:
    ui.press(":no\r", r"^── nodes\[\d\]")
    lines = ui.shows("^! what is used is not known: the API server answers 403: nodes.metrics.k8s.io is forbidden")
    assert lines[3].split() == ["NAME", "STATUS", "ROLES", "VERSION", "AGE", "CPU/A", "MEM/A"]


def test_nobody_asks_what_is_used_where_that_is_switched_off(tmp_path: Path) -> None:
    record = tmp_path / "record"
    with mock.running() as own:
        own.reset(record)
        with started(own.kubeconfig(), tmp_path, "--no-metrics") as ui:
            ui.shows(r"pods\(all\)\[\d+\]")
            ui.press(":no\r", r"^── nodes\[\d\]")
            ui.press("d", "^Allocated resources:|^── Describe")
        own.collect()
    assert "/api/v1/nodes" in record.read_text()
    assert "metrics.k8s.io" not in record.read_text()


def test_the_performance_view_tells_what_this_program_needs(ui: Screen) -> None:
    ui.press("\x10", r"memory [\d.]+ MB, limit < 100 MB")
    text = "\n".join(ui.shows("watch pods"))
    for what in ("CPU", "limit < 10 %", "threads", "tasks", "GC ", "p50", "p95", "p99", "watches", "stale", "caches"):
        assert what in text
    ui.press("G", "^switches|  switches")
    ui.shows("freeze +on")
    ui.press("q", r"^── pods\(all\)")


def test_a_forbidden_resource_is_said_in_a_line_and_the_rest_goes_on(ui: Screen) -> None:
    lines = ui.press(":secrets\r", "^! the API server answers 403: secrets is forbidden")
    assert "403" in lines[44]
    ui.press("\x1b", r"^── pods\(all\)\[60\]")


def test_an_unknown_resource_is_said_in_a_line(ui: Screen) -> None:
    lines = ui.press(":gadgets\r", "^! the cluster serves no 'gadgets'")
    assert lines[2].startswith("── pods(all)[60]")


def test_another_size_is_filled_and_one_too_small_says_so(ui: Screen) -> None:
    try:
        ui.running.resize(Terminal(columns=30, rows=6))
        ui.shows("terminal too small: 30×6")
        ui.running.resize(Terminal(columns=80, rows=24))
        lines = ui.shows("^NAMESPACE .* AGE *$")
        assert len(lines) == 24
        assert sum(" Running " in line for line in lines) > 10
    finally:
        ui.running.resize(Terminal(columns=140, rows=45))


# ---- bad beginnings and ends


def test_a_cluster_that_vanishes_is_said_and_its_rows_stay(tmp_path: Path) -> None:
    with ExitStack() as stack:
        child, answer = mock.start(mock.config("tiny"))
        stack.callback(child.close)
        vanishing = mock.Mock(child, msgspec.convert(answer, MockReady))
        ui = stack.enter_context(started(vanishing.kubeconfig(), tmp_path))
        ui.shows(r"pods\(all\)\[\d")
        child.close()
        lines = ui.shows(r"^! .*again in \d")
        assert sum(" Running " in line for line in lines) > 5
        ui.press("?", "^── Help")
        ui.press("q", r"^── pods")


def test_an_expired_token_is_said_and_q_quits(cluster: mock.Mock, tmp_path: Path) -> None:
    kubeconfig = cluster.kubeconfig()
    kubeconfig["users"][0]["user"]["token"] = "expired"
    with started(kubeconfig, tmp_path) as ui:
        ui.shows("^! the API server answers 401: Unauthorized")
        ui.running.type("q")
        assert ui.running.wait_exit(DEADLINE)
        assert ui.running.exit_status == 0


def test_a_bad_kubeconfig_is_said_and_a_colon_q_in_one_burst_quits(cluster: mock.Mock, tmp_path: Path) -> None:
    with started({**cluster.kubeconfig(), "current-context": "gone"}, tmp_path) as ui:
        assert "no context 'gone'" in ui.shows("^! kubeconfig ")[44]
        ui.running.type(":q\r")
        assert ui.running.wait_exit(DEADLINE)
        assert ui.running.exit_status == 0
        assert "".join(ui.running.screen()).strip() == "", "the screen behind is back"


def test_a_plug_in_that_might_ask_somebody_leaves_the_terminal_to_the_screen(
    cluster: mock.Mock, tmp_path: Path
) -> None:
    answer = {"kind": "ExecCredential", "apiVersion": logins.VERSION, "status": {"token": mock.TOKEN}}
    plugin = tmp_path / "login"
    plugin.write_text(f"#!/bin/sh\n[ -t 0 ] && exit 9\necho '{json.dumps(answer)}'\n")
    plugin.chmod(0o700)
    kubeconfig = cluster.kubeconfig()
    command = {"apiVersion": logins.VERSION, "command": str(plugin), "interactiveMode": "IfAvailable"}
    kubeconfig["users"][0]["user"] = {"exec": command}
    with started(kubeconfig, tmp_path) as ui:
        ui.shows(r"pods\(all\)\[60\]")


def test_a_signal_ends_it_as_a_person_would(cluster: mock.Mock, tmp_path: Path) -> None:
    with started(cluster.kubeconfig(), tmp_path) as ui:
        ui.shows(r"pods\(all\)\[60\]")
        ui.running.signal(signal.SIGTERM)
        assert ui.running.wait_exit(DEADLINE)
        assert ui.running.exit_status == 0
        assert "".join(ui.running.screen()).strip() == ""


# ---- logs that are not there


@pytest.fixture(scope="module")
def logless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[mock.Mock]:
    """A pod that waits, in ``default``, and one whose logs may not be read."""
    manifests = tmp_path_factory.mktemp("manifests")
    pods = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"containers": [{"name": "main", "image": "example.com/main:1"}]},
            "status": {"phase": "Pending"},
        }
        for name, namespace in (("waits", "default"), ("secret", "kube-system"))
    ]
    for number, each in enumerate(pods):
        (manifests / f"{number}.json").write_text(json.dumps(each))
    message = msgspec.structs.replace(
        mock.config(), deny=("get pods/log in kube-system",), files=tuple(map(str, manifests.iterdir()))
    )
    child, answer = mock.start(message)
    yield mock.Mock(child, msgspec.convert(answer, MockReady))
    child.close()


def test_a_log_that_waits_may_not_be_read_or_ends_says_so_and_the_rest_goes_on(
    logless: mock.Mock, tmp_path: Path
) -> None:
    with started(logless.kubeconfig(), tmp_path) as ui:
        ui.shows(r"pods\(all\)\[\d+\]")
        ui.press("/waits\r", r"pods\(all\)\[1\]")
        ui.press("l", "^── the API server answers 400: .* is waiting to start")
        ui.press(":po all /secret\r", r"^── pods\(all\)\[1\]")
        ui.press("l", "^── the API server answers 403: .*forbidden")
        lines = ui.press(":po all /Running\r", r"^── pods\(all\)\[\d+\] </Running>")
        namespace, name = lines[4].split()[:2]
        ui.press("l", rf"^── Logs\({namespace}/{name}:")
        ui.shows(r"^\d{4}-\d\d-\d\dT")
        assert Api(logless).delete(f"/api/v1/namespaces/{namespace}/pods/{name}?gracePeriodSeconds=0").status == 200
        ui.shows("^── the log ends here ──")
        ui.press("q", r"^── pods\(all\)\[\d+\] </Running>")


# ---- objects that nobody should have


class Odd(BaseHTTPRequestHandler):
    """Pods of which some are no pods, and a watch of them that stays open."""

    protocol_version = "HTTP/1.1"
    closing = threading.Event()
    pods = (
        pod("plain"),
        {**pod("without"), "spec": None, "status": None},
        pod("\x1b[31mred\x1b]0;title\x07"),
        pod("[bold]markup[/bold]"),
        {**pod("x"), "metadata": {"name": "unreadable", "namespace": "ns", "resourceVersion": 7}},
    )

    def do_GET(self) -> None:
        if "metrics.k8s.io" in self.path:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if "watch=" not in self.path:
            self._chunk(b'{"kind":"List","metadata":{},"items":[{"metadata":{"name":null}}]}')
            self._chunk(b"")
            return
        for each in self.pods:
            self._chunk(frame("ADDED", each))
        self._chunk(bookmark(9, initial=True))
        self.closing.wait(DEADLINE)
        self.close_connection = True

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def odd() -> Iterator[dict[str, Any]]:
    """The kubeconfig of a server that serves them."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield {
        "current-context": "odd",
        "contexts": [{"name": "odd", "context": {"cluster": "odd", "user": "odd"}}],
        "clusters": [{"name": "odd", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "users": [{"name": "odd", "user": {"token": "x"}}],
    }
    Odd.closing.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_malformed_objects_are_said_and_the_others_are_shown_as_text(odd: dict[str, Any], tmp_path: Path) -> None:
    with started(odd, tmp_path) as ui:
        lines = ui.shows(r"pods\(all\)\[4\]")
        text = "\n".join(lines)
        assert "�[31mred�]0;title�" in text
        assert "[bold]markup[/bold]" in text
        assert any("without" in line and "0/0" in line for line in lines)
        ui.shows("^! an object cannot be read: ns/unreadable")


# ---- as a target


def test_its_scenario_measures_it_and_it_quits_by_its_keys(tmp_path: Path) -> None:
    """The shipped one, with fewer pods and steps of a moment."""
    text = (bundled.CHECKOUT / "scenarios/lean-ui.toml").read_text().partition("[[limit]]")[0]
    for before, after in (
        ("pods = 1000", "pods = 60"),
        ('"20 s"', '"1 s"'),
        ("times = 30", "times = 3"),
        ("15\n", "2\n"),
    ):
        text = text.replace(before, after)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/small.toml").write_text(text)
    perfkit(tmp_path, "run", "small", "-r", "1", "-w", "0", "--label", "a")
    [trial] = json.loads((tmp_path / "results/local/a/small.perfkit.json").read_text())["trials"]
    assert (trial["outcome"], trial["exit_status"]) == ("ok", 0), trial["reason"]
    assert not [warning for warning in trial["warnings"] if "SIGTERM" in warning]
    for metric in ("ui.useful_screen", "ui.key_to_paint.p95", "watch/cpu.mean", "memory.peak"):
        assert trial["values"][metric] > 0


# ---- without a terminal, and without Textual


def test_where_textual_is_missing_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "textual", None)
    monkeypatch.setattr(sys, "argv", ["client"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == "lean-ui: the terminal UI wants textual: pip install 'perfkit[ui]'\n"
