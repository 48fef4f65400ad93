"""The goals of the lean client, each beside the official Python client's informer and client-go's.

    python -m benchmarks.client [import|sync|churn|staleness|queries|options …] [--pods 1000,10000,100000]

Everything over TLS on the mock, exemplar-sized pods (shape ``small``), the monitor on in lean. client-go's informer is
built once into the user's cache, where Go is there.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.mock_cluster import server

from perfkit.measure.cpu import process_cpu
from perfkit.model.churn import Churn
from perfkit.model.control import SetChurn

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
LEAN = (sys.executable, "-P", "-m", "perfkit.client.lean")
OFFICIAL = (sys.executable, "-P", str(ROOT / "benchmarks" / "programs" / "official_informer.py"))
BARE = (sys.executable, "-P", str(ROOT / "benchmarks" / "programs" / "bare_watch.py"))
STALENESS = (sys.executable, "-P", str(ROOT / "benchmarks" / "programs" / "lean_staleness.py"))
QUERIES = (sys.executable, "-P", str(ROOT / "benchmarks" / "programs" / "lean_queries.py"))
INFORMER = Path.home() / ".cache" / "perfkit-tests" / "informer-pods"
FEW = 10  # pods of a client that is as good as empty
MIX = {"status": 6.0, "restart": 1.0, "replace": 1.0}


class Seen(NamedTuple):
    """A client that has its first state: seconds since its start, memory and its peak in bytes, CPU in seconds."""

    ready: float
    rss: int
    peak: int
    cpu: float


def main() -> None:
    """Measure what is asked for, and print it."""
    parts = {
        "import": imports,
        "sync": sync,
        "churn": churn,
        "staleness": staleness,
        "queries": queries,
        "options": options,
    }
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*parts, []])
    parser.add_argument("--pods", default="1000,10000,100000")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--clients", default="", help="names, with commas; all by default")
    parser.add_argument("--without", default="", help="switches that are off while queries are asked")
    parser.add_argument("--rates", default="0,100,1000")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}", flush=True)
    for name in arguments.parts or parts:
        parts[name](arguments)


def imports(_: argparse.Namespace) -> None:
    """Starting Python with the client and the monitor, and without."""
    codes = ("pass", "import perfkit.client", "import perfkit.client, perfkit.monitor", "import kubernetes.client")
    took = {code: [_start(code) for _ in range(20 if "kubernetes" not in code else 3)] for code in codes}
    wall, cpu = ({code: min(each[at] for each in seen) for code, seen in took.items()} for at in (0, 1))
    for code in codes:
        print(f"{code}: +{wall[code] - wall['pass']:.3f} s, CPU +{cpu[code] - cpu['pass']:.3f} s", flush=True)


def _start(code: str) -> tuple[float, float]:
    """Seconds of the clock, and of CPU."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True)
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def sync(arguments: argparse.Namespace) -> None:
    """Process start → synced, memory and bytes a pod, beside the others."""
    base: dict[str, int] = {}
    for pods in (FEW, *map(int, arguments.pods.split(","))):
        with _cluster(pods) as (_, kubeconfig):
            for name, command in _clients(pods, arguments.clients).items():
                repeats = 1 if name == "official" and pods > 1000 else arguments.repeats
                seen = [_synced(command, kubeconfig) for _ in range(repeats)]
                base.setdefault(name, seen[0].rss)
                each = (median(one.rss for one in seen) - base[name]) / (pods - FEW) / 1024 if pods > FEW else 0.0
                print(
                    f"{pods:>7} {name:<22} ready {min(one.ready for one in seen):6.2f} s"
                    f"  RSS {median(one.rss for one in seen) / 1e6:6.1f} MB  peak {seen[0].peak / 1e6:6.1f} MB"
                    f"  {each:6.2f} KiB a pod  CPU {min(one.cpu for one in seen):6.2f} s"
                    f"  load {os.getloadavg()[0]:.1f}",
                    flush=True,
                )


def _clients(pods: int, wanted: str) -> dict[str, tuple[str, ...]]:
    """Those asked for that can hold so many in a time worth waiting for."""
    found = {
        "lean": (*LEAN, "--monitor"),
        "lean unwatched": LEAN,
        "lean columnar": (*LEAN, "--monitor", "--set", "columnar=on"),
        "lean originals=zlib": (*LEAN, "--monitor", "--set", "originals=zlib"),
    }
    if pods <= 10_000:
        found["official"] = OFFICIAL
    if _informer():
        found["client-go"] = (str(INFORMER),)
    return {name: command for name, command in found.items() if not wanted or name in wanted.split(",")}


def _informer() -> bool:
    if not INFORMER.exists():
        folder = ROOT / "tests" / "support" / "programs" / "informer"
        environment = {**os.environ, "CGO_ENABLED": "0"}
        with contextlib.suppress(OSError):
            subprocess.run(["go", "build", f"-C={folder}", f"-o={INFORMER}", "./pods"], env=environment, check=False)
    return INFORMER.exists()


def churn(arguments: argparse.Namespace) -> None:
    """CPU of a core while the pods change."""
    pods = 10_000
    for rate in map(int, arguments.rates.split(",")):
        with _cluster(pods) as (mock, kubeconfig):
            for name, command in {**_clients(pods, arguments.clients), "a bare loop": BARE}.items():
                with _running(command, kubeconfig) as process:
                    share, events = _share(process.pid, mock, rate, arguments.seconds)
                    print(f"{pods} pods, {events:7.1f} events/s  {name:<22} {share:6.2f} % of a core", flush=True)


def _share(pid: int, mock: server.Mock, rate: float, seconds: float) -> tuple[float, float]:
    """CPU in per cent over the window, and the events a second that there were."""
    if rate:
        mock.ask(SetChurn(churn=Churn(rate=rate, mix=MIX)))
        time.sleep(1.0)
    before, began = process_cpu(pid) or 0.0, time.perf_counter()
    time.sleep(seconds)
    used, took = (process_cpu(pid) or 0.0) - before, time.perf_counter() - began
    done: Any = mock.ask(SetChurn()) if rate else None
    return used / took * 100, done.events / done.seconds if done else 0.0


def staleness(arguments: argparse.Namespace) -> None:
    """How late a change is a row, at 100 others a second: what gathering costs whoever looks."""
    changes = round(arguments.seconds * 4)
    with _cluster(10_000) as (mock, kubeconfig):
        mock.ask(SetChurn(churn=Churn(rate=100.0, mix=MIX)))
        for setting in ("coalesce=0.25", "coalesce=0.1", "coalesce=0"):
            command = [*STALENESS, str(changes), setting]
            done = subprocess.run(command, env=_environment(kubeconfig), capture_output=True, check=True)
            print(f"{setting:<14} event to row, ms: {json.loads(done.stdout)}", flush=True)


def queries(arguments: argparse.Namespace) -> None:
    """Latency of queries, collector's pauses and reads without a request, at 100 changes a second."""
    for pods in map(int, arguments.pods.split(",")):
        with _cluster(pods) as (mock, kubeconfig):
            mock.ask(SetChurn(churn=Churn(rate=100.0, mix=MIX)))
            done = subprocess.run(
                [*QUERIES, str(arguments.seconds), *filter(None, arguments.without.split(","))],
                env=_environment(kubeconfig),
                capture_output=True,
                check=True,
            )
            for each in json.loads(done.stdout):
                print(f"{pods:>7} {each}", flush=True)


def options(arguments: argparse.Namespace) -> None:
    """Options that are off by default, on a quiet cluster of 10,000 pods."""
    with _cluster(10_000) as (_, kubeconfig):
        for setting in ("page=500", "gzip=on", "columnar=on", "originals=zlib", "coalesce=0.25", "intern=off"):
            command = (*LEAN, "--set", setting, *(["--without", "watch_list"] if setting == "gzip=on" else []))
            seen = [_synced(command, kubeconfig) for _ in range(arguments.repeats)]
            print(
                f"{setting:<16} ready {min(one.ready for one in seen):5.2f} s"
                f"  RSS {median(one.rss for one in seen) / 1e6:6.1f} MB  CPU {min(one.cpu for one in seen):5.2f} s"
            )


@contextlib.contextmanager
def _cluster(pods: int) -> Iterator[tuple[server.Mock, Path]]:
    with TemporaryDirectory() as folder, server.mock("small", pods) as mock:
        path = Path(folder) / "kubeconfig"
        cluster = {"server": f"https://127.0.0.1:{mock.port}", "certificate-authority": str(server.authority().ca)}
        context = {"name": "m", "context": {"cluster": "m", "user": "m"}}
        users = [{"name": "m", "user": {"token": server.TOKEN}}]
        config = {"clusters": [{"name": "m", "cluster": cluster}], "users": users, "contexts": [context]}
        path.write_text(json.dumps(config | {"current-context": "m"}))
        yield mock, path


def _environment(kubeconfig: Path) -> dict[str, str]:
    return {**os.environ, "KUBECONFIG": str(kubeconfig), "HOME": str(kubeconfig.parent)}


@contextlib.contextmanager
def _running(command: tuple[str, ...], kubeconfig: Path) -> Iterator[subprocess.Popen[str]]:
    """A client that has said ``synced``; ended at the end."""
    out, quiet = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, env=_environment(kubeconfig), stdout=out, stderr=quiet, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert said.startswith("synced"), (command, said)
            yield process
        finally:
            process.terminate()


def _synced(command: tuple[str, ...], kubeconfig: Path) -> Seen:
    began = time.perf_counter()
    with _running(command, kubeconfig) as process:
        ready = time.perf_counter() - began
        time.sleep(0.3)
        status = Path(f"/proc/{process.pid}/status").read_text()
        rss, peak = (int(status.split(f"{name}:")[1].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
        return Seen(ready, rss, peak, process_cpu(process.pid) or 0.0)


if __name__ == "__main__":
    main()
